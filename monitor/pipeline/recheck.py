"""Whether what was found is still there: page and media are asked, each for itself. `tracking.presence` says what comes
of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.crawl.cookies import CookieJar
from monitor.model.ids import CaseId, SightingId
from monitor.model.page import OutcomeKind
from monitor.model.presence import Glance, Saw, Truth
from monitor.model.sighting import Sighting, Status
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.page_recheck import ONE_FOR_ALL, PageSeen, is_for_all, look_at_page_again, named_by
from monitor.pipeline.presence_look import look_at_media, what_came
from monitor.pipeline.state import Pass
from monitor.pipeline.surviving import surviving
from monitor.pipeline.telling import record_observed
from monitor.tracking.addresses import seen_at
from monitor.tracking.presence import truths_of

RECHECK_EVERY = timedelta(hours=24)
WATCHED_FOR = timedelta(days=365)  # after removal: it may come back
AT_ONCE = 200  # sightings in hand
ELSEWHERE_NOW = "its page shows such a picture at another address now"
REMOVED_PER_RUN = 50  # that are asked for in a pass; the rest by the recheck


@dataclass(frozen=True, slots=True)
class Rechecked:
    looked: int
    removed: int
    reappeared: int


def due(sighting: Sighting, deps: Dependencies, due_at: datetime | None) -> bool:
    now = deps.clock()
    if sighting.under_18 or sighting.status is Status.DISMISSED:
        return False
    if sighting.is_hearsay:  # a stranger's page: only the list's own watch comes by, and seldom
        return False
    removed_at = sighting.removed_at if sighting.status is Status.REMOVED else None
    if removed_at is not None and now - removed_at > WATCHED_FOR:
        return False
    # Further ahead than a check is ever put off: by a clock that stood wrong.
    return due_at is None or not now < due_at <= now + RECHECK_EVERY


@dataclass(frozen=True, slots=True)
class SeenAgain:
    """moved_to: the address at which its page shows it now, where that is another one."""

    glances: tuple[Glance, ...]
    moved_to: str = ""


async def recheck(sightings: Sequence[Sighting], watches: dict[str, Watch], deps: Dependencies) -> Rechecked:
    """Page and media of every sighting that is due are asked for; a page once for all that stand on it. What is not
    shown to strangers is asked for once more with the watch's log-in."""
    looked = removed = reappeared = 0
    rechecks, pages = deps.store.rechecks, dict[str, PageSeen]()
    closed = {case: deps.store.sightings.closed_addresses(case) for case in {one.case for one in sightings}}
    for sighting in sightings:
        with surviving("rechecks"):
            watch = watches.get(sighting.watch)
            if watch is not None and watch.case != sighting.case:
                continue  # the name is another case's now: its log-in and settings are not this one's
            if not closed[sighting.case].isdisjoint((sighting.place.page_url, sighting.place.image_url)):
                continue
            due_at = rechecks.due_at(sighting.case, sighting.id)
            if watch is None or watch.is_planted(sighting.match) or not due(sighting, deps, due_at):
                continue
            seen = await look_again(sighting, watch, deps, pages)
            if seen is None:
                continue  # this machine has no network: still due
            looked += 1
            current = deps.store.sightings.get(sighting.case, sighting.id)  # the person may have decided meanwhile
            if current is None:
                continue
            if seen.moved_to:
                place = replace(current.place, image_url=seen.moved_to)
                current = seen_at(current, [place], now=deps.clock())
            checked = record_observed(current, seen.glances, watch, deps)
            if checked.status is not current.status:
                removed += checked.status is Status.REMOVED
                reappeared += checked.status is Status.REAPPEARED
            rechecks.save(sighting.case, sighting.id, deps.clock() + RECHECK_EVERY)
    return Rechecked(looked, removed, reappeared)


async def look_again(
    sighting: Sighting, watch: Watch, deps: Dependencies, pages: dict[str, PageSeen]
) -> SeenAgain | None:
    """What is seen of each truth that it has, but of the search, which only a search sees. None: this machine is
    offline. pages: that were looked at in this round."""
    truths, url, page = truths_of(sighting.place), sighting.place.page_url, None
    if Truth.PAGE in truths:  # first: a picture may want what its page gave
        page = pages.get(url)
        if page is None:
            page = pages[url] = await look_at_page_again(url, watch, deps)
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


def in_parts(case: CaseId, deps: Dependencies) -> Iterator[Sequence[Sighting]]:
    """The case's sightings that may be due, so many at once that thousands are never in hand together."""
    after = SightingId("")
    while found := deps.store.sightings.to_recheck(case, deps.clock() - WATCHED_FOR, limit=AT_ONCE, after=after):
        yield found
        after = found[-1].id
