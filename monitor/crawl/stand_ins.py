"""A wall's picture in the place of many: one and the same file at address after address, as `members only`, `no
hotlinking` or `no image` come, with 200. On honest sites the same file stands at many addresses too: icons, spacers,
default avatars, one picture with a counter at its end. So it is asked how much of what a page shows is that file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.crawl.furniture import is_furniture, parts_of
from monitor.crawl.sameness import PLAIN_BELOW
from monitor.model.fingerprint import bits_apart

MANY = 4  # addresses that give the same
FEW = 3  # of them, where nothing else is shown: it may be a wall's as well as the place's own
REWRITTEN_WITHIN = (
    2  # bits of 256, of a plain one: written anew for each address; of others, sizes of one photo are as near
)
REDRAWN_WITHIN = 16  # of plain ones: drawn anew for each address, with its name in it
CENTRES = 12  # pictures that others are held against
MOST_OF_THEM = 0.8  # of what stands beside them, to be a wall's and not a picture that some lack

_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp|tiff?|jfif|hei[cf]|jxl)$", re.IGNORECASE)
_NUMBERS = re.compile(r"[0-9a-f]{6,}|\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shows:
    """One file. pdq: 32 bytes, b'' where there is none. quality: PDQ's own, 0 to 100."""

    digest: str
    pdq: bytes = b""
    quality: int = 0


@dataclass(frozen=True, slots=True)
class Gave:
    """What the addresses of one picture of a page gave. shows: every file that came of it. is_hers: one of them
    matched; such a picture stands for none."""

    url: str
    shows: tuple[Shows, ...]
    is_hers: bool = False

    @property
    def digests(self) -> frozenset[str]:
        return frozenset(one.digest for one in self.shows)


@dataclass(frozen=True, slots=True)
class StandIn:
    """urls: of the pictures that gave it. is_all: beside them is nothing that was seen. is_sure: that it stands for
    others; else only the person's eyes can tell."""

    urls: tuple[str, ...]
    is_all: bool
    is_sure: bool = True


def stand_in_of(gave: Iterable[Gave]) -> StandIn | None:
    """Among the pictures of a page, or of a pass."""
    shown = [one for one in _once_each(gave) if not is_furniture(one.url)]
    came = [one for one in shown if one.shows]
    only = [one for one in came if not one.is_hers and all(_are_alike(one.shows[0], each) for each in one.shows)]
    same = _most_alike(only)
    if len(same) >= MANY and _is_most_of_its_kind(same, shown):
        return StandIn(_urls(same), is_all=len(same) >= MOST_OF_THEM * len(shown))
    if len(same) >= FEW and len(same) == len(came) and same[0].shows[0].pdq and _is_one_file(same):
        return StandIn(_urls(same), is_all=True, is_sure=False)
    near = _most_alike(only, REDRAWN_WITHIN)
    if len(near) >= MANY and len(near) == len(came):
        return StandIn(_urls(near), is_all=True, is_sure=False)
    return None


def _most_alike(among: Sequence[Gave], within: int = REWRITTEN_WITHIN) -> list[Gave]:
    """The most that are like one of them."""
    counts = Counter(one.shows[0].digest for one in among)
    centres = {one.shows[0].digest: one.shows[0] for one in among}
    common = [centres[digest] for digest, _ in counts.most_common(CENTRES)]
    groups = ([one for one in among if _are_alike(centre, one.shows[0], within)] for centre in common)
    return max(groups, key=len, default=[])


def _are_alike(one: Shows, other: Shows, within: int = REWRITTEN_WITHIN) -> bool:
    if one.digest == other.digest:
        return True
    if not (one.pdq and other.pdq):
        return False
    are_plain = max(one.quality, other.quality) < PLAIN_BELOW  # photographs are not: every pair of a pass comes by here
    return bits_apart(one.pdq, other.pdq) <= within if are_plain else one.pdq == other.pdq


def _is_one_file(same: Sequence[Gave]) -> bool:
    return len({one.shows[0].digest for one in same}) == 1


def _is_most_of_its_kind(same: Sequence[Gave], shown: Sequence[Gave]) -> bool:
    shapes = {_shape(one.url) for one in same}
    return len(same) >= MOST_OF_THEM * sum(_shape(one.url) in shapes for one in shown)


def _urls(gave: Iterable[Gave]) -> tuple[str, ...]:
    return tuple(one.url for one in gave)


def _once_each(gave: Iterable[Gave]) -> Sequence[Gave]:
    """One a file: the same path on several hosts, or with another counter at its end, is one picture."""
    once: dict[str, Gave] = {}
    for one in gave:
        parts = parts_of(one.url)
        if parts is not None:
            _, path, query = parts
            once.setdefault(path if _FILE.search(path) else f"{path}?{query}", one)
    return list(once.values())


def _shape(url: str) -> str:
    """Addresses that a place makes in one way are alike but for their numbers: a host and a folder."""
    parts = parts_of(url)
    if parts is None:
        return ""
    host, path, query = parts
    names = "&".join(pair.partition("=")[0] for pair in query.split("&"))
    return f"{host}{_NUMBERS.sub('0', path.rpartition('/')[0])}?{names if not _FILE.search(path) else ''}"
