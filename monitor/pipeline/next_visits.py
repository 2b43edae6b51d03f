"""When a watch is visited next, after a look: the one place where that is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from monitor.model.run import Run
from monitor.model.visit import DueVisit, VisitCount
from monitor.model.watch import Watch
from monitor.ports import Store
from monitor.tracking.due import after_look


@dataclass(frozen=True, slots=True)
class Ended:
    """A look. run: what came of it; None where it did not take place. count: what it says of the place; None where it
    was not kept. chance: from 0 to 1, so that visits keep to no minute."""

    watch: Watch
    run: Run | None
    count: VisitCount | None
    began: datetime
    now: datetime
    zone: tzinfo
    chance: float


def next_after(row: DueVisit, ended: Ended, store: Store) -> DueVisit:
    """In the transaction that keeps the run. row: as it stood for the look."""
    return after_look(row, ended.watch, ended.run, ended.began, ended.now, ended.zone, ended.chance)
