"""What happened in the last days, over the services of an opened App."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.model.ids import CaseId
from monitor.model.report import Report
from monitor.model.settings import Settings
from monitor.model.sighting import Sighting
from monitor.ports import Store
from monitor.review.local.find_lines import ids_of, report_line, site_of
from monitor.review.port.digest import SITES_TOLD, SummaryFinds, SummaryPart, SummarySite, SummaryTold
from monitor.review.port.report_lines import ReportLine
from monitor.services.alerts import AlertService
from monitor.services.inbox import InboxService
from monitor.services.watches import WatchService, load_watches

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class LocalDigest:
    store: Store
    settings: Callable[[], Settings]
    alerts: AlertService
    watches: WatchService
    inbox: InboxService

    async def summary(self, case: CaseId, *, days: int) -> SummaryTold:
        days = min(max(days, 1), MOST_DAYS)
        watching = self.watches.watching(load_watches(self.settings()), case)
        since = self.alerts.clock() - timedelta(days=days)
        told = self.alerts.digest(since, case=case, watching=watching, with_course=False)  # which has a page of its own
        waiting = self.inbox.waiting(case)
        return SummaryTold(
            since=told.since,
            until=told.until,
            days=days,
            finds={
                SummaryPart.NEW: _finds(told.new),
                SummaryPart.TO_DECIDE: _finds(told.possible),
                SummaryPart.BACK: _finds(told.reappeared),
                SummaryPart.GONE: _finds(told.removed),
                SummaryPart.STILL_THERE: _finds(told.again),
            },
            figures=told.figures,
            waits=waiting.finds,
            put_aside=waiting.put_aside,
            coverage=told.coverage,
            blind=told.blind,
            partly=told.partly,
            noted=told.noted,
            cut=told.cut,
            wrong=told.wrong,
            is_stopped=told.stopped,
            folded=told.folded,
            doubts=tuple(look.address for look in told.doubts),
            late=self._lines([*told.overdue, *told.unanswered], case),
            drafted=self._lines(told.proposed, case),
            waiting=told.waiting,
            not_all=told.not_all,
            refusing=told.refusing,
            failing=told.failing,
            custody=told.custody,
            trend=told.trend,
        )

    def _lines(self, reports: Iterable[Report], case: CaseId) -> tuple[ReportLine, ...]:
        every = list(reports)
        known = {one.id: one for one in self.store.sightings.of_ids(case, ids_of(every))}
        return tuple(report_line(one, known, self.alerts.clock()) for one in every)


def _finds(found: Sequence[Sighting]) -> SummaryFinds:
    by_site: dict[str, list[Sighting]] = {}
    for one in found:
        by_site.setdefault(one.incident, []).append(one)
    sites = sorted(map(_site, by_site.values()), key=lambda one: one.newest, reverse=True)
    return SummaryFinds(tuple(sites[:SITES_TOLD]), len(found), len(sites))


def _site(found: Sequence[Sighting]) -> SummarySite:
    labels = dict.fromkeys(one.match.label for one in found if one.is_compared and one.match.label)
    numbers = tuple(sorted(one.number for one in found))
    newest = max(one.first_seen for one in found)
    return SummarySite(found[0].incident, site_of(found[0]), numbers, tuple(filter(None, labels)), newest)
