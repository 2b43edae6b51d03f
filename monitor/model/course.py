"""How it goes over the weeks: what is open, what was removed, what came back, and how long each way took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from monitor.model.ids import SightingId


@dataclass(frozen=True, slots=True)
class Absence:
    """That a find was gone. gone_at: when that was known, by two spaced looks. back_at: when it was seen there again;
    None where it was not."""

    sighting: SightingId
    gone_at: datetime
    back_at: datetime | None = None


NO_ABSENCES: Mapping[SightingId, Sequence[Absence]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CourseWeek:
    """begins: its first day. open, accounts, hosts: at its end. median_hours: from a report to the removal, of what was
    removed in it; None where nothing that was reported was."""

    begins: date
    new: int
    removed: int
    back: int
    open: int
    accounts: int
    hosts: int
    median_hours: float | None = None


@dataclass(frozen=True, slots=True)
class RouteCourse:
    """What came of reports to one desk. sent: those whose time has run out, or that were answered. waiting: sent, and
    not yet of those. median_hours: from sending to removal, None where nothing was removed."""

    channel: str
    name: str
    sent: int
    removed: int
    waiting: int
    median_hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Of the finds that are hers, as far as is known. open: still there. removed: gone. back: of the open ones, those
    that had been removed. reported: of the open ones, those that a desk was told of. undecided: to decide
    (`tracking.figures`): counted nowhere else. left: hers, and left where they are by her word: counted nowhere else.
    unseen: filed by her, and not looked at so far: counted nowhere else.
    accounts: (host, account) of open finds. hosts: that still serve the page or the file of one. ever: how many there
    were, open and removed. weeks: the oldest first, the last one ends at `until`."""

    until: datetime
    open: int
    reported: int
    back: int
    removed: int
    undecided: int
    left: int
    accounts: tuple[tuple[str, str], ...]
    hosts: tuple[str, ...]
    weeks: tuple[CourseWeek, ...]
    routes: tuple[RouteCourse, ...] = ()
    unseen: int = 0

    @property
    def ever(self) -> int:
        return self.open + self.removed
