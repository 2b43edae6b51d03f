"""Whether what was found is still there: page and media are asked, each for itself. `tracking.presence` says what comes
of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.model.ids import CaseId, SightingId
from monitor.model.presence import PlannedLook, Truth
from monitor.model.report import Report, ReportState
from monitor.model.sighting import Sighting, Status
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.look_again import Offline, PageOf, SeenAgain, look_again
from monitor.pipeline.page_recheck import PageSeen
from monitor.pipeline.presence_look import look_at_media
from monitor.pipeline.search_results import ShownBySearch, look_at_search
from monitor.pipeline.state import Pass
from monitor.pipeline.surviving import surviving
from monitor.pipeline.telling import record_observed
from monitor.pipeline.watch_of_find import addresses_of, watch_of
from monitor.ports import Store
from monitor.tracking.addresses import seen_at
from monitor.tracking.next_look import FURTHEST_LOOK, WATCHED_FOR, due_truths, first_looks, planned_anew
from monitor.tracking.presence import truths_of

AT_ONCE = 200  # looks in hand
REMOVED_PER_RUN = 50  # that are asked for in a pass; the rest by the recheck


@dataclass(frozen=True, slots=True)
class Rechecked:
    looked: int = 0
    removed: int = 0
    reappeared: int = 0

    def plus(self, other: Rechecked) -> Rechecked:
        return Rechecked(self.looked + other.looked, self.removed + other.removed, self.reappeared + other.reappeared)


def is_recheck_due(case: CaseId, store: Store, now: datetime) -> bool:
    return bool(_due(case, store, now, limit=1))


@dataclass(frozen=True, slots=True)
class Round:
    """One go through what is due of a case. watches: those that are there now, by name, of every case. closed:
    addresses that are never asked. pages: that were looked at, of the lot in hand. searches: what they showed."""

    case: CaseId
    deps: Dependencies
    watches: Mapping[str, Watch]
    closed: Collection[str]
    pages: dict[PageOf, PageSeen] = field(default_factory=dict)
    searches: dict[str, ShownBySearch] = field(default_factory=dict)


async def recheck_all(
    watches: Sequence[Watch],
    store: Store,
    clock: Callable[[], datetime],
    dependencies: Callable[[CaseId], Awaitable[Dependencies]],
) -> Rechecked:
    """Of every case. dependencies: of one; not asked for where nothing is due, since a matcher is built with them."""
    total, by_name = Rechecked(), {watch.name: watch for watch in watches}
    for case in store.cases.all():
        with surviving("rechecks"):
            if is_recheck_due(case.id, store, clock()):
                total = total.plus(await recheck(case.id, by_name, await dependencies(case.id)))
    return total


async def recheck(case: CaseId, watches: Mapping[str, Watch], deps: Dependencies) -> Rechecked:
    """Looks at everything of the case that is due, in that order, a lot at a time; a page once for all that stand on
    it. What is not shown to strangers is asked for once more with the watch's log-in. watches: as `Round` has them."""
    done, turned_to = Rechecked(), set[SightingId]()
    going = Round(case, deps, watches, deps.store.sightings.closed_addresses(case))
    now, after = deps.clock(), None
    while lot := _due(case, deps.store, now, limit=AT_ONCE, after=after):
        after = lot[-1]
        going.pages.clear()
        for look in lot:
            if look.sighting in turned_to:
                continue
            turned_to.add(look.sighting)
            with surviving("rechecks"):
                try:
                    done = done.plus(await _recheck_one(look.sighting, going))
                except Offline:  # this machine has no network: all stays due
                    return done
    return done


def _due(
    case: CaseId, store: Store, now: datetime, *, limit: int, after: PlannedLook | None = None
) -> Sequence[PlannedLook]:
    return store.rechecks.due(
        case, now, furthest=now + FURTHEST_LOOK, removed_since=now - WATCHED_FOR, limit=limit, after=after
    )


async def _recheck_one(name: SightingId, going: Round) -> Rechecked:
    """Raises Offline."""
    case, deps, store = going.case, going.deps, going.deps.store
    sighting = store.sightings.get(case, name)
    if sighting is None:
        return Rechecked()
    planned, watch = store.rechecks.of(case, name), watch_of(sighting, going.watches, deps)
    due = due_truths(sighting, planned, deps.clock())
    is_closed = not {sighting.place.page_url, sighting.place.image_url}.isdisjoint(going.closed)
    if is_closed or watch.is_planted(sighting.match):
        _plan(sighting, planned, SeenAgain(()), due, deps)
        return Rechecked()
    deps.fetcher.allow_ports_of(addresses_of(sighting, watch))
    seen = await look_again(sighting, due, planned, watch, deps, going.pages)
    if Truth.SEARCH in due:
        seen = replace(seen, glances=(*seen.glances, *await look_at_search(sighting, watch, deps, going.searches)))
    current = store.sightings.get(case, name)  # the person may have decided meanwhile
    if current is None:
        return Rechecked(1)
    if seen.moved_to:
        place = replace(current.place, image_url=seen.moved_to)
        current = seen_at(current, [place], now=deps.clock())
    with store.transaction():
        checked = record_observed(current, seen.glances, watch, deps)
        _plan(checked, planned, seen, due | {one.truth for one in seen.glances}, deps)
    if checked.status is current.status:
        return Rechecked(1)
    return Rechecked(1, checked.status is Status.REMOVED, checked.status is Status.REAPPEARED)


def _plan(
    sighting: Sighting,
    planned: Sequence[PlannedLook],
    seen: SeenAgain,
    looked: Collection[Truth],
    deps: Dependencies,
) -> None:
    rechecks = deps.store.rechecks
    for one in planned:
        if one.truth not in truths_of(sighting.place):
            rechecks.drop(sighting.case, sighting.id, one.truth)
    sent_at = last_sent(deps.store.reports.of_sighting(sighting.case, sighting.id))
    marks = {truth: mark for truth, mark in seen.marks.items() if mark.is_there}
    rechecks.save(sighting.case, planned_anew(sighting, planned, looked, sent_at, deps.clock(), marks))


def last_sent(reports: Iterable[Report]) -> datetime | None:
    """Of reports that were not taken back."""
    sent = [one.sent_at for one in reports if one.sent_at is not None and one.state is not ReportState.WITHDRAWN]
    return max(sent, default=None)


def plan_unplanned(case: CaseId, store: Store, now: datetime) -> int:
    """Finds that have no time at which they are looked at have one afterwards: nothing goes unlooked. Returns how
    many."""
    count = 0
    while names := store.rechecks.unplanned(case, removed_since=now - WATCHED_FOR, limit=AT_ONCE):
        for sighting in store.sightings.of_ids(case, names):
            store.rechecks.save(case, first_looks(sighting, now))
        count += len(names)
    return count


async def look_at_removed(run: Pass, met: Sequence[Sighting]) -> None:
    """What was told removed, and is named by a page of this pass: only a matching picture brings it back."""
    for sighting in met[:REMOVED_PER_RUN]:
        if run.is_spent():
            break
        media, came = await look_at_media(sighting, run.watch, run.deps, run.jar)
        run.budget.took(came)
        current = run.deps.store.sightings.get(sighting.case, sighting.id)
        if current is not None:
            record_observed(current, (media,), run.watch, run.deps)
