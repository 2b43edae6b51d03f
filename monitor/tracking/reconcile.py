"""What is found at a place now, assigned to what was known there. Pure, in time that grows with the two sides together.

A copy is one picture in one post, or on one page where the markup tells of no posts. It can have many addresses, and
others at each visit. What is found is tied to what is known by the surest sign that both share (`SharedSign`). Each
is used up by what it is tied to first: what is left over among the found ones is new, what is left over among the
known ones is not named there any more. Two posts stay two: what has a permalink is never tied to another one's; what
a list says to be from some post elsewhere is tied to another one's by its address alone.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, auto

SAME_HASH = 31  # of 256 bits; what the makers of PDQ take for the same picture
MOST_COMPARED = 64  # hashes of one photo's leftovers on either side; beyond that only equal ones are tied


class SharedSign(IntEnum):
    """What a found and a known copy can have in common, the surest first."""

    PLACE = auto()  # page, post and present media address
    COPY = auto()  # a further address of what this look has tied already
    PRESENT = auto()  # the media address at which it was last
    ADDRESS = auto()  # another at which it was once
    PERMALINK_AND_BYTES = auto()
    PERMALINK_AND_HASH = auto()
    PERMALINK = auto()
    BYTES_ON_PAGE = auto()
    BYTES = auto()
    HASH_ON_PAGE = auto()
    HASH = auto()
    NEAR_HASH = auto()


@dataclass(frozen=True, slots=True)
class KnownCopy:
    """A sighting, as it was known before. present: its media address; addresses: every one that is kept of it. page:
    its page, or its post's. permalink: '' where the markup gave none. said_from: the post on another site that a list
    names with it. is_settled: what the person has said of it holds for these bytes, at whatever address of its, and
    for no others. is_fixed: and at no further address. hash: PDQ, b"" where it is not kept. copies: the
    `Found.copy` of what was tied to it in this look; where there are any, it takes nothing else."""

    id: str
    reference: str
    page: str
    present: str
    addresses: frozenset[str] = frozenset()
    permalink: str = ""
    digest: str = ""
    hash: bytes = b""
    copies: frozenset[Hashable] = frozenset()
    said_from: str = ""
    is_settled: bool = False
    is_fixed: bool = False

    @property
    def is_bound(self) -> bool:
        """To its bytes, where they are known: others at its address, or that name it, may be another picture."""
        return self.digest != "" and (self.is_settled or self.is_fixed)

    @property
    def post_link(self) -> str:
        return self.permalink or self.said_from


@dataclass(frozen=True, slots=True)
class Found:
    """A picture that matched. address: the one that gave it; named: every one that the page names it by. post: tells
    the posts of a page apart that have no permalink; 0 outside of them."""

    reference: str
    page: str
    address: str
    named: frozenset[str] = frozenset()
    permalink: str = ""
    post: int = 0
    digest: str = ""
    hash: bytes = b""
    said_from: str = ""

    @property
    def post_link(self) -> str:
        return self.permalink or self.said_from

    @property
    def copy(self) -> Hashable:
        """The same bytes in the same post are one copy, whatever addresses they have."""
        return self.reference, self.page, self.post_link, self.post, self.digest or self.address


@dataclass(frozen=True, slots=True)
class Tied:
    """found: one copy, by each address that it was found at."""

    known: KnownCopy
    found: tuple[Found, ...]
    by: SharedSign


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Each of what was found is in one of `stays`, `moved` and `new`, once; each of what was known in one of `stays`,
    `moved` and `absent`; what this look had tied already may be in `stays` several times, and is never absent. stays:
    found at an address that was known of it."""

    stays: tuple[Tied, ...] = ()
    moved: tuple[Tied, ...] = ()
    new: tuple[tuple[Found, ...], ...] = ()
    absent: tuple[KnownCopy, ...] = ()


_Copy = tuple[Found, ...]
Keys = Mapping[SharedSign, Sequence[Hashable]]


