"""The one place that reads a clock; everything else is told. From the edge it is handed down as a function, so that a
pass, its robots files and its accounts live by the same.

`tests/house/test_house_clock.py` finds any other reading.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]
"""What time it is: aware, in UTC."""


def exact_now() -> datetime:
    """For spacing requests: whole seconds would let two lie a second too close."""
    return datetime.now(UTC)


def utc_now() -> datetime:
    """Aware, in UTC, to the second: records are read by people and by courts, not by profilers."""
    return exact_now().replace(microsecond=0)


def to_the_second(clock: Clock) -> Clock:
    """The same clock, for records."""
    return lambda: clock().replace(microsecond=0)


def monotonic() -> float:
    """Seconds, for budgets and waits: nobody sets it, and it stands while the machine sleeps."""
    return time.monotonic()


def computed() -> float:
    """Seconds of the processor that this process has used, for bounds on work: a busy machine is no long work."""
    return time.process_time()


def boottime() -> float:
    """Seconds since the machine started, those that it slept among them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Of this start of the machine; '' where it does not say. With it `boottime` is of one start."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def within(span: timedelta, at: datetime, now: datetime) -> bool:
    """Whether `at` lies back less than `span`. A time to come never does: a clock that was ahead wrote it."""
    return timedelta(0) <= now - at < span
