"""How it goes over the weeks, for the person and for the weekly digest; and where every copy is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.documents.course import course_svg
from monitor.errors import UsageError, WorkFailed
from monitor.model.course import Course, RouteCourse
from monitor.model.ids import CaseId
from monitor.model.report import Report
from monitor.model.sighting import Sighting
from monitor.ports import Store
from monitor.services.timeline import Timeline, mirrors_of, timeline_of, timeline_of_finds
from monitor.takedown.planning import outcomes
from monitor.takedown.record import ReportOutcome, success_record
from monitor.tracking.changes import absences_of
from monitor.tracking.course import SpentHours, course_of


@dataclass(frozen=True, slots=True)
class CourseService:
    """Each takes the case, and tells of it alone."""

    store: Store
    clock: Callable[[], datetime]

    def course(self, case: CaseId) -> Course:
        finds, now = self.store.sightings.outlines(case), self.clock()
        gone = absences_of(self.store.changes.of(case, [find.id for find in finds]))
        reports = self.store.reports.all(case)
        every = list(outcomes(reports, {find.id: find for find in finds}))
        return course_of(finds, gone, _routes(reports, every, now), _removals(every), until=now)

    def timeline(self, names: Sequence[str], *, case: CaseId) -> Timeline:
        """What happened when, reports and their answers among it. Raises UsageError."""
        return timeline_of(names, case=case, store=self.store, now=self.clock())

    def happened_to(self, finds: Sequence[Sighting], *, case: CaseId) -> Timeline:
        """Of these alone, without what is of no one find. finds: of the case."""
        return timeline_of_finds(finds, case=case, store=self.store, now=self.clock())

    def mirrors(self, names: Sequence[str], *, case: CaseId) -> list[dict[str, object]]:
        """Every address at which each was seen. Raises UsageError."""
        return mirrors_of(names, case=case, store=self.store, now=self.clock())


def write_svg(course: Course, path: Path) -> None:
    """Over nothing that is there. Raises UsageError, WorkFailed."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(course_svg(course))
    except FileExistsError as error:
        raise UsageError(f"there is {path} already", remedy="Give another name, or remove it first.") from error
    except OSError as error:
        raise WorkFailed(
            f"{path} could not be written: {error.strerror}", remedy="Give a place where you can write."
        ) from error


def _removals(every: Iterable[ReportOutcome]) -> Iterator[SpentHours]:
    for one in every:
        if one.removed_at is not None:
            yield one.removed_at, max(0.0, (one.removed_at - one.sent_at) / timedelta(hours=1))


def _routes(reports: Sequence[Report], every: Sequence[ReportOutcome], now: datetime) -> Iterator[RouteCourse]:
    """Those that were written to most come first."""
    names = {report.channel: report.frozen.channel_name or report.channel for report in reports}
    waiting = Counter(one.channel for one in every if not one.had_its_time(now))
    record = success_record(every, now).anywhere
    for channel, _ in Counter(one.channel for one in every).most_common():
        done = record.get(channel)
        yield RouteCourse(
            channel,
            names[channel],
            done.sent if done else 0,
            done.removed if done else 0,
            waiting[channel],
            done.median_hours if done else None,
        )