def reconcile(known: Iterable[KnownCopy], found: Iterable[Found]) -> Reconciled:
    """The order in which either side is given changes nothing."""
    ordered = sorted(known, key=lambda one: one.id)  # ids grow with time: the oldest first
    left, right, tied = _copies(found), {one.id: one for one in ordered}, list[Tied]()
    keys = [(one, _keys_of_known(one)) for one in ordered]
    for sign in SharedSign:
        if not left:
            break
        if sign is SharedSign.NEAR_HASH:
            pairs = _near(left, right)
        else:
            pairs = _sharing(sign, left, right, keys)
        tied += [Tied(one, copy, sign) for one, copy in pairs]
        taken = {copy for _, copy in pairs}
        left = [copy for copy in left if copy not in taken]
    stays = [one for one in tied if one.by <= SharedSign.ADDRESS]
    return Reconciled(
        stays=tuple(stays),
        moved=tuple(one for one in tied if one.by > SharedSign.ADDRESS),
        new=tuple(left),
        absent=tuple(one for one in right.values() if not one.copies),
    )


def _copies(found: Iterable[Found]) -> list[_Copy]:
    def order(one: Found) -> tuple[object, ...]:
        where, what = (one.page, one.permalink, one.said_from, one.post), (one.digest, one.address, one.hash)
        return one.reference, *where, *what, sorted(one.named)

    copies: dict[Hashable, list[Found]] = {}
    at: dict[Hashable, Hashable] = {}  # one file is one copy, though two posts lead to it
    for one in sorted(found, key=order):
        copy = at.setdefault((one.reference, one.page, one.permalink, one.address), one.copy)
        copies.setdefault(copy, []).append(one)
    return [tuple(copy) for copy in copies.values()]


_OPEN = "open"  # of something whose post is not known by a permalink: any post's may be it
_ANY = "any"


def _from(said_from: str, permalink: str | bool) -> Hashable:
    return said_from, bool(permalink)


def _keys_of_known(known: KnownCopy) -> Keys:
    of, link, page = known.reference, known.permalink, known.page

    def open_to(*key: Hashable, post: str = link) -> list[Hashable]:
        return [(_ANY, of, *key)] if post else [(_ANY, of, *key), (_OPEN, of, *key)]

    def same(*key: Hashable) -> list[Hashable]:
        said = [(_from(known.said_from, known.permalink), of, *key)] if known.said_from else []
        return [*open_to(*key, post=known.post_link), *said]

    def at(url: str) -> list[Hashable]:
        return open_to(url, known.digest) if known.is_bound else open_to(url)

    place = (of, page, link, known.present)
    keys: dict[SharedSign, Sequence[Hashable]] = {
        SharedSign.PLACE: [(*place, known.digest)] if known.is_bound else [(*place, known.digest), place],
        SharedSign.COPY: list(known.copies),
        SharedSign.PRESENT: at(known.present),
    }
    if known.copies:
        return keys
    keys[SharedSign.ADDRESS] = [key for url in known.addresses for key in at(url)]
    if known.is_fixed:
        return keys
    if link and known.digest:
        keys[SharedSign.PERMALINK_AND_BYTES] = [(of, link, known.digest)]
    if known.digest:
        keys[SharedSign.BYTES_ON_PAGE], keys[SharedSign.BYTES] = same(page, known.digest), same(known.digest)
    if known.is_settled:
        return keys
    if link:
        keys[SharedSign.PERMALINK] = [(of, link)]
    if link and known.hash:
        keys[SharedSign.PERMALINK_AND_HASH] = [(of, link, known.hash)]
    if known.hash:
        keys[SharedSign.HASH_ON_PAGE], keys[SharedSign.HASH] = same(page, known.hash), same(known.hash)
    return keys


