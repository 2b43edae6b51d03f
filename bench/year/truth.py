"""What is true of a place on each day, and the judge of what the program made of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

MISSED_LOOKS = 2  # that a find may take
LATE = 5  # days on which a copy may be gone, and seen to be, before it has to be `removed`


class Sight(StrEnum):
    """What a person's own eyes see of a place at a visit."""

    WHOLE = "whole"
    LESS = "less"
    NOTHING = "nothing"
    EITHER = "either"  # a picture is broken for everybody: `ok` and `partial` are both honest


@dataclass(frozen=True)
class Day:
    """Names of copies of hers. stands: is there for whoever may see all. seen: what a visitor of that day sees of it.
    unsure: neither there nor gone (the page is gone, its file is not)."""

    stands: frozenset[str]
    seen: frozenset[str]
    sight: Sight = Sight.WHOLE
    unsure: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        assert self.seen <= self.stands


@dataclass(frozen=True)
class Fault:
    """told: what the program did or did not do, in one of the words of FAULTS."""

    what: str
    place: str
    day: int
    copy: str = ""
    said: str = ""

    def __str__(self) -> str:
        return f"{self.what:18} {self.place:24} day {self.day:3} {self.copy:8} {self.said}"


FAULTS = {
    "told twice": "a find told once more as new",
    "found nowhere": "a find told where no copy of hers stands",
    "missed": "not told after three looks that showed it",
    "return missed": "came back, not told after three looks that showed it",
    "false removed": "removed, though it stands",
    "false reappeared": "reappeared, though it was never gone or is not back",
    "false ok": "`ok` for a look in which a person would have seen less or nothing",
    "cried wolf": "`partial` or `failed` for a look in which a person saw everything",
    "removal late": "gone for five days that could be seen, and not told removed",
    "seen when gone": "last_seen moved on while it was gone",
}
MUST_BE_NONE = (
    "told twice",
    "found nowhere",
    "missed",
    "return missed",
    "false removed",
    "false reappeared",
    "false ok",
)


@dataclass(frozen=True)
class Told:
    """A sighting of tier `match`, as the store has it. day: of last_seen."""

    id: str
    status: str
    last_seen: int


@dataclass
class _Known:
    """Of one copy. ids: its sightings, with their status. looks: at which it was seen since it came (back) and is not
    known as there. gone: days on which it was seen to be gone since it went. was_gone: since it was last known."""

    ids: dict[str, str] = field(default_factory=dict)
    looks: int = 0
    gone: int = 0
    was_gone: bool = False
    last_stood: int = -1
    is_late: bool = False


@dataclass
class Judge:
    """Of one place."""

    place: str
    faults: list[Fault] = field(default_factory=list)
    looks: Counter[str] = field(default_factory=Counter)
    tells: int = 0  # news that were right to tell
    _copies: dict[str, _Known] = field(default_factory=dict)

    def look(self, day: int, truth: Day, status: str, said: str) -> None:
        """One visit's own word."""
        self.looks[f"{truth.sight} {status}"] += 1
        if truth.sight in (Sight.LESS, Sight.NOTHING) and status == "ok":
            self._fault("false ok", day, said=f"a person sees {truth.sight}; {said}")
        is_wolf = status == "failed" or (status == "partial" and truth.sight is Sight.WHOLE)
        if truth.sight in (Sight.WHOLE, Sight.EITHER) and is_wolf:
            self._fault("cried wolf", day, said=f"{status}: {said}")

    def end_of_day(self, day: int, truth: Day, told: dict[str, list[Told]], *, visited: bool) -> None:
        """told: of each copy, what is known of it now."""
        for copy in sorted({*told, *truth.stands, *self._copies}):
            known = self._copies.setdefault(copy, _Known())
            stands, unsure = copy in truth.stands, copy in truth.unsure
            if stands:
                known.last_stood = day
            else:
                known.was_gone = True
            for one in told.get(copy, ()):
                self._changed(day, copy, known, one, stands=stands, unsure=unsure)
                known.ids[one.id] = one.status
            self._missing(day, copy, known, truth, visited=visited)
            if not unsure:
                self._lingering(day, copy, known, truth, told.get(copy, ()))

    def _changed(self, day: int, copy: str, known: _Known, one: Told, *, stands: bool, unsure: bool) -> None:
        before = known.ids.get(one.id)
        if before == one.status:
            return
        if before is None:
            if known.ids:
                self._fault("told twice", day, copy, f"{len(known.ids)} known before")
            elif not (stands or unsure):
                self._fault("found nowhere", day, copy)
            else:
                self.tells += 1
                known.was_gone = False
                return
        if one.status == "removed" and (stands and not unsure):
            self._fault("false removed", day, copy)
        if one.status == "reappeared":
            if not (stands or unsure) or not known.was_gone:
                self._fault("false reappeared", day, copy, "not there" if not stands else "was never gone")
            else:
                self.tells += 1
            known.was_gone = False

    def _missing(self, day: int, copy: str, known: _Known, truth: Day, *, visited: bool) -> None:
        is_known = any(status != "removed" for status in known.ids.values())
        if is_known or copy not in truth.stands:
            known.looks = 0
            return
        if not visited or copy not in truth.seen:
            return
        known.looks += 1
        if known.looks == MISSED_LOOKS + 1:
            self._fault("return missed" if known.ids else "missed", day, copy)

    def _lingering(self, day: int, copy: str, known: _Known, truth: Day, told: list[Told] | tuple[Told, ...]) -> None:
        if copy in truth.stands or not known.ids:
            known.gone, known.is_late = 0, False
            return
        known.gone += truth.sight in (Sight.WHOLE, Sight.EITHER)
        if known.gone < LATE or known.is_late:
            return
        if any(one.status not in ("removed", "dismissed") for one in told):
            known.is_late = True
            self._fault("removal late", day, copy)
        if any(one.last_seen > known.last_stood for one in told):
            known.is_late = True
            self._fault("seen when gone", day, copy, f"last stood on day {known.last_stood}")

    def _fault(self, what: str, day: int, copy: str = "", said: str = "") -> None:
        self.faults.append(Fault(what, self.place, day, copy, said[:200]))
