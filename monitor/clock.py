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


class CorrectedClock:
    """This machine's clock, set by another that many machines go by. off_by: how far this machine's is ahead of it."""

    STEADY = timedelta(seconds=0.5)  # less is nothing to set it for: it would only tremble

    def __init__(self, clock: Clock = exact_now) -> None:
        self._clock = clock
        self.off_by = timedelta(0)

    def __call__(self) -> datetime:
        return self._clock() - self.off_by

    def own(self) -> datetime:
        """As this machine has it."""
        return self._clock()

    def heard(self, theirs: datetime, before: datetime, after: datetime) -> bool:
        """What the other said, asked between two looks at this machine's own. Whether it was set by that: a slow
        answer, or a leap just then, says too little."""
        unsure = abs(after - before) / 2
        off = before + (after - before) / 2 - theirs
        if abs(off - self.off_by) <= unsure + self.STEADY:
            return False
        self.off_by = off
        return True


def is_real(clock: Clock) -> bool:
    """Not one that a test moves: then the clocks that nobody sets go with it."""
    return clock is exact_now or isinstance(clock, CorrectedClock)


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
