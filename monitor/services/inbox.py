"""What waits for the person's word, by site, and what was looked at meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import UsageError
from monitor.mending import Mending
from monitor.model.deciding import MadeDecision
from monitor.model.ids import CaseId
from monitor.model.incident import WaitingFinds, WaitingIncidents
from monitor.model.report import Report
from monitor.model.settings import Settings
from monitor.model.sighting import Sighting
from monitor.ports import Store
from monitor.tracking.health import Sight

SITES_AT_ONCE = 25  # incidents: a whole page, style and script with it, stays below 60 KB
TOLD_OF_EACH = 3  # finds
DECIDED_AT_ONCE = 100  # finds on the page that lists them
LOOKED_BACK = timedelta(days=1)
_UNSEEN = (Sight.BLIND, Sight.PARTLY, Sight.NEVER)


@dataclass(frozen=True, slots=True)
class UnseenPlace:
    """A watch that does not see, or sees in part."""

    name: str
    sight: Sight
    cause: str
    remedy: str
    way: Mending | None


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What was looked at since then. watched: how many places are on; looks, pages, pictures: of all of them.
    next_look: as the daemon that runs has planned it; None where none runs."""

    since: datetime
    watched: int
    looks: int
    pages: int
    pictures: int
    unseen: tuple[UnseenPlace, ...]
    next_look: datetime | None


@dataclass(frozen=True, slots=True)
class InboxService:
    """Each takes the case, and finds what is of it alone."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def waiting(self, case: CaseId, *, begin: int = 0, holding: str = "") -> WaitingIncidents:
        """SITES_AT_ONCE of them, from that number on (0 is the first). holding: as `ports.found.Incidents` has it."""
        return self.store.incidents.waiting(case, self.clock(), limit=SITES_AT_ONCE, offset=begin, holding=holding)

    def first_of(self, case: CaseId, incidents: Sequence[str]) -> Mapping[str, Sequence[Sighting]]:
        return self.store.incidents.first_of(case, incidents, self.clock(), TOLD_OF_EACH)

    def reports_at(self, case: CaseId, incidents: Sequence[str]) -> Mapping[str, Sequence[Report]]:
        return self.store.reports.at_incidents(case, incidents)

    def lacking(self, case: CaseId, incidents: Sequence[str]) -> Mapping[str, int]:
        return self.store.incidents.lacking(case, incidents, self.clock())

    def at_one_place(self, case: CaseId, incident: str, *, host: str = "") -> WaitingFinds:
        """DECIDED_AT_ONCE of the finds that wait there. Raises UsageError where there never was one."""
        found = self.store.incidents.finds_waiting(case, self.clock(), incident, host=host, limit=DECIDED_AT_ONCE)
        if not found.finds and not self.store.incidents.is_known(case, incident):
            raise UsageError("there is no such site here", remedy="Go to what is to decide: it lists every site.")
        return found

    def put_aside(self, case: CaseId) -> Sequence[Sighting]:
        return self.store.incidents.put_aside(case, self.clock(), limit=DECIDED_AT_ONCE)

    def said_lately(self, case: CaseId, limit: int = 4 * DECIDED_AT_ONCE) -> Sequence[MadeDecision]:
        """The newest first. limit: finds, of which many may be decided at one stroke."""
        return self.store.made_decisions.recent(case, limit)

    def looked_at(self, case: CaseId) -> LookedAt:
        from monitor.services.watches import WatchService, load_watches  # only where nothing waits

        now = self.clock()
        since = now - LOOKED_BACK
        runs = [run for run in self.store.runs.since(case, since) if not run.is_offline]
        service = WatchService(self.store, self.settings, self.clock)
        watches = [one for one in service.in_force(load_watches(self.settings)) if one.case == case and one.enabled]
        seen = service.seen(watches)
        return LookedAt(
            since=since,
            watched=len(watches),
            looks=len(runs),
            pages=sum(run.pages_seen for run in runs),
            pictures=sum(run.images_seen for run in runs),
            unseen=tuple(
                UnseenPlace(one.watch.name, one.health.sight, one.health.cause, one.health.remedy, one.health.way)
                for one in seen
                if one.health.sight in _UNSEEN
            ),
            next_look=min((one.next_visit for one in seen if one.next_visit), default=None),
        )
