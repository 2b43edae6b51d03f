"""Rows of due visits over starts, stops, kills, leaps of the clock, sleep, looks by hand and changed watchlists, in any
order: nobody looks beside another, no look is forgotten, none is made twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from monitor import memory
from monitor.daemon.generation import Generation
from monitor.daemon.timekeeping import Clocks, Reading
from monitor.daemon.visits import Visits
from monitor.errors import BeingLookedAt, WorkFailed
from monitor.model.observation import Observation, RunStatus
from monitor.model.run import Run
from monitor.model.watch import Adapt, Cron, Every, Schedule, Watch, longest_s
from monitor.pipeline import visiting as module
from monitor.pipeline.runs import save_run
from monitor.pipeline.visiting import VISIT_HELD_FOR, Visit, visiting
from monitor.store.store import SqlStore
from monitor.tracking.due import CLOCK_STEP
from tests.alerts.alert_helpers import run
from tests.alerts.alert_helpers import settings as make_settings
from tests.daemon.test_daemon_schedule import watch
from tests.stores import a_store

MADE = (watch("often", Every(600)), watch("hourly", Every(3600)), watch("fits", Adapt(300, 7200)))
WATCHES = {one.name: one for one in MADE}
OFFLINE = Observation("", "offline", "no network", "Connect it.")
SLACK = timedelta(minutes=4)  # of waking once a minute, being spread, and a hold of before the power failed


def shortest_s(schedule: Schedule) -> int:
    assert not isinstance(schedule, Cron)
    return schedule.floor_s if isinstance(schedule, Adapt) else schedule.seconds


SETTINGS = make_settings("json://127.0.0.1/x")
CLAIMING = [0]


class Killed(BaseException):
    """What a process does no more."""


@dataclass
class Time:
    """boot: seconds that passed; asleep: those of them that nobody was awake; off: how far the wall goes ahead."""

    boot: float = 1000.0
    asleep: float = 0.0
    off: timedelta = timedelta(0)

    def wall(self) -> datetime:
        return datetime(2026, 11, 22, 21, 4, tzinfo=UTC) + timedelta(seconds=self.boot) + self.off

    def read(self) -> Reading:
        return Reading(self.wall(), self.boot, self.boot - self.asleep)


@dataclass(eq=False)
class Look:
    name: str
    process: Process
    visit: Visit
    began: float
    became: asyncio.Future[Run | None]

    def is_over(self) -> None:
        if self in self.process.looks:
            self.process.looks.remove(self)


@dataclass(eq=False)
class Process:
    """One that looks: the daemon, or a command. What it does to the store once it was killed does not happen."""

    number: int
    time: Time
    store: SqlStore
    looks: list[Look]
    is_alive: bool = True
    settings: Any = SETTINGS

    def clock(self) -> datetime:
        if not self.is_alive:
            raise Killed
        return self.time.wall().replace(microsecond=0)

    async def run_watch(self, one: Watch, *, again: bool = False) -> Run:
        CLAIMING[:] = [self.number]  # by nobody else before the row is claimed
        async with visiting(one, self.settings, self.store, self.clock) as visit:
            look = Look(one.name, self, visit, self.time.boot, asyncio.get_running_loop().create_future())
            self.looks.append(look)
            try:
                done = await look.became
                if done is None:
                    raise WorkFailed("it failed")
                done = replace(done, started_at=self.clock(), finished_at=self.clock())
                save_run(done, one, self.store, visit=visit)
                return done
            finally:
                look.is_over()


@contextmanager
def as_told(processes: list[Process]) -> Iterator[None]:
    """Who holds a row is one of these; which of them has ended is known at once, as on one machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "mark_of_process", lambda: str(CLAIMING[0]))
        patch.setattr(module, "has_ended", lambda mark: not processes[int(mark)].is_alive)
        patch.setattr(memory, "give_back", lambda: None)
        yield


