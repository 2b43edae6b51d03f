"""Whether the addresses of one picture really give one. What a page shows is small and what it links to is large, and
most often the two are one picture; sometimes the large one's address answers with a stand-in. To ask for both each time
would double what an ordinary site is asked for, so what addresses of one kind gave before says how often that is
needed. Pure; nothing here is random."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from itertools import takewhile
from urllib.parse import urlsplit

from monitor.model.candidate import Candidate
from monitor.model.fingerprint import bits_apart
from monitor.ports.facts import PairTrack

SAME_WITHIN = 31
"""Bits of 256 between the PDQ hashes of two sizes of one picture. PDQ's own threshold: what is nearer than that to a
picture which shows a photo is told with it."""

PLAIN_BELOW = 50
"""Of PDQ's quality, 0 to 100: below it, PDQ's makers advise not to trust the hash."""

ENOUGH = 12  # pairs that were one picture, and none that was not: now and then one is looked at from there on
ENOUGH_APART = 36  # pairs of which some differ (a thumbnail cut square), while no picture stood at two addresses
ONE_IN = 8  # of a kind that gave enough

_NUMBERS = re.compile(r"[0-9a-z]*[0-9][0-9a-z]*", re.IGNORECASE)  # and names that hold some
_LONGEST_PART = 24  # a longer piece of a path is a name or a token of its own
_LONGEST_ENDING = 16


def told(track: PairTrack, *, is_same: bool, is_repeated: bool) -> PairTrack:
    """After one more pair. is_repeated: what the preferred address gave stands at another one too."""
    if is_same:
        return replace(track, same=track.same + 1)
    return replace(track, other=track.other + 1, stand_ins=track.stand_ins + is_repeated)


def is_proven(track: PairTrack) -> bool:
    if track.stand_ins:
        return False
    return (track.other == 0 and track.same >= ENOUGH) or track.same + track.other >= ENOUGH_APART


def wants_shown(track: PairTrack, shown: str, day: int, *, is_doubtful: bool) -> bool:
    """Whether the address that the page shows is to be asked too. day: others are drawn on each. is_doubtful: what the
    preferred one gave has something of a stand-in."""
    return is_doubtful or not is_proven(track) or is_drawn(shown, day)


def is_drawn(url: str, day: int) -> bool:
    """One in `ONE_IN`; in as many days, each once."""
    return (drawn(url, ONE_IN) + day) % ONE_IN == 0


def drawn(url: str, of: int) -> int:
    """A number below `of`, the same for an address each time."""
    return int.from_bytes(hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=4).digest()) % of


def is_plain(candidate: Candidate) -> bool:
    """So little in it that it may well be a notice; photographs are seldom."""
    return bool(candidate.frames) and candidate.frames[0].pdq_quality < PLAIN_BELOW


def are_same(one: Candidate, other: Candidate) -> bool:
    """One picture in two sizes or codings; not where one of them could not be read."""
    if one.digest == other.digest:
        return not one.unreadable
    mine, theirs = first_hash(one), first_hash(other)
    return bool(mine and theirs) and bits_apart(mine, theirs) <= SAME_WITHIN


def first_hash(candidate: Candidate) -> bytes:
    """b'' where there is none."""
    turns = candidate.frames[0].pdq_turns if candidate.frames else ()
    return turns[0] if turns else b""


def kind_of_pair(preferred: str, shown: str) -> str:
    """What pairs of addresses that one program makes have in common: hosts, folders without numbers and tokens, and
    how the two names differ."""
    one, other = _parts(preferred), _parts(shown)
    if one is None or other is None:
        return "data"
    alike = (a == b for a, b in zip(one[2], other[2], strict=False))
    begin = len(list(takewhile(bool, alike)))
    ends = (_ending(one[2][begin:]), _ending(other[2][begin:]))
    return " ".join((*one[:2], *other[:2], *ends))


def _parts(url: str) -> tuple[str, str, str] | None:
    """Host, shape of the folder, name."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    folder, _, name = parts.path.rpartition("/")
    shape = "/".join(_shape(part) for part in folder.split("/")[:12])
    return (parts.netloc, shape, f"{name}?{parts.query}") if parts.netloc else None


def _shape(part: str) -> str:
    return "*" if len(part) > _LONGEST_PART or any(char.isdigit() for char in part) else part


def _ending(rest: str) -> str:
    """`-600x400.jpg` -> `-0x0.jpg`; of names that have nothing in common, what kind of file they are."""
    short = rest if len(rest) <= _LONGEST_ENDING else "*." + rest.partition("?")[0].rpartition(".")[2][:5]
    return _NUMBERS.sub("0", short)
