"""Everything about one find, and about all that were found on one site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from monitor.evidence.timeline import HappeningKind
from monitor.model.capture import Missing
from monitor.model.deciding import MadeDecision
from monitor.model.evidence import EvidenceKind
from monitor.model.figures import CountedAs
from monitor.model.ids import CaseId, SightingId
from monitor.model.presence import Change, PlannedLook
from monitor.model.removal import Left
from monitor.model.report import Report, ReportEvent
from monitor.model.sighting import Sighting
from monitor.review.port.report_lines import ReportLine

COPIES_AT_ONCE = 50
MOST_HAPPENED = 200  # happenings of one timeline on a page; the newest


class FindState(StrEnum):
    """How it stands, as a person is told."""

    TO_DECIDE = "to-decide"
    BACK = "back"
    NEW = "new"
    CONFIRMED = "confirmed"
    REPORTED = "reported"
    ONLY_SAID = "only-said"
    REMOVED = "removed"
    LEFT = "left"
    NOT_MINE = "not-mine"
    UNDER_18 = "under-18"

    @property
    def place(self) -> int:
        """What waits for her comes first."""
        return _PLACES[self]


_PLACES = {state: place for place, state in enumerate(FindState)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindLine:
    """One find in a list. label: of the photo; '' where none was compared. how: how it matches, in sentences. stamp: of
    its state, to be given back with what is decided (`tracking.deciding.stamp_of`). later_until: put aside until
    then."""

    id: SightingId
    number: int
    incident: str
    state: FindState
    site: str
    page_url: str
    account: str
    label: str
    first_seen: datetime
    last_seen: datetime
    how: tuple[str, ...]
    stamp: str
    removed_at: datetime | None = None
    later_until: datetime | None = None

    @property
    def can_be_said(self) -> bool:
        """Her word on it is still to come."""
        return self.state in (FindState.TO_DECIDE, FindState.NEW, FindState.BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class HappenedLine:
    """One line of a timeline. at: None where only words tell when: `said`. numbers: of finds. report: which, with its
    step. step: of the guide, in its words."""

    at: datetime | None
    said: str
    kind: HappeningKind
    numbers: tuple[int, ...]
    where: str = ""
    detail: str = ""
    words: str = ""
    report: Report | None = None
    step: ReportEvent | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """The newest first. more: how many older ones are not told here."""

    lines: tuple[HappenedLine, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentTold:
    """counts: of its finds. accounts, labels: the different ones. copies: a part of them, from `begin`, counted from 0.
    waits: finds that wait for the person's word. to_ask: finds that somebody may be asked about now and that nobody was
    asked about so far. lacking: finds that count as hers and of which no evidence is kept. last_said: as `FindTold` has
    it."""

    id: str
    site: str
    counts: Mapping[CountedAs, int]
    accounts: tuple[str, ...]
    labels: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    copies: tuple[FindLine, ...]
    begin: int
    many: int
    waits: int
    reports: tuple[ReportLine, ...]
    to_ask: int
    lacking: int
    last_said: MadeDecision | None
    happened: Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class FindTold:
    """planned, changes: when it is looked at next, and what became of it. same_picture: other finds of the very same
    file. has: how many sealed files of each kind; lacks: of what there is none, and why. can_ask: a draft may be made
    about it now. notes: the newest first. last_said: what can be taken back; None where nothing can."""

    line: FindLine
    find: Sighting
    planned: tuple[PlannedLook, ...]
    changes: tuple[Change, ...]
    same_picture: tuple[FindLine, ...]
    has: Mapping[EvidenceKind, int]
    lacks: tuple[Missing, ...]
    reports: tuple[ReportLine, ...]
    can_ask: bool
    notes: tuple[MadeDecision, ...]
    last_said: MadeDecision | None
    happened: Happened


@dataclass(frozen=True, slots=True)
class ClosingTold:
    """What would be closed with one find, as somebody in it was or may have been under 18. label: of the photo that
    goes too; '' where none was compared. others: a part of the other finds of that photo, `many` in all."""

    line: FindLine
    label: str
    others: tuple[FindLine, ...]
    many: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTold:
    """count: of finds that are closed now. has_photo: one was enrolled, and is no more. moved: drafts that lay no
    longer where they were written. left: files that may be left. unnamed: how many sealed files nothing names, of which
    it cannot be known what they show, each with their folder."""

    count: int
    has_photo: bool = False
    moved: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    unnamed: tuple[tuple[int, str], ...] = ()


class FindsPart(Protocol):
    async def incident(self, case: CaseId, incident: str, *, begin: int = 0) -> IncidentTold:
        """Raises NoSuch."""
        ...

    async def find(self, case: CaseId, name: str) -> FindTold:
        """By its id. Raises NoSuch."""
        ...

    async def closing(self, case: CaseId, name: str) -> ClosingTold:
        """Nothing is done. Raises NoSuch."""
        ...

    async def close_under_18(self, case: CaseId, name: str) -> ClosedTold:
        """For good: what was kept goes but address and time. Raises NoSuch."""
        ...
