"""The one place that reads a clock; everything else is told. From the edge it is handed down as a function, so that a
pass, its robots files and its accounts live by the same.

`tests/house/test_house_clock.py` finds any other reading.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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


def within(span: timedelta, at: datetime, now: datetime) -> bool:
    """Whether `at` lies back less than `span`. A time to come never does: a clock that was ahead wrote it."""
    return timedelta(0) <= now - at < span


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """The kernel's own word on the clock of this machine. is_synchronised: with a time server, by whatever keeps it;
    None where the kernel does not say, and `why` says why not. error_s: by how much it may be off at most, and
    estimate_s: by how much it is thought to be; None where nobody knows."""

    is_synchronised: bool | None
    error_s: float | None = None
    estimate_s: float | None = None
    why: str = ""


class _Timex(ctypes.Structure):
    """Linux's `struct timex`, with what adjtimex(2) is read for here; `rest`: what follows, and more."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),  # microseconds
        ("esterror", ctypes.c_long),  # microseconds
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 512),
    )


_TIME_ERROR, _STA_UNSYNC = 5, 0x40


def clock_trust() -> ClockTrust:
    """Asks and sets nothing (`modes` is 0), for which no right is needed. Never raises."""
    told = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told))
    except (AttributeError, OSError):
        return ClockTrust(None, why="this system has no adjtimex")
    if state < 0:
        return ClockTrust(None, why=f"the system does not let this program ask (error {ctypes.get_errno()})")
    if state == _TIME_ERROR or told.status & _STA_UNSYNC:
        return ClockTrust(False)
    return ClockTrust(True, told.maxerror / 1e6, told.esterror / 1e6)
