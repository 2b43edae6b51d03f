"""Requests to desks, over the services of an opened App."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from monitor.catalogue import said
from monitor.errors import MonitorError, UsageError
from monitor.model.ids import CaseId, SightingId
from monitor.model.report import WAITING, AnswerKind, Report, ReportState
from monitor.model.sighting import Sighting
from monitor.ports import Store
from monitor.review.local.find_lines import find_line, ids_of, report_line
from monitor.review.port.report_lines import ReportLine
from monitor.review.port.reports import (
    LINES_AT_ONCE,
    DraftsMade,
    FieldWrong,
    FormLine,
    HelpLine,
    MeantFinds,
    OfferedDrafts,
    ReportList,
    ReportsTold,
    ReportTold,
    StatedWords,
    StepNoted,
)
from monitor.review.ways import remedy_of
from monitor.services.case_view import open_finds, why_not
from monitor.services.draft_files import files_of_draft, sheet_text
from monitor.services.drafting import Drafting, DraftService
from monitor.services.escalation import EscalationService
from monitor.services.figures import case_figures
from monitor.services.next_forms import NextForm, NextForms, NextFormService
from monitor.services.reports import (
    NotedStep,
    ReportService,
    answers_to,
    desk_number,
    in_turn,
    refuse_long,
    why_not_undone,
)
from monitor.services.said_moment import said_moment
from monitor.takedown.batching import Batch, batches, limit_words
from monitor.takedown.facts import Statements
from monitor.takedown.lanes import Lane
from monitor.takedown.routing import address_for
from monitor.takedown.sheet_reading import SheetRead, read_sheet
from monitor.takedown.words import language_of, languages

MOST_WORKED_OUT = 1_000  # open finds, of which it is said at once whom to ask: seconds for ten thousand
DRAFTED_AT_ONCE = 500  # finds, where there are more than that: nobody else is answered meanwhile
_LANES = {lane.value: lane.place for lane in Lane}


@dataclass(frozen=True, slots=True)
class LocalReports:
    store: Store
    clock: Callable[[], datetime]
    zone: Callable[[], tzinfo]
    reports: ReportService
    drafts: DraftService
    escalation: EscalationService

    async def standing(self, case: CaseId) -> ReportsTold:
        every, now = self.store.reports.all(case), self.clock()
        late = in_turn(self.reports.due(case), ())
        known_late = {report.id for report in late}
        ready = [one for one in every if one.state is ReportState.DRAFT]
        ready.sort(key=lambda one: (not one.follows, _LANES.get(one.lane, len(_LANES)), one.id))
        waiting = [one for one in every if one.state in WAITING and one.id not in known_late]
        waiting.sort(key=lambda one: one.look_at or now)
        figures = case_figures(self.store, case)
        is_open = figures.still_there + figures.not_looked_at
        is_quick = is_open <= MOST_WORKED_OUT
        found = NextFormService(self.drafts).next(case) if is_quick else NextForms((), is_open, 0, ())
        return ReportsTold(
            ready=self._lines(ready[:LINES_AT_ONCE], case),
            late=self._lines(late, case),
            waiting=self._lines(waiting[:LINES_AT_ONCE], case),
            all_waiting=len(waiting),
            forms=tuple(_form_line(form.batch, form) for form in found.forms if form.drafted is None),
            open=found.open,
            in_hand=found.in_hand,
            beside=tuple(HelpLine(lane=lane, name=one.name, url=one.url) for lane, one in found.beside),
            is_worked_out=is_quick,
            over=sum(one.state not in (*WAITING, ReportState.DRAFT) for one in every),
        )

    async def all(self, case: CaseId, *, after: str = "") -> ReportList:
        found = self.store.reports.listed(case, limit=LINES_AT_ONCE + 1, after=after)
        part = found[:LINES_AT_ONCE]
        return ReportList(self._lines(part, case), part[-1].id if len(found) > LINES_AT_ONCE else "")

    async def one(self, case: CaseId, report: str) -> ReportTold:
        known = self.reports.get(report, case=case)
        finds = self.store.sightings.of_ids(case, known.sightings)
        sheet, trouble, remedy = _sheet_of(known)
        asks_next = known.sent_at is not None and known.state is not ReportState.WITHDRAWN
        return ReportTold(
            line=self._lines([known], case)[0],
            report=known,
            finds=tuple(find_line(one) for one in finds),
            sheet=sheet,
            files=files_of_draft(known, self.store),
            following=tuple(map(_form_line, self.escalation.offer(known))) if asks_next else (),
            next_drafts=self._lines(self.store.reports.following(case, known.id), case),
            answers=answers_to(known),
            can_be_undone=why_not_undone(known, self.store) is None,
            trouble=trouble,
            remedy=remedy,
        )

    async def meant(self, case: CaseId, *, find: str = "", incident: str = "", report: str = "") -> MeantFinds:
        if find:
            return _meant(self.store.sightings.of_ids(case, [find]))
        if incident:
            there = self.store.sightings.of_incident(case, incident)
            return _meant(there, is_much=len(there) > MOST_WORKED_OUT)
        if report:
            batches_ = self.escalation.offer(self.reports.get(report, case=case))
            return MeantFinds(tuple(dict.fromkeys(one for batch in batches_ for one in batch.sightings)))
        return self._open(case)

    def _open(self, case: CaseId) -> MeantFinds:
        is_much = case_figures(self.store, case).still_there > MOST_WORKED_OUT
        return _meant(open_finds(case, self.store), is_much=is_much)

    async def offered(self, case: CaseId, finds: Sequence[SightingId], stated: StatedWords) -> OfferedDrafts:
        view = self.drafts.view_of(case, finds)
        routes = [route for one in view.sightings.values() for route in view.routes(one)]
        channels = {route.channel.id: route.channel.name for route in sorted(routes, key=lambda one: one.lane.place)}
        return OfferedDrafts(
            many=len(view.sightings),
            left_out=len(finds) - len(view.sightings),
            forms=tuple(map(_form_line, batches(view.targets(_statements(stated))))),
            channels=tuple(channels.items()),
            languages=languages(),
        )

    async def draft(self, case: CaseId, finds: Sequence[SightingId], stated: StatedWords) -> DraftsMade:
        known = self.store.sightings.of_ids(case, finds)
        may = [one.id for one in known if why_not(one) is None]
        if not may:
            raise next(filter(None, map(why_not, known)), None) or UsageError(
                said("there is nothing to ask about"),
                remedy=said("Choose a find, or a site on which something was found."),
            )
        done = self.drafts.draft(may, case=case, channel=stated.channel or None, statements=_statements(stated))
        return _made(done)

    async def draft_next(self, case: CaseId, stated: StatedWords) -> DraftsMade:
        finds = self.store.sightings.of_ids(case, self._open(case).finds)
        return _made(NextFormService(self.drafts).draft(case, out=None, statements=_statements(stated), finds=finds))

    async def mark_sent(self, case: CaseId, report: str, *, at: str, number: str, seen: int) -> StepNoted:
        before = self.reports.get(report, case=case)
        then = self._moment(at, before)
        with _field("number"):
            number = desk_number(number)
        return self._noted(self.reports.mark_sent(report, case=case, at=then, number=number, seen=seen), before)

    async def note_answer(
        self, case: CaseId, report: str, *, outcome: str, at: str, number: str, text: str, seen: int
    ) -> StepNoted:
        before = self.reports.get(report, case=case)
        with _field("outcome"):
            outcome = _outcome(outcome, before)
        then = self._moment(at, before)
        with _field("number"):
            number = desk_number(number)
        with _field("text"):
            refuse_long(text)
        noted = self.reports.record_response(
            report, case=case, outcome=outcome, at=then, number=number, text=text, seen=seen
        )
        return self._noted(noted, before)

    async def withdraw(self, case: CaseId, report: str, *, seen: int) -> StepNoted:
        before = self.reports.get(report, case=case)
        return self._noted(NotedStep(self.reports.withdraw(report, case=case, seen=seen)), before)

    async def undo_step(self, case: CaseId, report: str, *, seen: int) -> StepNoted:
        before = self.reports.get(report, case=case)
        return self._noted(self.reports.undo(report, case=case, seen=seen), before)

    def _moment(self, at: str, before: Report) -> datetime | None:
        if not at.strip():
            return None
        with _field("at"):
            then = said_moment(at, now=self.clock(), zone=self.zone(), not_before=before.changed_at)
            if then < before.changed_at:
                raise UsageError(
                    said("that is before the step that stands last below"),
                    remedy=said("Type a later time. If it was just now, let the field stay empty."),
                )
            return then

    def _noted(self, noted: NotedStep, before: Report) -> StepNoted:
        line = self._lines([noted.report], noted.report.case)[0]
        return StepNoted(line, noted.report != before, noted.report.due_at)

    def _lines(self, reports: Iterable[Report], case: CaseId) -> tuple[ReportLine, ...]:
        every, now = list(reports), self.clock()
        known = {one.id: one for one in self.store.sightings.of_ids(case, ids_of(every))}
        return tuple(report_line(one, known, now) for one in every)


def _meant(finds: Iterable[Sighting], *, is_much: bool = False) -> MeantFinds:
    """Of very much, what nobody was asked about yet, if there is such a thing."""
    if not is_much:
        return MeantFinds(tuple(one.id for one in finds))
    first: list[SightingId] = []
    for one in finds:
        if not one.reports and why_not(one) is None:
            first.append(one.id)
        if len(first) == DRAFTED_AT_ONCE:
            break
    return MeantFinds(tuple(first), is_part=True)


@contextmanager
def _field(name: str) -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        raise FieldWrong(error, name) from error


def _outcome(outcome: str, report: Report) -> AnswerKind:
    found = next((kind for kind in answers_to(report) if kind == outcome), None)
    if found is None:
        raise UsageError(
            said("it was not said what they answered"),
            remedy=said("Choose one of the answers; what fits best is enough."),
        )
    return found


def _sheet_of(report: Report) -> tuple[SheetRead | None, str, str]:
    try:
        return read_sheet(sheet_text(report)), "", ""
    except MonitorError as error:
        return None, str(error), remedy_of(error)


def _statements(stated: StatedWords) -> Statements:
    return Statements(
        forged=stated.forged,
        owns_copyright=stated.owns_copyright,
        asks_as_data_subject=stated.asks_as_data_subject,
        circumstances=stated.circumstances.strip(),
        names=stated.names,
        with_hash=stated.with_hash,
        language=language_of(stated.language),
    )


def _form_line(batch: Batch, form: NextForm | None = None) -> FormLine:
    route, address = batch.route, address_for(batch.route)
    deadline, record = route.deadline, route.record
    return FormLine(
        channel=route.channel.id,
        to=route.channel.name,
        lane=route.lane,
        sites=route.hosts,
        finds=len(batch.sightings),
        url=address.url,
        email=address.email,
        checked=address.checked,
        hours=deadline.hours if deadline else 0,
        months=deadline.months if deadline else 0,
        deadline_source=route.deadline_source,
        sent=record.sent if record else None,
        removed=record.removed if record else None,
        limit=form.limit if form else limit_words(route.channel),
        warnings=route.warnings,
        drafted=form.drafted.id if form and form.drafted else "",
    )


def _made(done: Drafting) -> DraftsMade:
    folders = dict.fromkeys(str(Path(report.file).parent) for report in done.reports)
    return DraftsMade(
        ids=tuple(report.id for report in done.reports),
        folder=next(iter(folders), ""),
        problems=tuple((str(error), remedy_of(error)) for error in done.problems),
        replaced=tuple(report.file for report in done.replaced),
    )