class Rows(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.time, self.store, self.loop = Time(), a_store(), asyncio.new_event_loop()
        self.looks: list[Look] = []
        self.processes: list[Process] = []
        self.watches = dict(WATCHES)
        self.daemon: Visits | None = None
        self.ended: dict[str, float] = {}  # when the last look that was kept began, since boot
        self.off: dict[str, timedelta] = {}  # how far the wall went ahead as it ended
        self.excused: set[str] = set()  # may be looked at sooner than its interval says
        self.leapt: set[str] = set()  # looked at by a command while the clock leapt: it counts from when it began by it
        self.past: list[object] = []  # what was killed is not collected as garbage: it would go on with its last words
        self.told = as_told(self.processes)
        self.told.__enter__()

    def teardown(self) -> None:
        try:
            self.all_is_looked_at_again_and_not_too_often()
        finally:
            self.leave()

    def leave(self) -> None:
        self.told.__exit__(None, None, None)

        async def all_end() -> None:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks) if tasks else None

        self.loop.run_until_complete(all_end())
        self.loop.close()
        self.store.close()

    # -- what may happen

    @precondition(lambda self: self.daemon is None)
    @rule()
    def starts(self) -> None:
        process = self.another()
        made = Visits(UTC, Clocks(self.time.read))
        made._now = Generation(process, self.on(), AsyncExitStack())  # type: ignore[arg-type]
        self.daemon = made
        self.do(lambda: made._schedule_watches(list(made._now.watches)))
        self.wakes()

    @precondition(lambda self: self.daemon is not None)
    @rule(how=st.sampled_from(["stop", "kill", "power"]))
    def ends(self, how: str) -> None:
        """power: nobody can tell who held what."""
        assert self.daemon is not None
        process: Process = self.daemon._now.app  # type: ignore[assignment]
        mine = [look for look in self.looks if look.process is process or how == "power"]
        self.excused |= {look.name for look in mine}
        self.daemon._stopping = True
        if how == "stop":
            for task in self.daemon._looks:
                task.cancel()
            self.tick()
        process.is_alive = False
        for look in mine:
            look.process.is_alive = False
            look.is_over()
        if how == "power":
            self.time.boot += 200
        self.past += [self.daemon, *mine]
        self.daemon = None

    @rule(name=st.sampled_from(sorted(WATCHES)))
    def by_hand(self, name: str) -> None:
        """A command looks, whatever is due."""
        process, one = self.another(), self.watches[name]

        async def look() -> None:
            with suppress(BeingLookedAt, WorkFailed):
                await process.run_watch(one)

        self.excused.add(name)
        self.past.append(self.loop.create_task(look()))
        self.tick()

    @precondition(lambda self: self.looks)
    @rule(which=st.integers(0, 9), ends=st.sampled_from(["well", "well", "well", "offline", "fails", "killed"]))
    def a_look_ends(self, which: int, ends: str) -> None:
        look = self.looks[which % len(self.looks)]
        is_daemons = self.daemon is not None and look.process is self.daemon._now.app
        if ends == "killed":
            if is_daemons:
                self.ends("kill")
                return
            look.process.is_alive = False
            look.is_over()
            self.past.append(look)
            self.excused.add(look.name)
            return
        offline = replace(run(look.name), status=RunStatus.FAILED, pages_seen=0, images_seen=0, errors=(OFFLINE,))
        row = self.store.visits.get("default", look.name)
        long_due = row is not None and self.time.wall() - row.at > timedelta(seconds=60 + self.time.boot - look.began)
        look.became.set_result({"well": run(look.name), "offline": offline, "fails": None}[ends])
        self.tick()
        if ends == "well":
            self.ended[look.name], self.off[look.name] = look.began, self.time.off
            self.excused.discard(look.name)
        is_unsure = look.name in self.leapt and not is_daemons
        self.leapt.discard(look.name)
        if (
            ends != "well" or long_due or is_unsure
        ):  # a beat that was missed is still one of its rhythm, and the next may be near
            self.excused.add(look.name)

    @rule(seconds=st.sampled_from([1, 30, 60, 300, 1800, 7200]))
    def time_passes(self, seconds: int) -> None:
        until = self.time.boot + seconds
        while self.time.boot < until:
            now = self.time.wall()
            soonest = self.store.visits.soonest(now)
            wait = (soonest - now).total_seconds() + 1 if soonest is not None else 600
            self.time.boot = min(until, self.time.boot + min(wait, 100 if self.looks else 600))
            self.holders_say_so_again()
            self.wakes()

    @rule(far=st.sampled_from([-31_536_000, -90_000, -70, -10, 10, 70, 90_000, 31_536_000]))
    def the_clock_leaps(self, far: int) -> None:
        self.time.off += timedelta(seconds=far)
        self.leapt |= {look.name for look in self.looks}
        if self.daemon is None:
            self.excused |= set(WATCHES)  # how long ago its last look was nobody knows
        else:
            self.wakes()
        self.holders_say_so_again()

    @rule(seconds=st.sampled_from([100, 30_000]))
    def the_machine_sleeps(self, seconds: int) -> None:
        self.time.boot += seconds
        self.time.asleep += seconds
        self.wakes()
        self.holders_say_so_again()

    @rule(name=st.sampled_from(sorted(WATCHES)), schedule=st.sampled_from([Every(600), Every(5400), Adapt(300, 1200)]))
    def another_schedule(self, name: str, schedule: Schedule) -> None:
        self.watches[name] = replace(self.watches[name], schedule=schedule)
        self.excused.add(name)
        self.reads_anew({name})

    @rule(name=st.sampled_from(sorted(WATCHES)))
    def paused_or_resumed(self, name: str) -> None:
        """A pause drops the row, and only what the clock said at the end of the last look tells how long ago that was.
        Where the clock was set since, nobody knows: it is due, rather than silent until the time has caught up."""
        self.watches[name] = replace(self.watches[name], enabled=not self.watches[name].enabled)
        if self.watches[name].enabled and self.was_set_since(name):
            self.excused.add(name)
        self.reads_anew({name})

    # -- what always holds

    @invariant()
    def nobody_looks_beside_another(self) -> None:
        names = [look.name for look in self.looks]
        assert len(names) == len(set(names))

    @invariant()
    def whoever_looks_holds_the_row(self) -> None:
        for look in self.looks:
            row = self.store.visits.get("default", look.name)
            assert row is not None and row.held_by.endswith(f" {look.process.number}")

    # -- how it is done

    def all_is_looked_at_again_and_not_too_often(self) -> None:
        """Once everything goes its way, and the longest interval has passed."""
        for look in list(self.looks):
            if self.daemon is None or look.process is not self.daemon._now.app:
                look.process.is_alive = False
                look.is_over()
                self.past.append(look)
        if self.daemon is None:
            self.starts()
        on = self.on()
        until = max([timedelta(seconds=longest_s(one.schedule)) for one in on.values()], default=SLACK) * 1.1 + SLACK  # type: ignore[arg-type]
        began, made = self.time.boot, dict.fromkeys(on, 0)
        while self.time.boot < began + until.total_seconds():
            self.time_passes(600)
            for look in list(self.looks):
                made[look.name] = made.get(look.name, 0) + 1
                look.became.set_result(run(look.name))
                self.tick()
        for name, one in on.items():
            most = until.total_seconds() / (0.9 * shortest_s(one.schedule)) + 2
            assert 1 <= made[name] <= most, (name, made, until)

    def another(self) -> Process:
        process = Process(len(self.processes), self.time, self.store, self.looks)
        self.processes.append(process)
        return process

    def on(self) -> dict[str, Watch]:
        return {name: one for name, one in self.watches.items() if one.enabled}

    def reads_anew(self, changed: set[str]) -> None:
        if self.daemon is None:
            return
        daemon, before = self.daemon, self.daemon._now.watches
        daemon._now.watches = self.on()
        for name in before.keys() - daemon._now.watches.keys():
            daemon._unschedule(name)
        self.do(lambda: daemon._schedule_watches([name for name in self.on() if before.get(name) != self.on()[name]]))

    def wakes(self) -> None:
        if self.daemon is None:
            return
        daemon, before = self.daemon, len(self.looks)

        async def look() -> None:
            daemon._look_at_clocks()
            await daemon._take_up_due()

        self.loop.run_until_complete(look())
        self.tick()
        for begun in self.looks[before:]:
            self.is_not_too_soon(begun)

    def is_not_too_soon(self, look: Look) -> None:
        last, schedule = self.ended.get(look.name), self.watches[look.name].schedule
        if isinstance(schedule, Adapt) and self.was_set_since(look.name):
            return  # what is remembered of such a place is by the clock on the wall: set either way, it goes sooner
        if last is not None and look.name not in self.excused:
            assert look.began - last >= 0.85 * shortest_s(schedule) - 120

    def was_set_since(self, name: str) -> bool:
        """The clock, since the end of the last look that was kept."""
        return abs(self.time.off - self.off.get(name, self.time.off)) > CLOCK_STEP

    def holders_say_so_again(self) -> None:
        for look in self.looks:
            until = look.process.clock() + VISIT_HELD_FOR
            self.store.visits.hold("default", look.name, look.visit._holder, until)

    def do(self, what: Callable[[], object]) -> None:
        async def in_the_loop() -> None:
            what()

        self.loop.run_until_complete(in_the_loop())
        self.tick()

    def tick(self) -> None:
        async def ticks() -> None:
            for _ in range(8):
                await asyncio.sleep(0)

        self.loop.run_until_complete(ticks())