def _keys_of_found(sign: SharedSign, found: Found) -> Sequence[Hashable]:
    of, link, page = found.reference, found.permalink, found.page
    which = _OPEN if link else _ANY
    posts: list[Hashable] = [_OPEN if found.post_link else _ANY]
    if found.said_from:  # two that each have a permalink are two posts, whatever a list says of both
        posts += [_from(found.said_from, is_linked) for is_linked in ((False,) if link else (False, True))]
    match sign:
        case SharedSign.PLACE:
            place = (of, page, link, found.address)
            return [(*place, found.digest), place]
        case SharedSign.COPY:
            return [found.copy]
        case SharedSign.PRESENT | SharedSign.ADDRESS:
            urls = dict.fromkeys((found.address, *sorted(found.named)))
            return [(which, of, *key) for url in urls for key in ((url,), (url, found.digest))]
        case SharedSign.PERMALINK_AND_BYTES if link:
            return [(of, link, found.digest)]
        case SharedSign.PERMALINK_AND_HASH if link:
            return [(of, link, found.hash)]
        case SharedSign.PERMALINK if link:
            return [(of, link)]
        case SharedSign.BYTES_ON_PAGE:
            return [(post, of, page, found.digest) for post in posts]
        case SharedSign.BYTES:
            return [(post, of, found.digest) for post in posts]
        case SharedSign.HASH_ON_PAGE:
            return [(post, of, page, found.hash) for post in posts]
        case SharedSign.HASH:
            return [(post, of, found.hash) for post in posts]
    return []


def _sharing(
    sign: SharedSign, left: Sequence[_Copy], right: dict[str, KnownCopy], keys: Sequence[tuple[KnownCopy, Keys]]
) -> list[tuple[KnownCopy, _Copy]]:
    """Takes out of `right` what is used up."""
    waiting: dict[Hashable, deque[KnownCopy]] = defaultdict(deque)
    for known, of_known in keys:
        if known.id in right:
            for key in of_known.get(sign, ()):
                waiting[key].append(known)
    pairs = [(_first(sign, copy, waiting, right), copy) for copy in left] if waiting else []
    return [(first, copy) for first, copy in pairs if first is not None]


def _first(
    sign: SharedSign, copy: _Copy, waiting: Mapping[Hashable, deque[KnownCopy]], right: dict[str, KnownCopy]
) -> KnownCopy | None:
    for one in copy:
        for key in _keys_of_found(sign, one):
            line = waiting.get(key, ())
            while line:
                first = line[0]
                if first.copies:  # stays for its further addresses
                    return first
                line.popleft()
                if right.pop(first.id, None) is not None:
                    return first
    return None


def _near(left: Sequence[_Copy], right: dict[str, KnownCopy]) -> list[tuple[KnownCopy, _Copy]]:
    """What is nearest first. Only so many are compared with so many."""
    pairs: list[tuple[int, KnownCopy, _Copy]] = []
    for copies, knowns in _by_reference(left, right):
        for copy in copies[:MOST_COMPARED]:
            mine = int.from_bytes(copy[0].hash)
            for known in knowns[:MOST_COMPARED]:
                distance = (mine ^ int.from_bytes(known.hash)).bit_count()
                if distance <= SAME_HASH and _may_be(known, copy[0]):
                    pairs.append((distance, known, copy))
    pairs.sort(key=lambda pair: pair[0])  # stable: both sides stand in their own order
    taken, near = set[_Copy](), list[tuple[KnownCopy, _Copy]]()
    for _, known, copy in pairs:
        if copy not in taken and right.pop(known.id, None) is not None:
            taken.add(copy)
            near.append((known, copy))
    return near


def _may_be(known: KnownCopy, found: Found) -> bool:
    return not known.post_link or not found.post_link or known.post_link == found.post_link


def _by_reference(
    left: Sequence[_Copy], right: Mapping[str, KnownCopy]
) -> Iterator[tuple[list[_Copy], list[KnownCopy]]]:
    knowns, copies = defaultdict[str, list[KnownCopy]](list), defaultdict[str, list[_Copy]](list)
    for known in right.values():
        if known.hash and not (known.copies or known.is_fixed or known.is_settled):
            knowns[known.reference].append(known)
    for copy in left:
        if copy[0].hash:
            copies[copy[0].reference].append(copy)
    for reference, some in copies.items():
        yield some, knowns.get(reference, [])
