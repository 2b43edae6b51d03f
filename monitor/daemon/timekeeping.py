"""Waiting by the clock that nobody sets. The clock on the wall may leap, either way and by years: at a start with a
flat battery, when the time service corrects it, when somebody tries what that does.

`leap_between` is pure; `Keeper` is APScheduler's scheduler with a look at the clocks before each look at its jobs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.clock import boottime, exact_now, monotonic

log = logging.getLogger(__name__)

NOTICED = timedelta(minutes=1)  # less is the ordinary work of a time service, and nothing hangs on it
LOOK_EVERY_S = 3.0  # somebody sits before a page and waits


@dataclass(frozen=True, slots=True)
class Reading:
    """Of three clocks at once. boot: seconds since the machine started; awake: those of them that it did not sleep."""

    wall: datetime
    boot: float
    awake: float


@dataclass(frozen=True, slots=True)
class Leap:
    """before, now: on the wall, at the looks around it. by: how far the wall went beyond the time that passed.
    slept: of the time that passed."""

    before: datetime
    now: datetime
    by: timedelta
    slept: timedelta


def read_clocks() -> Reading:
    return Reading(exact_now(), boottime(), monotonic())


def leap_between(before: Reading, now: Reading) -> Leap | None:
    """None while the clocks go on together, and nothing slept."""
    passed, awake = timedelta(seconds=now.boot - before.boot), timedelta(seconds=now.awake - before.awake)
    if passed < awake - NOTICED:  # a clock of the machine's that goes backwards is none to go by
        passed = awake
    by, slept = now.wall - before.wall - passed, max(passed - awake, timedelta(0))
    if abs(by) <= NOTICED:
        by = timedelta(0)
    if not by and slept <= NOTICED:
        return None
    return Leap(before.wall, now.wall, by, slept)


class Clocks:
    """Looks at them again and again. Small steps add up: they are compared with the last leap, not the last look."""

    def __init__(self, read: Callable[[], Reading] = read_clocks) -> None:
        self.read = read
        self._base = self._last = read()

    def wall(self) -> datetime:
        return self.read().wall

    def awake(self) -> float:
        return self.read().awake

    def look(self) -> Leap | None:
        now = self.read()
        leap, before = leap_between(self._base, now), self._last.wall
        self._last = now
        if leap is None:
            return None
        self._base = now
        return Leap(before, now.wall, leap.by, leap.slept)


class Keeper(AsyncIOScheduler):
    """before: called ahead of each look at the jobs, at least every `LOOK_EVERY_S`; it may move them. looked_at: when
    the jobs were last looked at, monotonic: a schedule that is stuck is told from one that waits."""

    def __init__(self, before: Callable[[], None], monotonic: Callable[[], float] = monotonic) -> None:
        super().__init__(
            timezone=UTC,  # it compares two times of one zone by what the clock on the wall shows
            # One pass for all that was missed, however late, never beside itself.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._before, self._monotonic = before, monotonic
        self._begun_in, self._is_over = copy_context(), False
        self.looked_at = monotonic()
        self.longest_gap_s = 0.0  # between two looks, since somebody took note of it

    def start(self, paused: bool = False) -> None:
        self._begun_in, self._is_over = copy_context(), False
        super().start(paused)

    def shutdown(self, wait: bool = True) -> None:
        """At once: of itself it stops only when the loop comes to it, by when the store may be closed."""
        self._is_over = True
        super().shutdown(wait)

    def _process_jobs(self) -> float | None:
        """In the context that it was started in. Its timer has that of whoever woke it, which is a job in hand, as a
        rule: the next would be a part of that one, and the one after of both, without an end."""
        return self._begun_in.run(self._look_at_jobs)

    def _look_at_jobs(self) -> float | None:
        """Seconds until the next look: never what the wall says alone, which may be set back meanwhile. None: no more,
        since it has ended. A look that its timer had asked for comes after the end, where the loop was busy."""
        if self._is_over or not self.running:
            return None
        try:
            self._before()
            wait = super()._process_jobs()
        except Exception:  # raised, it would be the last look
            log.exception("the schedule could not be looked at", extra={"action": "schedule_fault"})
            return LOOK_EVERY_S
        now = self._monotonic()
        self.longest_gap_s, self.looked_at = max(self.longest_gap_s, now - self.looked_at), now
        return LOOK_EVERY_S if wait is None else min(wait, LOOK_EVERY_S)
