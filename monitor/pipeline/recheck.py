"""Whether what was found is still there: page and media are asked, each for itself. `tracking.presence` says what comes
of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.acting import acting_for
from monitor.model.ids import CaseId, SightingId
from monitor.model.presence import NO_MARK, PlannedLook, ServerMark, Standing, Truth
from monitor.model.sighting import Sighting, Status
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.look_again import LookAtFind, Offline, PagesOfRound, SeenAgain, look_again
from monitor.pipeline.near_visits import waits_until
from monitor.pipeline.presence_look import look_at_media
from monitor.pipeline.search_results import ShownBySearch, look_at_search
from monitor.pipeline.state import Pass
from monitor.pipeline.surviving import surviving
from monitor.pipeline.telling import record_observed
from monitor.pipeline.watch_of_find import addresses_of, watch_of
from monitor.ports import Store
from monitor.tracking.addresses import seen_at
from monitor.tracking.next_look import (
    FURTHEST_LOOK,
    WATCHED_FOR,
    due_truths,
    first_looks,
    is_looked_at,
    last_sent,
    planned_anew,
)
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
    addresses that are never asked. pages: that were looked at, of the lot in hand. searches: what they showed. waits: a
    page that its watch is about to visit is left to that."""

    case: CaseId
    deps: Dependencies
    watches: Mapping[str, Watch]
    closed: Collection[str]
    pages: PagesOfRound = field(default_factory=PagesOfRound)
    searches: dict[str, ShownBySearch] = field(default_factory=dict)
    waits: bool = True


async def recheck_all(
    watches: Sequence[Watch],
    store: Store,
    clock: Callable[[], datetime],
    dependencies: Callable[[CaseId], Awaitable[Dependencies]],
) -> Rechecked:
    """Of every case. dependencies: of one; not asked for where nothing is due, since a matcher is built with them."""
    total, by_name = Rechecked(), {watch.name: watch for watch in watches}
    for case in store.cases.all():
        with surviving("rechecks"), acting_for(case.id):
            if is_recheck_due(case.id, store, clock()):
                total = total.plus(await recheck(case.id, by_name, await dependencies(case.id)))
    return total


async def recheck(case: CaseId, watches: Mapping[str, Watch], deps: Dependencies) -> Rechecked:
    """Looks at everything of the case that is due, in that order, a lot at a time; a page once for all that stand on
    it. What is not shown to strangers is asked for once more with the watch's log-in. watches: as `Round` has them."""
    done, turned_to = Rechecked(), set[SightingId]()
    going = Round(case, deps, watches, deps.store.sightings.closed_addresses(case))
    now, after = deps.clock(), None
    while not _is_over_quota(deps) and (lot := _due(case, deps.store, now, limit=AT_ONCE, after=after)):
        after = lot[-1]
        going.pages.clear()
        for look in lot:
            if look.sighting in turned_to or _is_over_quota(deps):
                continue
            found = await _recheck_with_its_page(look.sighting, going, turned_to)
            if found is None:
                return done
            done = done.plus(found)
    return done


def _is_over_quota(deps: Dependencies) -> bool:
    """What is due stays due until the case may ask again."""
    return deps.quota is not None and not deps.quota.may_ask()


async def recheck_one(name: SightingId, case: CaseId, watches: Mapping[str, Watch], deps: Dependencies) -> Rechecked:
    """That find, due or not, with what stands on its page: the person has asked. Nothing where its place is not looked
    at."""
    store, now = deps.store, deps.clock()
    sighting = store.sightings.get(case, name)
    if sighting is None or not is_looked_at(sighting, now):
        return Rechecked()
    if not store.rechecks.of(case, name):
        store.rechecks.save(case, first_looks(sighting, now))
    store.rechecks.sooner(case, [name], now)
    closed = store.sightings.closed_addresses(case)
    return await _recheck_with_its_page(name, Round(case, deps, watches, closed, waits=False), set()) or Rechecked()


