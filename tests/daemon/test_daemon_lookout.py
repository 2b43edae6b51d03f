"""The service and who watches it, on a clock in the hand: what is named, started anew, and ends it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from monitor.daemon import ending
from monitor.daemon.lookout import LOOKOUT_EVERY_S, Lookout
from monitor.daemon.progress import MENDED_WITHIN_S, PASS_WITHIN_S, ROUND_WITHIN_S, SCHEDULE_WITHIN_S
from monitor.errors import StoodStill
from monitor.marks import leave_marks, mark, waiting_in_turn, working
from monitor.model.alert import Outstanding
from monitor.model.progress import Loop
from monitor.outbound.browser.running import RUNNING
from tests.daemon.test_daemon_service import Stage, watch
from tests.patience import WITHIN_S


@pytest.fixture(autouse=True)
def _no_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service runs in this process: its last resort would end pytest."""
    monkeypatch.setattr(ending, "TAKEN_WITHIN_S", 10 * WITHIN_S)
    monkeypatch.setattr(ending, "ENDED_WITHIN_S", 10 * WITHIN_S)


class Watched:
    """A stage whose lookout looks when it is told to, on a clock that stands still otherwise."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.service, self.now = stage, stage.service, 0.0
        self.service._marks.clock = lambda: self.now
        self.is_scheduled = True
        self.lookout = Lookout(self.service._marks, self.service, looked_at=self._looked_at)

    def _looked_at(self) -> float:
        return self.now if self.is_scheduled else 0.0

    async def passes(self, seconds: float) -> None:
        """Look by look."""
        end = self.now + seconds
        self.service._marks.begun.clear()  # the scheduler goes by another clock than this hand
        while self.now < end:
            self.now = min(self.now + LOOKOUT_EVERY_S, end)
            self.lookout.look()
            for _ in range(5):
                await asyncio.sleep(0)

    def told(self) -> list[str]:
        found = []
        while not self.stage.told.empty():
            found.append(self.stage.told.get_nowait())
        return found


@contextlib.asynccontextmanager
async def watched(stage: Stage) -> AsyncIterator[Watched]:
    held = Watched(stage)
    async with stage.running():
        yield held


def actions(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    found = [(getattr(record, "action", ""), getattr(record, "loop", "")) for record in caplog.records]
    return [one for one in found if one[0].startswith("stall")]


async def test_an_idle_daemon_is_alive_for_days(caplog: pytest.LogCaptureFixture) -> None:
    async with watched(Stage()) as held:
        held.told()
        await held.passes(4 * LOOKOUT_EVERY_S)
        assert held.told() == ["WATCHDOG"] * 4 and actions(caplog) == []


async def test_a_schedule_that_stands_is_not_fed_named_and_ends_the_process(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage(watch("a"))
    held = Watched(stage)
    held.is_scheduled = False
    with pytest.raises(StoodStill, match="schedule"):
        async with stage.running() as task:
            await held.passes(SCHEDULE_WITHIN_S - LOOKOUT_EVERY_S)
            assert "WATCHDOG" in held.told()
            await held.passes(LOOKOUT_EVERY_S)
            assert "STATUS" in held.told() and actions(caplog) == [("stall", "schedule")]
            await held.passes(MENDED_WITHIN_S)
            assert "WATCHDOG" not in held.told()
            assert actions(caplog)[-1] == ("stall_end", "schedule")
            await task


async def test_a_pass_that_stands_is_cut_off_noted_as_failed_and_the_daemon_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage(watch("a"))
    stage.prepare = lambda app: setattr(app, "hold", asyncio.Event())
    caplog.set_level(logging.INFO)
    async with watched(stage) as held:
        await held.service._now.app.visited.get()  # type: ignore[attr-defined]
        await held.passes(PASS_WITHIN_S + 2 * LOOKOUT_EVERY_S)
        assert actions(caplog) == [("stall", "visits"), ("stall_over", "visits")]
        last = stage.store.runs.last("default", "a")
        assert last and "stood still" in last.errors[0].message
        held.told()
        await held.passes(LOOKOUT_EVERY_S)
        assert held.told() == ["WATCHDOG"]


async def test_a_round_that_stands_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    stage, began = Stage(), asyncio.Event()

    async def hangs() -> None:
        began.set()
        await asyncio.Event().wait()

    async with watched(stage) as held:
        leave_marks(held.service._marks)
        round_ = asyncio.create_task(held.service._round("standing", hangs))
        await began.wait()
        await held.passes(ROUND_WITHIN_S + LOOKOUT_EVERY_S)
        await round_
        assert actions(caplog)[0] == ("stall", "rounds")
        assert not held.service._wellbeing.is_well(Outstanding(), (), held.service._clocks.wall())


async def test_a_browser_that_hangs_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    class Browser:
        killed = asyncio.Event()

        def kill(self) -> None:
            self.killed.set()

    browser, stage = Browser(), Stage()
    RUNNING.add(browser)
    async with watched(stage) as held:
        leave_marks(held.service._marks)
        with working(Loop.FETCHER, "browser", 420.0):
            await held.passes(420.0 + LOOKOUT_EVERY_S)
            assert browser.killed.is_set() and not list(RUNNING)
        await held.passes(LOOKOUT_EVERY_S)
        assert actions(caplog) == [("stall", "fetcher"), ("stall_over", "fetcher")]


async def test_what_a_pass_does_keeps_it_alive_and_a_wait_in_turn_does_not_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage()
    async with watched(stage) as held:
        leave_marks(held.service._marks)
        with working(Loop.VISITS, "visit", PASS_WITHIN_S):
            for _ in range(5):
                await held.passes(PASS_WITHIN_S - LOOKOUT_EVERY_S)
                mark(Loop.FETCHER)
            with waiting_in_turn():
                await held.passes(3 * PASS_WITHIN_S)
            assert actions(caplog) == []


def test_outside_of_the_daemon_no_marks_are_left() -> None:
    leave_marks(None)
    with working(Loop.STORE, "write", 1.0) as one:
        mark(Loop.STORE)
    assert one is None
