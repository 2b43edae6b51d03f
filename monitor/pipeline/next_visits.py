"""When a watch is visited next, after a look: the one place where that is decided."""

from __future__ import annotations

from datetime import datetime, tzinfo

from monitor.model.run import Run
from monitor.model.visit import DueVisit
from monitor.model.watch import Watch
from monitor.tracking.due import after_look


def next_after(
    row: DueVisit, watch: Watch, run: Run | None, began: datetime, now: datetime, zone: tzinfo, chance: float
) -> DueVisit:
    """row: as it stood for the look. run: what came of it; None where nothing did. chance: from 0 to 1, so that visits
    keep to no minute."""
    return after_look(row, watch, run, began, now, zone, chance)
