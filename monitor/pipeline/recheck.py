"""Whether what was found is still there: page and media are asked, each for itself. `tracking.presence` says what comes
of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.crawl.cookies import CookieJar
from monitor.model.ids import CaseId, SightingId
from monitor.model.page import OutcomeKind
from monitor.model.presence import Glance, PlannedLook, Saw, Truth
from monitor.model.report import Report, ReportState
from monitor.model.sighting import Sighting, Status
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.page_recheck import ONE_FOR_ALL, PageSeen, is_for_all, look_at_page_again, named_by
from monitor.pipeline.presence_look import look_at_media, what_came
from monitor.pipeline.state import Pass
from monitor.pipeline.surviving import surviving
from monitor.pipeline.telling import record_observed
from monitor.pipeline.watch_of_find import addresses_of, watch_of
from monitor.ports import Store
from monitor.tracking.addresses import seen_at
from monitor.tracking.next_look import FURTHEST_LOOK, WATCHED_FOR, due_truths, first_looks, planned_anew
from monitor.tracking.presence import truths_of

AT_ONCE = 200  # looks in hand
ELSEWHERE_NOW = "its page shows such a picture at another address now"
REMOVED_PER_RUN = 50  # that are asked for in a pass; the rest by the recheck

PageOf = tuple[str, str]  # its address, and the watch as which it is looked at


@dataclass(frozen=True, slots=True)
class Rechecked:
    looked: int = 0
    removed: int = 0
    reappeared: int = 0

    def plus(self, other: Rechecked) -> Rechecked:
        return Rechecked(self.looked + other.looked, self.removed + other.removed, self.reappeared + other.reappeared)


@dataclass(frozen=True, slots=True)
class SeenAgain:
    """moved_to: the address at which its page shows it now, where that is another one."""

    glances: tuple[Glance, ...]
    moved_to: str = ""


def is_recheck_due(case: CaseId, store: Store, now: datetime) -> bool:
    return bool(_due(case, store, now, limit=1))


async def recheck(case: CaseId, watches: Mapping[str, Watch], deps: Dependencies) -> Rechecked:
    """Looks at everything of the case that is due, in that order, a lot at a time; a page once for all that stand on
    it. What is not shown to strangers is asked for once more with the watch's log-in. watches: those that are there
    now, by name, of every case."""
    done, turned_to = Rechecked(), set[SightingId]()
    closed = deps.store.sightings.closed_addresses(case)
    now, after = deps.clock(), None
    while lot := _due(case, deps.store, now, limit=AT_ONCE, after=after):
        after, pages = lot[-1], dict[PageOf, PageSeen]()
        for look in lot:
            if look.sighting in turned_to:
                continue
            turned_to.add(look.sighting)
            with surviving("rechecks"):
                done = done.plus(await _recheck_one(case, look.sighting, watches, closed, deps, pages))
    return done


def _due(
    case: CaseId, store: Store, now: datetime, *, limit: int, after: PlannedLook | None = None
) -> Sequence[PlannedLook]:
    return store.rechecks.due(
        case, now, furthest=now + FURTHEST_LOOK, removed_since=now - WATCHED_FOR, limit=limit, after=after
    )


async def _recheck_one(
    case: CaseId,
    name: SightingId,
    watches: Mapping[str, Watch],
    closed: Collection[str],
    deps: Dependencies,
    pages: dict[PageOf, PageSeen],
) -> Rechecked:
    store = deps.store
    sighting = store.sightings.get(case, name)
    if sighting is None:
        return Rechecked()
    planned, watch = store.rechecks.of(case, name), watch_of(sighting, watches, deps)
    due = due_truths(sighting, planned, deps.clock())
    is_closed = not {sighting.place.page_url, sighting.place.image_url}.isdisjoint(closed)
    if is_closed or watch.is_planted(sighting.match):
        _plan(sighting, planned, due, deps)
        return Rechecked()
    deps.fetcher.allow_ports_of(addresses_of(sighting, watch))
    seen = await look_again(sighting, watch, deps, pages)
    if seen is None:
        return Rechecked()  # this machine has no network: still due
    current = store.sightings.get(case, name)  # the person may have decided meanwhile
    if current is None:
        return Rechecked(1)
    if seen.moved_to:
        place = replace(current.place, image_url=seen.moved_to)
        current = seen_at(current, [place], now=deps.clock())
    with store.transaction():
        checked = record_observed(current, seen.glances, watch, deps)
        looked = due | {one.truth for one in seen.glances}
        _plan(checked, planned, looked, deps)
    if checked.status is current.status:
        return Rechecked(1)
    return Rechecked(1, checked.status is Status.REMOVED, checked.status is Status.REAPPEARED)


def _plan(sighting: Sighting, planned: Sequence[PlannedLook], looked: Collection[Truth], deps: Dependencies) -> None:
    rechecks = deps.store.rechecks
    for one in planned:
        if one.truth not in truths_of(sighting.place):
            rechecks.drop(sighting.case, sighting.id, one.truth)
    sent_at = last_sent(deps.store.reports.of_sighting(sighting.case, sighting.id))
    rechecks.save(sighting.case, planned_anew(sighting, planned, looked, sent_at, deps.clock()))


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


async def look_again(
    sighting: Sighting, watch: Watch, deps: Dependencies, pages: dict[PageOf, PageSeen]
) -> SeenAgain | None:
    """What is seen of each truth that it has, but of the search, which only a search sees. None: this machine is
    offline. pages: that were looked at in this round."""
    truths, url, page = truths_of(sighting.place), sighting.place.page_url, None
    if Truth.PAGE in truths:  # first: a picture may want what its page gave
        page = pages.get((url, watch.name))
        if page is None:
            page = pages[url, watch.name] = await look_at_page_again(url, watch, deps)
        if page.outcome is OutcomeKind.OFFLINE:
            return None
    if Truth.MEDIA not in truths:
        return SeenAgain(((await named_by(page, sighting, watch, deps, is_given=False)).glance,) if page else ())
    media, came = await look_at_media(sighting, watch, deps, page.jar if page else CookieJar())
    if came.outcome.kind is OutcomeKind.OFFLINE:
        return None
    if page is None:
        return SeenAgain((media,))
    if media.saw is not Saw.THERE and (given := page.gave(sighting.place.image_url)) is not None:
        media = Glance(Truth.MEDIA, *await what_came(sighting, given, deps))  # as a browser has it
    elif media.saw is Saw.GONE and came.outcome.kind is not OutcomeKind.GONE:
        if await is_for_all(came, page, sighting, watch, deps):
            media = Glance(Truth.MEDIA, Saw.UNKNOWN, ONE_FOR_ALL)
    named = await named_by(page, sighting, watch, deps, is_given=media.saw is Saw.THERE)
    if named.elsewhere:  # its old address says nothing of it any more
        saw = Saw.THERE if named.moved_to else Saw.UNKNOWN
        media = Glance(Truth.MEDIA, saw, "" if named.moved_to else ELSEWHERE_NOW)
    return SeenAgain((media, named.glance), named.moved_to)


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
