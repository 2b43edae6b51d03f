"""A photo that turns up everywhere at once: its finds are recorded and told like all others, but in one message an
hour, so that nothing else is buried under them.

It begins when a photo was seen on more than `[match] flood_hosts` registrable domains within a day. It ends when the
person says so (`references resume`), and by itself once a day has passed and the last one showed the photo on no more
than half as many.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from monitor.alerts.outbox import flood_alert
from monitor.model.ids import CaseId, ReferenceId
from monitor.model.sighting import Sighting
from monitor.pipeline.dependencies import Dependencies
from monitor.ports import Store

log = logging.getLogger(__name__)

COUNTED_OVER = timedelta(days=1)
SUMMARY_EVERY = timedelta(hours=1)


def is_folded(sighting: Sighting, deps: Dependencies, now: datetime) -> bool:
    """Whether this find belongs to a flood; which begins or ends here, in the transaction that records the find."""
    reference, store, limit = sighting.match.reference, deps.store, deps.settings.match.flood_hosts
    if reference is None:
        return False
    since = store.references.folded(sighting.case).get(reference)
    lifted = store.floods.get(sighting.case, reference).lifted_at
    counted_from = max(now - COUNTED_OVER, min(lifted, now)) if lifted else now - COUNTED_OVER
    domains = store.sightings.domains_since(sighting.case, reference, counted_from)
    if since is None and domains > limit:
        store.references.fold(sighting.case, reference, now)
        log.warning("a photo turns up everywhere: folded", extra={"action": "reference_folded", "hosts": domains})
        return True
    if since is not None and is_calm(since, domains, limit, now):
        lift(store, sighting.case, reference, now)
        return False
    return since is not None


def is_calm(since: datetime, domains: int, limit: int, now: datetime) -> bool:
    """domains: that the photo was seen on in the last day."""
    return now - since >= COUNTED_OVER and domains <= limit // 2


def lift(store: Store, case: CaseId, reference: ReferenceId, now: datetime) -> None:
    """Told one by one from here on; what was seen before does not count towards the next flood."""
    with store.transaction():
        store.references.fold(case, reference, None)
        store.floods.lifted(case, reference, now)


def lift_calm(store: Store, case: CaseId, limit: int, now: datetime) -> int:
    """Those that have become calm without a further find. Returns how many."""
    calm = [
        reference
        for reference, since in store.references.folded(case).items()
        if is_calm(since, store.sightings.domains_since(case, reference, now - COUNTED_OVER), limit, now)
    ]
    for reference in calm:
        lift(store, case, reference, now)
    return len(calm)


def tell(sighting: Sighting, deps: Dependencies, now: datetime) -> None:
    """In the summary that waits, else in a new one, an hour after the last."""
    store, reference = deps.store, sighting.match.reference or ""
    last = store.floods.get(sighting.case, reference).summary_at
    due = max(now, last + SUMMARY_EVERY) if last else now
    due = min(due, now + SUMMARY_EVERY)  # whatever a clock has written
    waiting = store.alerts.waiting(sighting.case, reference)
    alert = flood_alert(sighting, waiting, now=now, not_before=due)
    store.alerts.save(alert)
    if waiting is None or alert.id != waiting.id:
        store.floods.summary_due(sighting.case, reference, due)
