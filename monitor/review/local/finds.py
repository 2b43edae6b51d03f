"""Finds and incidents, over the services of an opened App."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import no_such
from monitor.evidence.timeline import Happening, HappeningKind
from monitor.model.deciding import DecisionAct
from monitor.model.figures import CountedAs
from monitor.model.ids import CaseId
from monitor.model.report import Report, ReportState
from monitor.model.sighting import Sighting
from monitor.ports import Store
from monitor.review.local.find_lines import find_line, ids_of, report_line, site_of
from monitor.review.port.finds import (
    COPIES_AT_ONCE,
    MOST_HAPPENED,
    ClosedTold,
    ClosingTold,
    FindTold,
    Happened,
    HappenedLine,
    IncidentTold,
)
from monitor.review.port.report_lines import ReportLine
from monitor.services.case_view import why_not
from monitor.services.course import CourseService
from monitor.services.decisions import DecisionService
from monitor.services.evidence import EvidenceService
from monitor.services.inbox import InboxService
from monitor.tracking.deciding import last_standing
from monitor.tracking.figures import counted_as

MOST_NAMES = 50  # accounts of one site that are named
_HERS = (CountedAs.STILL_THERE, CountedAs.NOT_LOOKED_AT)
_OPEN = (*_HERS, CountedAs.TO_DECIDE)


@dataclass(frozen=True, slots=True)
class LocalFinds:
    store: Store
    clock: Callable[[], datetime]
    decisions: DecisionService
    course: CourseService
    evidence: EvidenceService
    inbox: InboxService

    async def incident(self, case: CaseId, incident: str, *, begin: int = 0) -> IncidentTold:
        finds = self.store.sightings.of_incident(case, incident)
        if not finds:
            raise no_such("site", incident, case, "sightings list")
        lines = sorted(map(find_line, finds), key=lambda one: (one.state.place, one.number))
        begin = begin if 0 <= begin < len(lines) else 0
        hers = [one for one in finds if counted_as(one) in _HERS]
        told_of = [one for one in finds if not one.under_18]
        reports = self._about(case, finds)
        asked = {one for report in reports if report.state is not ReportState.WITHDRAWN for one in report.sightings}
        return IncidentTold(
            id=incident,
            site=site_of(finds[0]),
            counts=Counter(map(counted_as, finds)),
            accounts=_names(one.seen_at.account for one in told_of),
            labels=_names(one.match.label or "" for one in told_of if one.is_compared),
            first_seen=min(one.first_seen for one in finds),
            last_seen=max(one.last_seen for one in finds),
            copies=tuple(lines[begin : begin + COPIES_AT_ONCE]),
            begin=begin,
            many=len(lines),
            waits=self.inbox.at_one_place(case, incident).all,
            reports=self._lines(reports, case),
            to_ask=sum(why_not(one) is None and one.id not in asked for one in hers),
            lacking=sum(not one.evidence for one in hers),
            last_said=last_standing(self.decisions.deciding.said_of([one.id for one in told_of], case=case)),
            happened=self._happened(told_of, case),
        )

    async def find(self, case: CaseId, name: str) -> FindTold:
        find = self.decisions.find(name, case=case)
        look, holding = self.decisions.looks_at(find), self.evidence.of(find)
        said = self.decisions.deciding.said_of([find.id], case=case)
        notes = [one for one in said if one.act is DecisionAct.NOTE and one.stands]
        return FindTold(
            line=find_line(find),
            find=find,
            planned=look.planned,
            changes=look.changes,
            same_picture=tuple(map(find_line, look.same_picture[:COPIES_AT_ONCE])),
            has=holding.has,
            lacks=holding.lacks,
            reports=self._lines(self._about(case, [find]), case),
            can_ask=why_not(find) is None and counted_as(find) in (*_OPEN, CountedAs.GONE),
            notes=tuple(reversed(notes)),
            last_said=last_standing(said),
            happened=self._happened([find], case),
        )

    async def closing(self, case: CaseId, name: str) -> ClosingTold:
        find = self.decisions.find(name, case=case)
        together = self.decisions.closed_together(find.id, case=case)
        others = sorted((one for one in together if one.id != find.id), key=lambda one: one.number)
        label = find.match.label or "" if find.match.reference else ""
        return ClosingTold(find_line(find), label, tuple(map(find_line, others[:COPIES_AT_ONCE])), len(others))

    async def close_under_18(self, case: CaseId, name: str) -> ClosedTold:
        find = self.decisions.find(name, case=case)
        closed, aside = self.decisions.close_under_18(find.id, case=case), self.decisions.put_aside()
        strays = ((aside.count, aside.folder), (aside.unnamed, aside.vault)) if aside else ()
        return ClosedTold(
            count=len(closed.sightings),
            has_photo=find.match.reference is not None,
            moved=closed.files.moved,
            left=closed.files.left,
            unnamed=tuple((count, str(folder)) for count, folder in strays if count),
        )

    def _about(self, case: CaseId, finds: Iterable[Sighting]) -> Sequence[Report]:
        return self.store.reports.of_sightings(case, [one.id for one in finds])

    def _lines(self, reports: Sequence[Report], case: CaseId) -> tuple[ReportLine, ...]:
        """The newest first."""
        known = {one.id: one for one in self.store.sightings.of_ids(case, ids_of(reports))}
        lines = (report_line(report, known, self.clock()) for report in reports)
        return tuple(sorted(lines, key=lambda line: line.changed_at, reverse=True))

    def _happened(self, finds: Sequence[Sighting], case: CaseId) -> Happened:
        told = self.course.happened_to(finds, case=case)
        numbers = {place: find.number for place, find in enumerate(told.finds, start=1)}
        newest = told.happenings[::-1]
        lines = tuple(_happened_line(one, numbers) for one in newest[:MOST_HAPPENED])
        return Happened(lines, max(0, len(newest) - MOST_HAPPENED))


def _happened_line(one: Happening, numbers: dict[int, int]) -> HappenedLine:
    report, step = one.report or (None, None)
    return HappenedLine(
        at=one.exactly,
        said=one.said,
        kind=one.kind,
        numbers=tuple(sorted(numbers[place] for place in one.finds)),
        where=one.where,
        detail="" if one.kind is HappeningKind.FOUND else one.detail,
        words=one.what if one.kind in (HappeningKind.OTHER, HappeningKind.DONE) else "",
        report=report,
        step=step,
    )


def _names(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in found if name})[:MOST_NAMES])
