"""What is drafted without being asked for: whom to ask next where a desk's time ran out, and whom to ask anew where a
picture is there again. Sending it is the person's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from monitor.acting import acting_for
from monitor.errors import DraftIncomplete
from monitor.model.ids import CaseId, SightingId
from monitor.model.presence import Change, ChangeKind
from monitor.model.report import Report, ReportState
from monitor.model.sighting import Sighting, Status
from monitor.pipeline.surviving import surviving
from monitor.ports import Store
from monitor.services.case_view import CaseView
from monitor.services.drafting import DraftService
from monitor.takedown.batching import Batch

MOST_DRAFTS = 50  # drafts in a round; the others follow in the next
BACK_FOR = timedelta(days=60)
"""So long after a picture came back what is asked about it is drafted by the program; what is older was seen to."""

_IS_BACK = (ChangeKind.BACK, ChangeKind.ELSEWHERE)
_IS_REQUEST = (ReportState.DRAFT, ReportState.SENT)


@dataclass(frozen=True, slots=True)
class EscalationService:
    """Each takes the case, and finds what is of it alone."""

    store: Store
    drafts: DraftService
    clock: Callable[[], datetime]

    def offer(self, report: Report) -> tuple[Batch, ...]:
        """Whom to ask next about what of it is still there."""
        return self.drafts.following(report, self._open(report))

    def offers(self, due: Sequence[Report]) -> Iterator[tuple[Report, tuple[Batch, ...]]]:
        """Of each that was sent and that nothing drafted follows: whom to ask next, of nobody where nobody is left.
        due: of one case."""
        waiting = [one for one in due if one.sent_at and not self.store.reports.following(one.case, one.id)]
        if not waiting:
            return
        about = {one.id: self._open(one) for one in waiting}
        everything = dict.fromkeys(chain.from_iterable(about.values()))
        view = self.drafts.view_of(waiting[0].case, everything)
        for report in waiting:
            if about[report.id]:
                yield report, self.drafts.following(report, about[report.id], view=view)

    def of_every_case(self) -> int:
        """A round of each. Returns how many drafts were made."""
        made = 0
        for case in self.store.cases.all():
            with surviving("due_reports"), acting_for(case.id):
                made += len(self.round(case.id))
        return made

    def round(self, case: CaseId) -> Sequence[Report]:
        """Drafts what is to be sent next after what is overdue, and about what is there again: once for each. They lie
        in the case's folder."""
        made: list[Report] = []
        view: CaseView | None = None  # of all that is in question: it takes the whole case's reports to make one
        for report, about in self._wanted(case):
            view = view or self.drafts.view_of(case, self._in_question(case))
            new = self._followed(report, about, view)
            if new:
                made, view = made + new, None
            if len(made) >= MOST_DRAFTS:
                break
        return tuple(made)

    def _followed(self, report: Report, about: Sequence[SightingId], view: CaseView) -> list[Report]:
        new = self._taken_up(report, about)
        with suppress(DraftIncomplete):  # `reports draft` says what is missing; until then there is nothing to send
            new += self.drafts.draft_following(report, about, view=view if not new else None).reports
        return new

    def _in_question(self, case: CaseId) -> list[SightingId]:
        """All that this round may ask about."""
        now = self.clock()
        overdue = (report.sightings for report in self.store.reports.due(case, now) if report.overdue(now))
        back = (one.sighting for one in self.store.changes.since(case, now - BACK_FOR) if one.kind in _IS_BACK)
        return list(dict.fromkeys(chain(chain.from_iterable(overdue), back)))

    def _taken_up(self, report: Report, about: Sequence[SightingId]) -> list[Report]:
        """What stands as a draft already is what follows, as the person left it."""
        there = self.store.reports.of_sightings(report.case, about)
        drafts = (one for one in there if one.state is ReportState.DRAFT and one.file and not one.follows)
        taken = [replace(one, follows=report.id) for one in drafts]
        for one in taken:
            self.store.reports.save(one)
        return taken

    def _wanted(self, case: CaseId) -> Iterator[tuple[Report, Sequence[SightingId]]]:
        now = self.clock()
        for report in self.store.reports.due(case, now):
            if report.overdue(now) and not self.store.reports.following(case, report.id):
                yield report, self._open(report)
        for change in self.store.changes.since(case, now - BACK_FOR):
            earlier = self._sent_before(change, case) if change.kind in _IS_BACK else None
            if earlier is not None:
                yield earlier, [change.sighting]

    def _sent_before(self, change: Change, case: CaseId) -> Report | None:
        """The last request about what was at that site before; None where there is none, where one was made since it
        came back, and where it is gone by now."""
        sighting = self.store.sightings.get(case, change.sighting)
        if sighting is None or not _is_open(sighting):
            return None
        about = self.store.reports.of_sighting(case, sighting.id)
        if any(event.at >= change.at for report in about for event in report.events if event.state in _IS_REQUEST):
            return None
        there = [one.id for one in self.store.sightings.copies_on_site(sighting)]
        sent = [one for one in self.store.reports.of_sightings(case, there) if one.sent_at is not None]
        return max(sent, key=lambda one: one.changed_at, default=None)

    def _open(self, report: Report) -> list[SightingId]:
        known = self.store.sightings.of_ids(report.case, report.sightings)
        return [one.id for one in known if _is_open(one)]


def _is_open(sighting: Sighting) -> bool:
    return not sighting.under_18 and sighting.status not in (Status.REMOVED, Status.DISMISSED)
