"""A find is told once it is written: its alert is put into the outbox in the transaction that records it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.alerts.outbox import TOLD_LATELY, alert_for, subject_for
from monitor.model.match import Tier
from monitor.model.presence import Glance
from monitor.model.sighting import Sighting
from monitor.model.watch import Watch
from monitor.pipeline import flood
from monitor.pipeline.dependencies import Dependencies
from monitor.tracking import sighting_life
from monitor.tracking.changes import changes_between
from monitor.tracking.presence import observed


def record_observed(sighting: Sighting, seen: Sequence[Glance], watch: Watch, deps: Dependencies) -> Sighting:
    """What a look says of a known find, where nothing is sealed: its times move on, it is gone, or it is back, which is
    told. sighting: as it is in the store now."""
    now = deps.clock()
    again = observed(sighting, seen, now=now)
    if again == sighting:
        return again
    with deps.store.transaction():
        deps.store.sightings.save(again)
        for change in changes_between(sighting, again, now):
            deps.store.changes.add(again.case, change)
        if sighting_life.is_news(sighting, again) and again.match.tier is Tier.MATCH:
            tell_find(again, watch, deps, now)
    return again


def tell_find(sighting: Sighting, watch: Watch, deps: Dependencies, now: datetime, *, is_back: bool = False) -> None:
    """In the transaction that records it. A photo that turns up everywhere is told of once an hour. is_back: as
    `alert_for` has it."""
    if flood.is_folded(sighting, deps, now):
        flood.tell(sighting, deps, now)
        return
    alerts, chosen, urgent = deps.store.alerts, deps.settings.alerts, watch.urgent
    lately = alerts.about_finds(sighting.case, now - TOLD_LATELY)
    waiting = alerts.waiting(sighting.case, subject_for(sighting, lately, now=now, urgent=urgent))
    alerts.save(alert_for(sighting, waiting, now=now, urgent=urgent, settings=chosen, is_back=is_back, lately=lately))
