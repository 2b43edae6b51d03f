"""Whether the watcher stood still, since when, and why, as far as is known. Pure: what it noted of itself in, what is
told out. A clock that was set back makes no standstill, and one set forward none within one start of the machine: there
the time since the machine started is counted, which nobody sets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from monitor.model.progress import Loop
from monitor.model.standstill import LastAlive, Standstill, StoodBecause

NOTED_EVERY_S = 5 * 60
LEAST_STANDSTILL = timedelta(minutes=15)
"""A restart is no standstill, nor are three marks that a busy machine made late. What hung did stand, however short:
it may do so again and again."""
HANGS_TOLD = 3  # in a day, however short each was

EVERYDAY_REASONS = frozenset(
    {StoodBecause.OFF, StoodBecause.ASLEEP, StoodBecause.STOPPED, StoodBecause.UPGRADED, StoodBecause.RESTORED}
)
"""What a person does with a machine: a laptop that sleeps every night is worth no message every morning."""
MOST_IN_ONE_START = timedelta(days=366)
"""Without a note, in one start of a machine. A clock that says more has leapt itself (a machine that is simulated, or
was moved while it ran), and what it says would be told as years of standing still."""
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)


def passed_since(last: LastAlive, now: LastAlive) -> timedelta:
    """Never negative."""
    if last.boot and last.boot == now.boot and now.up_s >= last.up_s:
        by_boot = timedelta(seconds=now.up_s - last.up_s)
        if by_boot <= MOST_IN_ONE_START:
            return by_boot
    return max(now.at - last.at, timedelta(0))


def stood_at_start(last: LastAlive, now: LastAlive, hung: Loop | None) -> Standstill | None:
    """now: of the process that has just started. hung: what the one before wrote down as standing still, and had no
    time to mend."""
    passed, loop = passed_since(last, now), last.loop or hung
    why = _why(last, now, loop)
    if passed < LEAST_STANDSTILL and why is not StoodBecause.HUNG:
        return None
    return Standstill(now.at - passed, now.at, why, loop)


def _why(last: LastAlive, now: LastAlive, hung: Loop | None) -> StoodBecause:
    if last.ended == StoodBecause.RESTORED:
        return StoodBecause.RESTORED
    if last.boot and now.boot and last.boot != now.boot:
        return StoodBecause.OFF  # which ends a service in order, too
    if hung is not None:
        return StoodBecause.HUNG
    if not last.ended:
        return StoodBecause.ENDED
    return StoodBecause.UPGRADED if last.version != now.version else StoodBecause.STOPPED


def stood_meanwhile(
    last: LastAlive, now: LastAlive, *, slept: timedelta, held_up: timedelta, could_save: bool
) -> Standstill | None:
    """Of one and the same process: it noted itself last, and only now again. slept: by the machine since then. held_up:
    the longest time for which the schedule was not looked at. could_save: it was not kept from noting it by a store
    that takes nothing."""
    passed = passed_since(last, now)
    if not could_save:
        stood, because = passed, StoodBecause.NO_ROOM
    elif slept >= held_up:
        stood, because = slept, StoodBecause.ASLEEP
    else:
        stood, because = held_up, StoodBecause.HELD_UP
    return Standstill(now.at - min(stood, passed), now.at, because) if min(stood, passed) >= LEAST_STANDSTILL else None


def hangs_of_a_day(stood: Iterable[Standstill], now: datetime) -> int:
    """How often something hung; 0 while that is too seldom to be told for itself."""
    hangs = sum(one.because is StoodBecause.HUNG and timedelta(0) <= now - one.until < A_DAY for one in stood)
    return hangs if hangs >= HANGS_TOLD else 0


def is_worth_telling(stood: Standstill, intervals: Iterable[timedelta]) -> bool:
    """By a message of its own: it was longer than the watches allow. intervals: of those that are switched on."""
    shortest = min(intervals, default=None)
    if shortest is None:
        return False
    return stood.until - stood.since > max(shortest, A_DAY if stood.because in EVERYDAY_REASONS else AN_HOUR)
