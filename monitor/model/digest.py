"""The weekly review, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from monitor.model.alert import Part
from monitor.model.channel_health import ChannelHealth
from monitor.model.course import Course
from monitor.model.desk import DeskLook
from monitor.model.figures import Figures
from monitor.model.report import Report
from monitor.model.run import LimitReached
from monitor.model.sighting import Sighting
from monitor.model.standstill import Standstill


@dataclass(frozen=True, slots=True)
class Blind:
    """A watch whose last look was not a good one, saw only a part, or has something to say all the same. last_good
    None: it never had a good one."""

    watch: str
    cause: str
    last_good: datetime | None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """What a watch's last look left out at a cap."""

    watch: str
    limit: LimitReached


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was seen in the window. runs: passes; pages, images: that could be read, whether new or not; good: watches
    with at least one good look; watches: all that should have looked."""

    watches: int
    good: int
    runs: int
    pages: int
    images: int
    new_images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """new, reappeared, again: what is still there, each once; possible: what is to decide, whenever it was found;
    removed: gone since `since`. figures: of all finds, by the definitions of `tracking.figures`. overdue: sent reports
    whose time has run out; unanswered: those that nothing gives a time, and of which nothing was heard for a week;
    proposed: drafted by the program, to be sent next. waiting: alerts that were tried and that nobody has so far;
    not_all: those that not everybody has; oldest: when the oldest that nobody has was made. refusing: who refused for
    good when asked last. failing: channels that took nothing for a day. partly, noted: what the last looks observed,
    each kind once a watch; noted is what makes no look less. wrong: how many things are, in the watchlists. stopped:
    something that is switched on cannot run. trend: new finds per week, oldest first. course: how it goes over the
    weeks; None where it was not counted. custody: the first digits of the custody log's head, '' where nothing stands
    in it: in a mailbox they are a witness that the log had come so far. doubts: addresses that open reports need, and
    that answered, not as they should. standstills: when nothing was looked at, as whoever looks stood still."""

    case: str
    since: datetime
    until: datetime
    new: tuple[Sighting, ...]
    possible: tuple[Sighting, ...]
    again: tuple[Sighting, ...]
    removed: tuple[Sighting, ...]
    reappeared: tuple[Sighting, ...]
    blind: tuple[Blind, ...]
    partly: tuple[Blind, ...]
    noted: tuple[Blind, ...] = ()
    cut: tuple[Cut, ...]
    wrong: int
    stopped: bool
    folded: tuple[str, ...] = ()
    overdue: tuple[Report, ...]
    unanswered: tuple[Report, ...] = ()
    proposed: tuple[Report, ...] = ()
    waiting: int
    not_all: int
    oldest: datetime | None
    refusing: tuple[Part, ...]
    coverage: Coverage
    trend: tuple[tuple[date, int], ...]
    failing: tuple[ChannelHealth, ...] = ()
    custody: str = ""
    doubts: tuple[DeskLook, ...] = ()
    standstills: tuple[Standstill, ...] = ()
    course: Course | None = None
    figures: Figures

    @property
    def nothing_new(self) -> bool:
        return not (self.new or self.reappeared or self.new_to_decide)

    @property
    def new_to_decide(self) -> bool:
        return any(find.first_seen >= self.since for find in self.possible)
