"""Whether what was found is still there: page and media are asked, and only two spaced gone outcomes make `removed`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model.ids import CaseId, SightingId
from monitor.model.page import OutcomeKind, Purpose, Request
from monitor.model.sighting import Sighting, Status
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.login import fetch_as_person, login_of
from monitor.pipeline.recording import record_again
from monitor.pipeline.surviving import surviving
from monitor.tracking.sighting_life import after_check

RECHECK_EVERY = timedelta(hours=24)
WATCHED_FOR = timedelta(days=365)  # after removal: it may come back
AT_ONCE = 200  # sightings in hand


@dataclass(frozen=True, slots=True)
class Rechecked:
    looked: int
    removed: int
    reappeared: int


def due(sighting: Sighting, deps: Dependencies, due_at: datetime | None) -> bool:
    now = deps.clock()
    if sighting.under_18 or sighting.status is Status.DISMISSED or sighting.place.image_url.startswith("data:"):
        return False
    if sighting.is_hearsay:  # a stranger's page: only the list's own watch comes by, and seldom
        return False
    if sighting.removed_at is not None and now - sighting.removed_at > WATCHED_FOR:
        return False
    # Further ahead than a check is ever put off: by a clock that stood wrong.
    return due_at is None or not now < due_at <= now + RECHECK_EVERY


async def recheck(sightings: Sequence[Sighting], watches: dict[str, Watch], deps: Dependencies) -> Rechecked:
    """Page and media of every sighting that is due are asked for, once each; what is not shown to strangers, once more
    with the watch's log-in."""
    looked = removed = reappeared = 0
    rechecks = deps.store.rechecks
    for sighting in sightings:
        with surviving("rechecks"):
            watch = watches.get(sighting.watch)
            if watch is not None and watch.case != sighting.case:
                continue  # the name is another case's now: its log-in and settings are not this one's
            due_at = rechecks.due_at(sighting.case, sighting.id)
            if watch is None or watch.is_planted(sighting.match) or not due(sighting, deps, due_at):
                continue
            page = await _outcome(sighting.place.page_url, Purpose.PAGE, watch, deps)
            media = await _outcome(sighting.place.image_url, Purpose.IMAGE, watch, deps)
            if OutcomeKind.OFFLINE in (page, media):
                continue  # this machine has no network: still due
            now = deps.clock()
            looked += 1
            current = deps.store.sightings.get(sighting.case, sighting.id)  # the person may have decided meanwhile
            if current is None:
                continue
            if current.status is Status.REMOVED and media is OutcomeKind.OK:
                record_again(current, watch, deps)
                reappeared += 1
            else:
                checked = after_check(current, page, media, now=now)
                removed += checked.status is Status.REMOVED and current.status is not Status.REMOVED
                if checked != current:
                    deps.store.sightings.save(checked)
            rechecks.save(sighting.case, sighting.id, now + RECHECK_EVERY)
    return Rechecked(looked, removed, reappeared)


def in_parts(case: CaseId, deps: Dependencies) -> Iterator[Sequence[Sighting]]:
    """The case's sightings that may be due, so many at once that thousands are never in hand together."""
    after = SightingId("")
    while found := deps.store.sightings.to_recheck(case, deps.clock() - WATCHED_FOR, limit=AT_ONCE, after=after):
        yield found
        after = found[-1].id


async def _outcome(url: str, purpose: Purpose, watch: Watch, deps: Dependencies) -> OutcomeKind:
    request = Request(url, purpose, ignore_robots=watch.ignore_robots)
    fetched = await fetch_as_person(request, login_of(watch, deps.store), deps.fetcher)
    return fetched.outcome.kind
