"""A page that its watch visits anyway is not asked for once more by a recheck: a visit that saw it lately counts for
the look, and one that is near is waited for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.alerts.zone import zone_of
from monitor.model.ids import SightingId
from monitor.model.presence import Truth
from monitor.model.sighting import Sighting
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.state import Pass
from monitor.tracking.due import next_visit
from monitor.tracking.next_look import NEAR_A_VISIT, is_seen_by_visits, last_sent, near, page_due_after

VISIT_LATE = timedelta(minutes=15)  # by so much a visit may begin later than its schedule says, and go on


def count_visit(run: Pass, named: Collection[str], pages: Collection[str]) -> None:
    """What was due, or is soon, of pages that this visit looked at, is done by it. named: ids of finds whose page names
    them. A find's first look stays: by that its page and its file are seen apart."""
    case, store, now = run.watch.case, run.deps.store, run.deps.clock()
    soon = {row.sighting: row for row in store.rechecks.of_truth(case, Truth.PAGE, until=now + NEAR_A_VISIT)}
    done = [SightingId(one) for one in soon.keys() & named]
    if not done:
        return
    with store.transaction():
        for sighting in store.sightings.of_ids(case, done):
            row, seen_at = soon[sighting.id], sighting.presence.page.seen_at
            is_seen = sighting.place.page_url in pages and seen_at is not None and seen_at >= run.tally.started_at
            if not is_seen or seen_at is None or row.due_at <= sighting.first_seen or not is_seen_by_visits(sighting):
                continue
            at = page_due_after(sighting, last_sent(store.reports.of_sighting(case, sighting.id)), seen_at)
            if at > row.due_at:
                store.rechecks.save(case, [replace(row, due_at=at)])


def waits_until(sighting: Sighting, watch: Watch, sent_at: datetime | None, deps: Dependencies) -> datetime | None:
    """When a visit will have come by its page that is due; None where none is near enough to be waited for. watch: one
    that runs."""
    answered, last = sighting.presence.page.answered_at, deps.store.runs.last(sighting.case, watch.name)
    if answered is None or last is None or answered < last.started_at or not is_seen_by_visits(sighting):
        return None  # the last visit did not come by that page
    now = deps.clock()
    row = deps.store.visits.get(watch.case, watch.name)
    visit = row.at if row else next_visit(watch, last.finished_at, now, zone_of(deps.settings.visits_timezone))
    if visit < now - VISIT_LATE:
        return None  # it does not run as it should
    came, regular = max(visit, now), page_due_after(sighting, sent_at, answered)
    latest = regular + near(regular, sent_at or answered) - VISIT_LATE
    return came + VISIT_LATE if came <= latest else None
