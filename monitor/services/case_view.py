"""What is known of some finds of a case, as far as it matters to whom they are reported: asked for once, for all of
them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.errors import MonitorError, UnderAge, UsageError
from monitor.hosts import host_of, undisputed_host_of
from monitor.mending import Mending
from monitor.model.hosting import Hosting
from monitor.model.ids import CaseId, SightingId
from monitor.model.match import Tier
from monitor.model.presence import Standing
from monitor.model.report import Report
from monitor.model.settings import Settings
from monitor.model.sighting import HER_WORD, Decision, Sighting, Status
from monitor.model.watch import Kind, Watch
from monitor.pipeline.case_settings import settings_of
from monitor.pipeline.last_good import restore_watches
from monitor.ports import Store
from monitor.services.named_find import find_named
from monitor.takedown.answering_desks import FindToReport
from monitor.takedown.batching import Target
from monitor.takedown.channel import Channels
from monitor.takedown.checked_contacts import with_checks
from monitor.takedown.elements import waits_for_nothing
from monitor.takedown.facts import Statements, earlier_requests, facts_without_claimant
from monitor.takedown.planning import find_of, outcomes, to_ask_now
from monitor.takedown.rdap.contacts import taking_guess
from monitor.takedown.record import SuccessRecord, success_record
from monitor.takedown.routing import Desk, Route, fitting_routes

_IN_HAND = 500  # rows of a list in hand
OPEN = (Status.NEW, Status.CONFIRMED, Status.REPORTED, Status.REAPPEARED, Status.REMOVED)
_NOT_MINE = ("dismissed", "If it is one of yours")


@dataclass(frozen=True, slots=True)
class CaseView:
    """Of one case. sightings: those that it is about, by id. hosting: by host. software: of finds, what is known to run
    their page's server. reports: by sighting, all that are about
    it."""

    case: CaseId
    now: datetime
    sightings: Mapping[SightingId, Sighting]
    reports: Mapping[SightingId, Sequence[Report]]
    hosting: Mapping[str, Hosting]
    record: SuccessRecord
    dead: Collection[str]
    channels: Channels
    jurisdiction: str
    software: Mapping[SightingId, str]
    known_routes: dict[tuple[tuple[str, ...], str, bool, str], tuple[Route, ...]] = field(default_factory=dict)

    def find(self, sighting: Sighting) -> FindToReport:
        return find_of(sighting, self.software.get(sighting.id, ""))

    def routes(self, sighting: Sighting) -> tuple[Route, ...]:
        find = self.find(sighting)
        key = (find.hosts, find.page_host, find.is_gone, find.software)
        if key not in self.known_routes:  # those of a place are the same for all that stands there
            self.known_routes[key] = fitting_routes(
                find, self.jurisdiction, self.channels, hosting=self.hosting, record=self.record, dead=self.dead
            )
        return self.known_routes[key]

    def taking_guess(self, address: str) -> CaseView:
        """With this one that nobody publishes."""
        hosting = {host: taking_guess(known, address) for host, known in self.hosting.items()}
        return replace(self, hosting=hosting, known_routes={})

    def about(self, wanted: Iterable[SightingId]) -> CaseView:
        """Of these alone, as far as they are among its own."""
        return replace(self, sightings={one: self.sightings[one] for one in wanted if one in self.sightings})

    def targets(self, statements: Statements, without: Container[tuple[SightingId, Desk]] = ()) -> Iterator[Target]:
        """Whom to ask about each now, without the requests that wait for a word of the person or for an event. without:
        desks that nothing can be drafted for, of a find."""
        for sighting in self.sightings.values():
            reports = self.reports.get(sighting.id, ())
            facts = facts_without_claimant(sighting, statements, earlier_requests(reports, self.channels, self.now))
            routes = [
                route
                for route in self.routes(sighting)
                if (sighting.id, route.desk) not in without and waits_for_nothing(route, facts)
            ]
            yield Target(self.find(sighting), to_ask_now(sighting, routes, reports, self.now))

    def reports_about(self, wanted: Iterable[SightingId]) -> tuple[Report, ...]:
        """Each once, the oldest first."""
        found = {report.id: report for one in wanted for report in self.reports.get(one, ())}
        return tuple(found[name] for name in sorted(found))


def case_view(
    case: CaseId,
    finds: Iterable[Sighting],
    store: Store,
    settings: Settings,
    channels: Channels,
    now: datetime,
    dead: Collection[str],
) -> CaseView:
    sightings = {one.id: one for one in finds}
    every = store.reports.all(case)
    about: dict[SightingId, list[Report]] = defaultdict(list)
    for report in every:
        for one in report.sightings:
            about[one].append(report)
    known = {one.id: one for one in store.sightings.outlines(case, about)}
    contact = settings_of(case, settings, store).contact(case)
    return CaseView(
        case=case,
        now=now,
        sightings=sightings,
        reports=about,
        hosting=_hosting(case, sightings.values(), store),
        record=success_record(outcomes(every, known), now),
        dead=dead,
        channels=channels,
        jurisdiction=contact.case.jurisdiction if contact else "",
        software=_software(case, sightings.values(), store),
    )


def open_finds(case: CaseId, store: Store) -> Iterator[Sighting]:
    """What is still to be got rid of, as far as it may be reported: what was removed, only where a search shows it
    still."""
    last = ""
    while part := store.sightings.listed(case, limit=_IN_HAND, after=last, statuses=OPEN):
        last = part[-1].id
        for sighting in part:
            gone = sighting.status is Status.REMOVED
            if why_not(sighting) is None and (not gone or sighting.presence.search.standing is Standing.THERE):
                yield sighting


def reportable(store: Store, case: CaseId, name: str) -> Sighting:
    """Raises UsageError for one that cannot be reported, UnderAge for one that must not be."""
    sighting = find_named(name, case=case, store=store)
    refused = why_not(sighting)
    if refused is not None:
        raise refused
    return sighting


def why_not(sighting: Sighting) -> MonitorError | None:
    """Why nothing is drafted for it; None where something may be."""
    if sighting.under_18:
        return UnderAge(
            f"find {sighting.number} was closed as under 18: no draft is made for it",
            remedy="Use the services made for that: reupload-monitor guide under-18",
            way=Mending.UNDER_18,
        )
    if sighting.status is Status.DISMISSED:
        said, why = ("left alone", "To report it") if sighting.decision is Decision.NOT_HERE else _NOT_MINE
        return UsageError(
            f"find {sighting.number} was {said}",
            remedy=f"{why} after all: reupload-monitor sightings undo {sighting.id}",
            way=Mending.UNDO_WORD,
        )
    if sighting.is_hearsay:
        return UsageError(
            f"find {sighting.number}: {host_of(sighting.place.page_url)} was only named by a list, to an earlier "
            "version of this program, and this place was never looked at",
            remedy="Open the page yourself and, if the picture is there: reupload-monitor sightings confirm "
            f"{sighting.id}. Or let it be looked at: reupload-monitor watch run {sighting.watch}.",
            way=Mending.SAY_MINE,
        )
    if sighting.match.tier is Tier.POSSIBLE and sighting.status not in HER_WORD:
        return UsageError(
            f"find {sighting.number} is only possibly one of yours",
            remedy=f"Look at it, then: reupload-monitor sightings confirm {sighting.id}",
            way=Mending.SAY_MINE,
        )
    return None


def _hosting(case: CaseId, sightings: Iterable[Sighting], store: Store) -> dict[str, Hosting]:
    hosts = dict.fromkeys(host for one in sightings for host in find_of(one).hosts)
    checks = store.hosting.checks(case)
    known = ((host, store.hosting.get(host)) for host in hosts)
    return {host: with_checks(hosting, checks) for host, hosting in known if hosting is not None}


def _software(case: CaseId, sightings: Iterable[Sighting], store: Store) -> dict[SightingId, str]:
    """By the watch that found it, as it ran last, where its page is on a server that the watch looks at: what a server
    shows of others says nothing of those."""
    found: dict[SightingId, str] = {}
    kept: dict[str, tuple[Watch, ...]] = {}
    for sighting in sightings:
        if sighting.watch not in kept:
            kept[sighting.watch] = restore_watches(store.kept_watches.get(case, sighting.watch))
        host = undisputed_host_of(sighting.place.page_url)
        for watch in kept[sighting.watch]:
            if watch.kind in _SOFTWARE and host and host in map(undisputed_host_of, watch.urls):
                found[sighting.id] = watch.kind.value
    return found


_SOFTWARE = frozenset({Kind.MASTODON, Kind.DISCOURSE, Kind.XENFORO})
"""Of servers that anybody may run."""
