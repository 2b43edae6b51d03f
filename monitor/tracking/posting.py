"""What a look says of how much is posted at a place. Pure: a run and the looks before it in, a count out.

The first look at a place finds everything that was ever posted there, and so does the first one after its watch was
changed: they say nothing, and neither does a look that a cap cut short, that failed, or that was blind in part. Of the
last, and of a cut one that met something, it is told whether anything was new; what appeared is counted by the next
whole look, for the whole time since the last one.
"""

from __future__ import annotations

import hashlib

from monitor.model.observation import RunStatus
from monitor.model.run import Run, observed_limits
from monitor.model.visit import LooksBefore, VisitCount
from monitor.model.watch import Watch


def sight_of(watch: Watch, *, is_logged_in: bool) -> str:
    """A mark of what is looked at, and as whom: with another one, what is met may have stood there for years."""
    follow, images = watch.follow, watch.images
    parts = (
        watch.kind,
        watch.urls,
        watch.render,
        (follow.links, follow.depth, follow.max_pages, follow.same_site, follow.chosen),
        images.select,
        (watch.engine, watch.query, watch.pages),
        (watch.credentials, is_logged_in, watch.tells_page, watch.ignore_robots),
    )
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def count_of(run: Run, before: LooksBefore) -> VisitCount:
    """before: at the same place, as the same visitor (`Run.sight`)."""
    since = before.since if before.since is not None and before.since < run.finished_at else None
    appeared, ours = before.appeared + run.appeared, before.hers + run.appeared_hers
    if since is None or run.status is RunStatus.FAILED:
        return VisitCount(run.finished_at, since, None, 0, None, run.requests)
    if run.status is not RunStatus.OK:
        # What a cap left out may be new; of what failed the next whole look tells.
        seen = None if observed_limits(run.limits) and not run.appeared else run.appeared > 0
        return VisitCount(run.finished_at, since, None, 0, seen, run.requests)
    return VisitCount(run.finished_at, since, appeared, ours, appeared > 0, run.requests)