async def _recheck_with_its_page(name: SightingId, going: Round, turned_to: set[SightingId]) -> Rechecked | None:
    """And, where its page is asked for, all that stand on that: they are seen with it, and go on together. turned_to:
    grows. None: this machine has no network, and all stays due."""
    turned_to.add(name)
    done, beside, page = Rechecked(), list[Sighting](), ("", "")
    with surviving("rechecks"):
        sighting = going.deps.store.sightings.get(going.case, name)
        if sighting is None:
            return done
        watch = watch_of(sighting, going.watches, going.deps)
        planned = going.deps.store.rechecks.of(going.case, name)
        due = _without_awaited(sighting, planned, due_truths(sighting, planned, going.deps.clock()), watch, going)
        page = sighting.place.page_url, watch.name
        if Truth.PAGE in due and page not in going.pages.seen:
            beside = [one for one in _beside(sighting, watch, going) if one.id not in turned_to]
            going.pages.marks[page] = _shared_mark([sighting, *beside], watch, going)
        try:
            done = done.plus(await _recheck_one(sighting, planned, due, watch, going))
        except Offline:
            return None
    for one in beside if page in going.pages.seen else ():
        turned_to.add(one.id)
        with surviving("rechecks"):
            planned = going.deps.store.rechecks.of(going.case, one.id)
            due = due_truths(one, planned, going.deps.clock()) | {Truth.PAGE}
            try:
                done = done.plus(await _recheck_one(one, planned, due, watch, going))
            except Offline:
                return None
    return done


def _beside(sighting: Sighting, watch: Watch, going: Round) -> list[Sighting]:
    """The others on its page that are looked at as the same watch, and are there as far as is known. Closed and planted
    ones are told apart where they are turned to."""
    now, page = going.deps.clock(), sighting.place.page_url
    return [
        one
        for one in going.deps.store.sightings.on_pages(going.case, [page] if page else [])
        if one.id != sighting.id
        and is_looked_at(one, now)
        and one.presence.page.standing is Standing.THERE
        and watch_of(one, going.watches, going.deps).name == watch.name
    ]


def _shared_mark(finds: Sequence[Sighting], watch: Watch, going: Round) -> ServerMark:
    """By which the page is asked for once: that of all of them, or none."""
    rows = going.deps.store.rechecks
    marks = {
        LookAtFind(one, watch, going.deps, going.pages, {row.truth: row for row in rows.of(going.case, one.id)}).mark(
            Truth.PAGE
        )
        for one in finds
    }
    return marks.pop() if len(marks) == 1 else NO_MARK


def _due(
    case: CaseId, store: Store, now: datetime, *, limit: int, after: PlannedLook | None = None
) -> Sequence[PlannedLook]:
    return store.rechecks.due(
        case, now, furthest=now + FURTHEST_LOOK, removed_since=now - WATCHED_FOR, limit=limit, after=after
    )


async def _recheck_one(
    sighting: Sighting, planned: Sequence[PlannedLook], due: frozenset[Truth], watch: Watch, going: Round
) -> Rechecked:
    """due: that are looked at now. Raises Offline."""
    case, deps, store = going.case, going.deps, going.deps.store
    if not due:
        return Rechecked()
    is_closed = not {sighting.place.page_url, sighting.place.image_url}.isdisjoint(going.closed)
    if is_closed or watch.is_planted(sighting.match):
        _plan(sighting, planned, SeenAgain(()), due, deps)
        return Rechecked()
    deps.fetcher.allow_ports_of(addresses_of(sighting, watch))
    seen = await look_again(sighting, due, planned, watch, deps, going.pages)
    if Truth.SEARCH in due:
        seen = replace(seen, glances=(*seen.glances, *await look_at_search(sighting, watch, deps, going.searches)))
    current = store.sightings.get(case, sighting.id)  # the person may have decided meanwhile
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


def _without_awaited(
    sighting: Sighting, planned: Sequence[PlannedLook], due: frozenset[Truth], watch: Watch, going: Round
) -> frozenset[Truth]:
    """Its page is not asked for where its watch is about to come by: it is planned for after that."""
    row = next((one for one in planned if one.truth is Truth.PAGE), None) if going.waits else None
    if row is None or Truth.PAGE not in due or going.watches.get(watch.name) is not watch:
        return due
    store = going.deps.store
    sent_at = last_sent(store.reports.of_sighting(sighting.case, sighting.id))
    visited = waits_until(sighting, watch, sent_at, going.deps) if row.due_at > sighting.first_seen else None
    if visited is None:
        return due
    store.rechecks.save(sighting.case, [replace(row, due_at=visited)])
    return due - {Truth.PAGE}


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
