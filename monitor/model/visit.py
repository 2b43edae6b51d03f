"""When a watch is visited next, as it is written down, and what a visit says of how much happens there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.ids import CaseId


class VisitReason(StrEnum):
    """Why a visit is due when it is."""

    NEW = "new"  # it was never looked at
    SCHEDULE = "schedule"  # its interval, or its timetable
    ADAPTS = "adapts"  # what happens there, between its floor and its ceiling
    MISSED = "missed"  # it became due while nobody could look
    OWED = "owed"  # this machine had no network when it was looked at
    HOURS = "hours"  # it waits for the hours in which visits may be made
    RAISED = "raised"  # something was found there, or near it, just now


@dataclass(frozen=True, slots=True)
class DueVisit:
    """One for each watch. beat: the moment of its rhythm that `at` stands for, without what chance added; of a look
    that is owed, when it would be made without that. rhythm: what it was planned by: another schedule is noticed
    whenever it comes. held_by: who looks at it just now, '' for nobody; held_until: when that counts no more, unless
    the holder says so again."""

    watch: str
    case: CaseId
    at: datetime
    why: VisitReason
    beat: datetime
    rhythm: str = ""
    held_by: str = ""
    held_until: datetime | None = None
    grp: str = ""
    deaths: int = 0
    set_aside_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VisitCount:
    """What one look says of how much happens at a place.

    since: when the last look ended that could say so too; None where there was none. appeared: pictures that were not
    there in that look; None where this look says nothing of it (a first look, which finds everything that was posted
    before; one that a cap cut short, that failed, or that was blind in part; one of another place, since the watch was
    changed). ours: those of them that are hers. changed: whether anything was another than before; None where nobody
    could tell. requests: that it cost.
    """

    at: datetime
    since: datetime | None
    appeared: int | None
    ours: int
    changed: bool | None
    requests: int

    def __post_init__(self) -> None:
        if self.appeared is not None and (self.since is None or not 0 <= self.ours <= self.appeared):
            raise ValueError(f"{self.ours} of {self.appeared} pictures since {self.since} is no count")


@dataclass(frozen=True, slots=True)
class LooksBefore:
    """since: when the last whole look at a place ended; None where there was none. appeared, hers: what other looks met
    since then."""

    since: datetime | None = None
    appeared: int = 0
    hers: int = 0
