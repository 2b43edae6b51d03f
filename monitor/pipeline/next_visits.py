"""When a watch is visited next, after a look: the one place where that is decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from monitor.model.run import Run
from monitor.model.visit import DueVisit, VisitCount, VisitReason
from monitor.model.watch import Adapt, Watch
from monitor.pipeline.adapting_visits import next_adapting
from monitor.ports import Store
from monitor.tracking.due import after_look


@dataclass(frozen=True, slots=True)
class Ended:
    """A look. run: what came of it; None where it did not take place. count: what it says of the place; None where it
    was not kept. chance: from 0 to 1, so that visits keep to no minute. adapt_requests: the budget of those that adapt,
    a day."""

    watch: Watch
    run: Run | None
    count: VisitCount | None
    began: datetime
    now: datetime
    zone: tzinfo
    chance: float
    adapt_requests: int


def next_after(row: DueVisit, ended: Ended, store: Store) -> DueVisit:
    """In the transaction that keeps the run. row: as it stood for the look."""
    planned = after_look(row, ended.watch, ended.run, ended.began, ended.now, ended.zone, ended.chance)
    if not isinstance(ended.watch.schedule, Adapt) or planned.why is VisitReason.OWED:
        return planned
    return next_adapting(row, ended.watch, _count(ended), store, ended.adapt_requests, ended.zone)


def _count(ended: Ended) -> VisitCount:
    """By this clock: a look that says nothing was a look all the same."""
    if ended.count is not None:
        return replace(ended.count, at=max(ended.count.at, ended.now))
    return VisitCount(ended.now, None, None, 0, None, ended.run.requests if ended.run is not None else 0)
