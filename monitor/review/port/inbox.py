"""What waits for the person's word, by site; her words, and how they are taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from monitor.model.deciding import DecisionAct
from monitor.model.ids import CaseId, SightingId
from monitor.model.report import ReportState
from monitor.model.sighting import Decision, Status
from monitor.tracking.deciding import PutOff
from monitor.tracking.health import Sight


class SeenFind(NamedTuple):
    """A find as a page showed it. name: its id or its number."""

    name: str
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindToDecide:
    """As it stands now. number: within the case. site: registrable domain. how: how it matches, in whole sentences.
    is_sure: it shows a photo of hers. is_back: it was removed before."""

    id: SightingId
    number: int
    stamp: str
    incident: str
    site: str
    host: str
    page_url: str
    account: str
    label: str
    how: tuple[str, ...]
    first_seen: datetime
    is_sure: bool
    is_back: bool
    has_evidence: bool
    status: Status
    decision: Decision | None
    decided_at: datetime | None
    under_18: bool
    later_until: datetime | None

    @property
    def waits(self) -> bool:
        """For her word; also what she has put aside."""
        return self.status in (Status.NEW, Status.REAPPEARED) and not self.under_18


@dataclass(frozen=True, slots=True)
class CardReport:
    """A request that is not done yet. to: the desk, by name. is_late: an answer was due."""

    id: str
    to: str
    state: ReportState
    due_at: datetime | None
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxCard:
    """One site. waits: how many finds of it; sure, back: of these. copies: all of it, what was decided too. accounts:
    how many. finds: the first that wait, never all. hows: each different way in which these match, in sentences.
    reports: that are open, about any find of it. lacking: finds that wait without evidence of their own."""

    incident: str
    site: str
    waits: int
    sure: int
    back: int
    copies: int
    accounts: int
    names: tuple[str, ...]
    labels: tuple[str, ...]
    first_seen: datetime
    hows: tuple[tuple[str, ...], ...]
    finds: tuple[FindToDecide, ...]
    reports: tuple[CardReport, ...]
    lacking: int

    @property
    def drafts(self) -> tuple[CardReport, ...]:
        return tuple(one for one in self.reports if one.state is ReportState.DRAFT)

    @property
    def lead(self) -> FindToDecide:
        return self.finds[0]


@dataclass(frozen=True, slots=True)
class StrokeTold:
    """What was said at one stroke. sites, numbers: of its finds, never more than a few. many: finds. text: of a note.
    stands: it was not taken back."""

    batch: str
    act: DecisionAct
    at: datetime
    many: int
    sites: tuple[str, ...]
    numbers: tuple[int, ...]
    until: datetime | None
    text: str
    stands: bool


@dataclass(frozen=True, slots=True)
class InboxNow:
    """A part of the list. begin: the number of its first card, from 0. sites: how many wait; finds: in all of these.
    last: what was said last on the page since she came in, and stands."""

    cards: tuple[InboxCard, ...]
    begin: int
    at_once: int
    sites: int
    finds: int
    put_aside: int
    last: StrokeTold | None


@dataclass(frozen=True, slots=True)
class CopiesNow:
    """What waits on one site. all: how many; finds: the first of them. hosts: of
    these, where there are several, each with a find that stands there."""

    incident: str
    site: str
    finds: tuple[FindToDecide, ...]
    all: int
    hosts: tuple[tuple[str, SightingId], ...]


@dataclass(frozen=True, slots=True)
class SaidNow:
    """done: how many finds stand as she said. incidents: of these. changed: what was not decided, since it is not as it
    was shown; as it stands now. until: of what is put aside. strokes: decisions on the page since she came in."""

    done: int
    incidents: tuple[str, ...]
    changed: tuple[FindToDecide, ...]
    batch: str
    until: datetime | None
    strokes: int


@dataclass(frozen=True, slots=True)
class UnseenTold:
    """A place that is not seen, or in part. cause, remedy: words from below."""

    name: str
    sight: Sight
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class LookedTold:
    """What was looked at since then; unseen: what could not be. next_look: None where none is planned."""

    since: datetime
    watched: int
    looks: int
    pages: int
    pictures: int
    unseen: tuple[UnseenTold, ...]
    next_look: datetime | None


class InboxPart(Protocol):
    async def waiting(self, case: CaseId, *, begin: int = 0, holding: str = "", since: datetime) -> InboxNow:
        """holding: only what has that in the name of its host, its account or its photo. since: she came in."""
        ...

    async def many_waiting(self, case: CaseId) -> int:
        """Finds, on all sites."""
        ...

    async def order(self, case: CaseId, *, begin: int = 0, holding: str = "") -> tuple[str, ...]:
        """The incidents of that part, as they are listed."""
        ...

    async def looked(self, case: CaseId) -> LookedTold: ...
    async def copies(self, case: CaseId, incident: str, *, host: str = "") -> CopiesNow:
        """Raises UsageError where nothing was ever found there."""
        ...

    async def finds(self, case: CaseId, names: tuple[str, ...]) -> tuple[FindToDecide, ...]:
        """As they stand, by id or by number. An id that is not of the case is left out. Raises UsageError for such a
        number."""
        ...

    async def put_aside(self, case: CaseId) -> tuple[FindToDecide, ...]:
        """What is to come back, the soonest first."""
        ...

    async def decide(
        self,
        case: CaseId,
        act: DecisionAct,
        finds: tuple[SeenFind, ...],
        *,
        since: datetime,
        put_off: PutOff = PutOff.TOMORROW,
        text: str = "",
    ) -> SaidNow:
        """strokes: decisions that were made on the page since `since`. Raises UsageError for a note that is
        none, and where none of the finds is of the case."""
        ...

    async def undo(self, case: CaseId, batch: str, *, since: datetime) -> SaidNow:
        """changed: what could not be taken back any more."""
        ...

    async def said(self, case: CaseId) -> tuple[StrokeTold, ...]:
        """Lately, the newest first."""
        ...
