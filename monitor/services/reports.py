"""What became of drafts: sent, answered, taken back. Sending is the person's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import UsageError, no_such
from monitor.model.ids import CaseId
from monitor.model.removal import Removal
from monitor.model.report import Report, ReportState
from monitor.model.settings import Settings
from monitor.pipeline.removing import not_found
from monitor.ports import Store
from monitor.services.drafting import jurisdiction_of
from monitor.services.timeline import Timeline, timeline_of
from monitor.takedown.channel import Channels
from monitor.takedown.clocks import due_at
from monitor.takedown.routing import route_to
from monitor.tracking import sighting_life
from monitor.tracking.next_look import FIRST_AFTER_SENDING

_IN_HAND = 500  # rows of a list in hand

OUTCOMES = {
    "acknowledged": ReportState.ACKNOWLEDGED,
    "more-asked": ReportState.MORE_ASKED,
    "refused": ReportState.REFUSED,
    "removed": ReportState.REMOVED,
}


@dataclass(frozen=True, slots=True)
class ReportService:
    """Each takes the case, and finds what is of it alone. channels: read when one is asked for."""

    store: Store
    settings: Settings
    channels: Callable[[], Channels]
    clock: Callable[[], datetime]

    def listed(self, case: CaseId) -> Iterator[Report]:
        """In the order in which they were made, asked for in parts."""
        last = ""
        while part := self.store.reports.listed(case, limit=_IN_HAND, after=last):
            yield from part
            last = part[-1].id

    def overdue(self, case: CaseId) -> Sequence[Report]:
        """Sent, and their time has run out."""
        return self.store.reports.overdue(case, self.clock())

    def mark_sent(self, report: str, *, case: CaseId, at: datetime | None = None, number: str = "") -> Report:
        """The person has sent it: its clock starts, and the sighting is `reported`. at None: now."""
        at = at or self.clock()
        known = _report(self.store, case, report)
        sighting = self.store.sightings.get(case, known.sighting)
        deadline = None
        if sighting is not None:
            place = sighting.place
            route = route_to(
                known.channel, place.page_url, place.image_url, jurisdiction_of(case, self.settings), self.channels()
            )
            deadline = route.deadline
        sent = known.sent(at=at, due_at=due_at(deadline, at), number=number)
        with self.store.transaction():
            self.store.reports.save(sent)
            if sighting is not None:
                self.store.sightings.save(sighting_life.reported(sighting))
                self.store.rechecks.sooner(case, [sighting.id], at + FIRST_AFTER_SENDING)
        return sent

    def record_response(self, report: str, *, case: CaseId, outcome: str, text: str = "") -> Report:
        """Raises UsageError for an outcome that is none."""
        state = OUTCOMES.get(outcome)
        if state is None:
            raise UsageError(f"{outcome!r} is not an outcome of a report", remedy=f"One of: {', '.join(OUTCOMES)}.")
        answered = _report(self.store, case, report).answered(state, at=self.clock(), text=text)
        self.store.reports.save(answered)
        return answered

    def withdraw(self, report: str, *, case: CaseId) -> Report:
        withdrawn = _report(self.store, case, report).withdrawn(at=self.clock())
        self.store.reports.save(withdrawn)
        return withdrawn

    def timeline(self, names: Sequence[str], *, case: CaseId) -> Timeline:
        """What happened when, reports and their answers among it. Raises UsageError."""
        return timeline_of(names, case=case, store=self.store, now=self.clock())

    def draft_places(self) -> list[str]:
        """Where drafts of every case were written."""
        return [one.path for case in self.store.cases.all() for one in self.store.draft_files.all(case.id)]

    def not_found(self, case: CaseId) -> Sequence[Removal]:
        """Files that were to go and cannot be found."""
        return not_found(self.store, self.settings, case)

    def given_up(self, missing: Sequence[Removal]) -> None:
        """The person says that they are gone for good: they are looked for no more."""
        with self.store.transaction():
            self.store.removals.done(*missing)


def _report(store: Store, case: CaseId, name: str) -> Report:
    found = store.reports.get(case, name)
    if found is None:
        raise no_such("report", name, case, "reports list")
    return found
