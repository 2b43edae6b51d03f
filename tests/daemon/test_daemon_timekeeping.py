"""Leaps of the clock, told from sleep and from the ordinary work of a time service."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

import pytest

from monitor.daemon.schedule import Times
from monitor.daemon.timekeeping import Clocks, Keeper, Reading, leap_between
from monitor.model.watch import Every

NOW = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)
FAR = NOW + timedelta(days=36500)
HOUR = 3600.0


@pytest.mark.parametrize(
    ("wall", "boot", "awake", "by", "slept"),
    [
        pytest.param(5, 5, 5, None, None, id="nothing"),
        pytest.param(65, 5, 5, None, None, id="a minute: the time service at work"),
        pytest.param(66, 5, 5, 61, 0, id="one second over"),
        pytest.param(-56, 5, 5, -61, 0, id="back"),
        pytest.param(-7 * HOUR, 5, 5, -7 * HOUR - 5, 0, id="hours back"),
        pytest.param(HOUR, HOUR, 5, 0, HOUR - 5, id="slept"),
        pytest.param(9 * HOUR, HOUR, 5, 8 * HOUR, HOUR - 5, id="slept, and set on at waking"),
        pytest.param(-HOUR, HOUR, 5, -2 * HOUR, HOUR - 5, id="slept, and set back"),
        pytest.param(30, 30, 5, None, None, id="a nap"),
        pytest.param(-HOUR, -HOUR, 5, -HOUR - 5, 0, id="a clock since boot that goes back is not believed"),
    ],
)
def test_leaps(wall: float, boot: float, awake: float, by: float | None, slept: float | None) -> None:
    after = Reading(NOW + timedelta(seconds=wall), 1000 + boot, 1000 + awake)
    leap = leap_between(Reading(NOW, 1000, 1000), after)
    assert (leap.by.total_seconds() if leap else None, leap.slept.total_seconds() if leap else None) == (by, slept)


def test_small_steps_add_up() -> None:
    shown = [Reading(NOW - timedelta(seconds=25 * step), 5.0 * step, 5.0 * step) for step in range(10)]
    clocks = Clocks(iter(shown).__next__)
    found = [leap.by.total_seconds() for leap in (clocks.look() for _ in shown[1:]) if leap]
    assert found == [-90, -90, -90]


async def test_a_look_that_was_asked_for_before_the_end_comes_to_nothing_after_it() -> None:
    """As on a busy machine, where the timer is due in the same moment."""
    wrong, looks = list[object](), list[None]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
    keeper = Keeper(lambda: looks.append(None))
    keeper.start()
    await asyncio.sleep(0)
    looks.clear()
    keeper.shutdown(wait=False)
    keeper.wakeup()
    for _ in range(3):
        await asyncio.sleep(0)
    assert (wrong, looks) == ([], [])


async def test_what_a_job_wakes_the_schedule_for_is_no_part_of_it() -> None:
    """Each would be a part of the one before it, and that of all before: a list that grows for as long as it runs."""
    before, seen, enough = ContextVar("before", default=0), list[int](), asyncio.Event()
    keeper = Keeper(lambda: None)

    async def job(other: str) -> None:
        seen.append(before.get())
        before.set(before.get() + 1)
        if len(seen) == 4:
            enough.set()
        else:
            keeper.modify_job(other, next_run_time=datetime.now(UTC))

    keeper.start()
    for name, other, first in (("one", "other", NOW), ("other", "one", FAR)):
        keeper.add_job(job, Times(Every(3600), UTC), args=(other,), id=name, next_run_time=first)
    await enough.wait()
    keeper.shutdown(wait=False)
    assert seen == [0, 0, 0, 0]


async def test_nothing_is_looked_at_once_it_was_told_to_end() -> None:
    """Of itself it ends only when the loop comes to it; the store may be closed by then."""
    looks: list[None] = []
    keeper = Keeper(lambda: looks.append(None))
    keeper.start()
    await asyncio.sleep(0)
    keeper.shutdown(wait=False)
    looks.clear()
    assert keeper._process_jobs() is None and looks == []
    await asyncio.sleep(0)
    assert not keeper.running
