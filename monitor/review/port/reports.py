"""Requests to desks: what to send next, what is waited for, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.errors import UsageError
from monitor.model.ids import CaseId, SightingId
from monitor.model.report import NEXT_STATES, AnswerKind, Report, ReportState
from monitor.review.port.finds import FindLine
from monitor.review.port.report_lines import ReportLine
from monitor.takedown.drafts import NameRule
from monitor.takedown.lanes import Lane
from monitor.takedown.sheet_reading import SheetRead

LINES_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedWords:
    """What only the person can say for a draft, as `takedown.facts.Statements` has it. channel: one desk; '' for whom
    to ask now."""

    language: str = "en"
    forged: bool = False
    circumstances: str = ""
    names: NameRule = NameRule.AUTO
    channel: str = ""
    owns_copyright: bool = False
    asks_as_data_subject: bool = False
    with_hash: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLine:
    """One form that may be sent. finds: how many it is about. url, email: where it goes; '' where that is not known.
    checked: somebody read that address on their own page. hours, months: how long they have, 0 where nothing says;
    deadline_source: what says it. sent, removed: of earlier reports there, None where there were none. limit, warnings:
    in whole sentences. drafted: the id of its draft, where there is one already; ''."""

    channel: str
    to: str
    lane: Lane
    sites: tuple[str, ...]
    finds: int
    url: str
    email: str
    checked: bool
    hours: int
    months: int
    deadline_source: str
    sent: int | None
    removed: int | None
    limit: str
    warnings: tuple[str, ...]
    drafted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLine:
    lane: Lane
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsTold:
    """ready: drafts to send, those first that follow what ran out. late: sent, and their time is over, or nothing was
    heard. waiting: sent, an answer is still to come; the one due first stands first, and no more than LINES_AT_ONCE;
    all_waiting: how many there are. forms: whom to ask, not drafted yet. open: finds that are still to be got rid of;
    in_hand: of these, those about which nobody is to be asked now. is_worked_out: False where so much is open that it
    takes long to say whom to ask: then there are no forms, and in_hand is 0. beside: where else help is to be had.
    over: how many reports are closed."""

    ready: tuple[ReportLine, ...]
    late: tuple[ReportLine, ...]
    waiting: tuple[ReportLine, ...]
    all_waiting: int
    forms: tuple[FormLine, ...]
    open: int
    in_hand: int
    beside: tuple[HelpLine, ...]
    over: int
    is_worked_out: bool = True


@dataclass(frozen=True, slots=True)
class ReportList:
    """A part of all of them. after: where the next part begins; '' where none does."""

    lines: tuple[ReportLine, ...]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTold:
    """sheet: its text, as it lies in `files`; None where there is none to show: `trouble` and `remedy` say why.
    following: whom to ask next about what of it is still there. next_drafts: what was drafted after it already.
    answers: what can be noted that they said; can_be_sent, can_be_withdrawn: likewise. can_be_undone: the last step."""

    line: ReportLine
    report: Report
    finds: tuple[FindLine, ...]
    sheet: SheetRead | None
    files: tuple[str, ...]
    following: tuple[FormLine, ...]
    next_drafts: tuple[ReportLine, ...]
    answers: tuple[AnswerKind, ...]
    can_be_undone: bool
    trouble: str = ""
    remedy: str = ""

    @property
    def can_be_sent(self) -> bool:
        return ReportState.SENT in NEXT_STATES[self.report.state]

    @property
    def can_be_withdrawn(self) -> bool:
        return ReportState.WITHDRAWN in NEXT_STATES[self.report.state]


@dataclass(frozen=True, slots=True)
class MeantFinds:
    """is_part: there are so many that these come first, and the others once these are drafted."""

    finds: tuple[SightingId, ...]
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedDrafts:
    """What would be drafted. many: finds that it is about. left_out: how many of those that were meant are not to be
    reported (to decide first, set aside, closed). channels: id and name of each desk that fits. languages: codes,
    English first."""

    many: int
    left_out: int
    forms: tuple[FormLine, ...]
    channels: tuple[tuple[str, str], ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftsMade:
    """ids: of the reports. folder: where they lie. problems: what is not drafted and why, and what to do, in sentences.
    replaced: files of older drafts that are not to be sent any more."""

    ids: tuple[str, ...]
    folder: str
    problems: tuple[tuple[str, str], ...]
    replaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepNoted:
    """changed: False where it was noted before. due_at: as the clock stands now."""

    report: ReportLine
    changed: bool
    due_at: datetime | None


class FieldWrong(UsageError):
    """field: whose value cannot be taken."""

    def __init__(self, error: UsageError, field: str) -> None:
        super().__init__(str(error), remedy=error.remedy, way=error.way)
        self.field = field


class ReportsPart(Protocol):
    """Each raises UsageError for what the case does not have."""

    async def standing(self, case: CaseId) -> ReportsTold: ...

    async def all(self, case: CaseId, *, after: str = "") -> ReportList:
        """In the order in which they were made, LINES_AT_ONCE of them."""
        ...

    async def one(self, case: CaseId, report: str) -> ReportTold: ...

    async def meant(self, case: CaseId, *, find: str = "", incident: str = "", report: str = "") -> MeantFinds:
        """The finds of one of these; all that are open where none is named."""
        ...

    async def offered(self, case: CaseId, finds: Sequence[SightingId], stated: StatedWords) -> OfferedDrafts: ...

    async def draft(self, case: CaseId, finds: Sequence[SightingId], stated: StatedWords) -> DraftsMade:
        """About those of them that may be reported. Nothing is sent. Raises UsageError where there are none, NeedsUser
        and DraftIncomplete where no draft at all could be made."""
        ...

    async def draft_next(self, case: CaseId, stated: StatedWords) -> DraftsMade:
        """The fewest forms that cover all that is open; of very much, as `meant` gives it."""
        ...

    async def mark_sent(self, case: CaseId, report: str, *, at: str, number: str, seen: int) -> StepNoted:
        """at: in the person's words; '' is now. seen: `ReportLine.steps` as the page showed it. Raises FieldWrong for
        `at` and `number`, UsageError for a step that cannot follow, ChangedMeanwhile."""
        ...

    async def note_answer(
        self, case: CaseId, report: str, *, outcome: str, at: str, number: str, text: str, seen: int
    ) -> StepNoted:
        """Likewise; `outcome` and `text` may be wrong as well."""
        ...

    async def withdraw(self, case: CaseId, report: str, *, seen: int) -> StepNoted: ...

    async def undo_step(self, case: CaseId, report: str, *, seen: int) -> StepNoted:
        """The last one, while nothing was built on it. Raises UsageError, ChangedMeanwhile."""
        ...