TestRows = Rows.TestCase
TestRows.settings = how(max_examples=8, stateful_step_count=20, deadline=None)


YEAR = 31_536_000


@pytest.mark.parametrize(
    ("leaps", "is_paused", "looks_again"),
    [
        pytest.param((), True, False, id="paused and resumed"),
        pytest.param((-YEAR, -YEAR), False, False, id="set back twice"),
        pytest.param((YEAR,), False, False, id="set on"),
        pytest.param((-10,), True, False, id="a small step, paused and resumed"),
        pytest.param((-YEAR,), True, True, id="set back, paused and resumed: nobody knows how long ago it was"),
        pytest.param((YEAR,), True, True, id="set on, paused and resumed"),
        pytest.param((-YEAR, YEAR), True, False, id="set back and right again, paused and resumed"),
    ],
)
def test_a_pause_after_a_leap_of_the_clock(leaps: tuple[int, ...], is_paused: bool, looks_again: bool) -> None:
    """Found by the machine above: a look by hand, the clock set back by a year, a pause. One look is made, no more."""
    rows = Rows()
    try:
        rows.by_hand("often")
        rows.starts()
        rows.a_look_ends(0, "well")
        for far in leaps:
            rows.the_clock_leaps(far)
        for _ in range(2 * is_paused):
            rows.paused_or_resumed("often")
        rows.time_passes(60)
        assert [look.name for look in rows.looks].count("often") == looks_again
        if looks_again:
            rows.a_look_ends([look.name for look in rows.looks].index("often"), "well")
            rows.time_passes(300)  # and the next is in its rhythm again
            assert "often" not in [look.name for look in rows.looks]
    finally:
        rows.teardown()


class LongRows(Rows):
    pass


TestLongRows = pytest.mark.long(LongRows.TestCase)
TestLongRows.settings = how(max_examples=200, stateful_step_count=40, deadline=None)
