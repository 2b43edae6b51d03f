"""That the clock was set: the daemon notes it, `status` tells it for a week."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.ports import Store
from monitor.ports.machine import ClockSet

TOLD_FOR = timedelta(days=7)


def note_leap(leap: ClockSet, store: Store) -> None:
    store.machine.note_clock_set(replace(leap, at=leap.at.replace(microsecond=0)))


def last_leap(store: Store, now: datetime) -> ClockSet | None:
    """None when that was more than a week ago."""
    leap = store.machine.clock_set()
    return leap if leap is not None and abs(now - leap.at) <= TOLD_FOR else None
