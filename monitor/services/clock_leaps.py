"""That the clock was set: the daemon notes it, `status` tells it for a week."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from monitor.ports import Store
from monitor.tracking.overview import ClockSet

TOLD_FOR = timedelta(days=7)

_NOTE = "clock:set"  # the last time that it leapt


def note_leap(leap: ClockSet, store: Store) -> None:
    told = {"at": leap.at.isoformat(timespec="seconds"), "by_s": leap.by_s}
    store.notes.set(_NOTE, json.dumps(told))


def last_leap(store: Store, now: datetime) -> ClockSet | None:
    """None when that was more than a week ago."""
    noted = json.loads(store.notes.get(_NOTE) or "null")
    if noted is None:
        return None
    at = datetime.fromisoformat(noted["at"])
    return ClockSet(at, noted["by_s"]) if abs(now - at) <= TOLD_FOR else None
