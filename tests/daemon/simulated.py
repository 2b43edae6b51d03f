"""The real service and the real scheduler on time that passes as fast as it can be worked through: an event loop whose
clock leaps to whatever comes next, and clocks on the wall and since boot that a test may move."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest
from apscheduler.schedulers import base

from monitor import memory
from monitor.alerts.outbox import Sending
from monitor.daemon import rounds, schedule, timekeeping
from monitor.daemon.notify import Notifier
from monitor.daemon.service import Service
from monitor.daemon.timekeeping import Reading
from monitor.model.alert import AlertKind
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.pipeline.runs import save_run
from monitor.pipeline.visiting import visiting
from monitor.store.store import SqlStore
from monitor.tracking import falls
from monitor.watchlist import WatchlistLoad
from tests.alerts.alert_helpers import run
from tests.alerts.alert_helpers import settings as make_settings
from tests.stores import a_store


class Loop(asyncio.SelectorEventLoop):
    """Nothing is waited for: when nothing is ready, it is as late as what comes next."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self._in_threads = 0
        self._clock_resolution = 1e-6  # after 194 days a float has no nanoseconds left, and nothing would be due

    def time(self) -> float:
        return self.now

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """What works in a thread takes no time here: else the story would be over before it is done."""
        self._in_threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._out_of_thread)
        return future

    def _out_of_thread(self, future: object) -> None:
        self._in_threads -= 1

    def _run_once(self) -> None:
        if not self._ready and self._scheduled and not self._in_threads:  # type: ignore[attr-defined]
            self.now = max(self.now, self._scheduled[0]._when)  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


@dataclass
class World:
    """wall = begin + what passed + off; what passed = what the loop saw + slept."""

    begin: datetime
    loop: Loop
    off: timedelta = timedelta(0)
    slept: float = 0.0
    visits: dict[str, list[tuple[datetime, float]]] = field(default_factory=lambda: defaultdict(list))
    ends: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # of visits, since boot
    rounds: list[float] = field(default_factory=list)
    takes: Callable[[str], float] = lambda name: 0.0
    store: SqlStore = field(default_factory=a_store)

    @property
    def boot(self) -> float:
        return self.loop.now + self.slept

    def wall(self) -> datetime:
        return self.begin + timedelta(seconds=self.boot - 1000) + self.off

    def read(self) -> Reading:
        return Reading(self.wall(), self.boot, self.loop.now)

    # -- as the service sees an app

    settings: Settings = field(default_factory=lambda: make_settings("json://127.0.0.1/x"))

    def clock(self) -> datetime:
        return self.wall().replace(microsecond=0)

    async def run_watch(self, watch: Watch, *, again: bool = False) -> Run:
        async with visiting(watch, self.settings, self.store, self.clock) as visit:
            self.visits[watch.name].append((self.wall(), self.boot))
            took = self.takes(watch.name)
            if took:
                await asyncio.sleep(took)
            self.ends[watch.name].append(self.boot)
            report = run(watch.name, at=self.clock())
            save_run(report, watch, self.store, visit=visit)
        return report

    async def take_captures(self, watches: Sequence[Watch]) -> object:
        return None

    async def recheck(self, watches: Sequence[Watch]) -> object:
        return None

    async def ask_desks(self) -> None: ...

    async def ask_registries(self) -> None: ...
    async def network_state(self) -> str:
        return ""

    async def look_after_channels(self) -> None: ...
    async def stamp_heads(self) -> None: ...

    async def ping(self, *, well: bool, starts: bool = False) -> None: ...

    def draft_next(self) -> int:
        return 0

    def back_up(self, should_stop: object) -> object | None:
        return None

    def keep_house(self) -> object:
        return None

    async def send_alerts(self, *, urgent: bool) -> Sending:
        self.rounds.append(self.boot)
        return Sending()

    async def flush_alerts(self) -> Sending:
        return Sending()

    async def tell_at_once(self, kind: AlertKind, about: str = "") -> bool:
        return True


def simulate(
    begin: datetime,
    zone: str,
    watches: Sequence[Watch],
    story: Callable[[World], Coroutine[Any, Any, None]],
    *,
    look_every_s: float = 5.0,
    rounds_every_s: int | None = None,
    prepare: Callable[[World], None] = lambda world: None,
) -> World:
    """The service runs until the story is over, which begins when it is ready: the first looks may be behind it by
    then. rounds_every_s: no round comes oftener (that of wishes would: 3 s). prepare: before the service begins."""
    loop = Loop()
    world = World(begin, loop)
    world.settings = make_settings("json://127.0.0.1/x")
    object.__setattr__(world.settings.digest, "timezone", zone)

    @contextlib.asynccontextmanager
    async def open_app(settings: Settings) -> AsyncIterator[World]:
        yield world

    class Starting(Notifier):
        def __init__(self) -> None:
            super().__init__({})
            self.is_ready = asyncio.Event()

        def ready(self) -> None:
            self.is_ready.set()

    async def play() -> None:
        notifier = Starting()
        service = Service(
            world.settings,
            open_app=open_app,  # type: ignore[arg-type]
            load_settings=lambda: world.settings,
            load_watches=lambda _: WatchlistLoad(tuple(watches), ()),
            notifier=notifier,
            read_clocks=world.read,
        )
        running = asyncio.create_task(service.run())
        # Not before: what a start does beside the loop would be overtaken by a story that only waits.
        await asyncio.wait({running, asyncio.create_task(notifier.is_ready.wait())}, return_when="FIRST_COMPLETED")
        await story(world)
        service._signals.put_nowait(signal.SIGTERM)
        await running

    with _moved_clock(world), pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        world.settings = replace(world.settings, data_dir=Path(folder))
        patch.setattr(timekeeping, "LOOK_EVERY_S", look_every_s)
        patch.setattr(memory, "give_back", lambda: None)
        patch.setattr(memory, "let_go_of_files", lambda: None)
        patch.setattr(falls, "_ALL", WeakSet())  # what fell in a world is no part of the next test's
        prepare(world)
        if rounds_every_s is not None:
            for name, every_s in list(vars(rounds).items()):
                if name.endswith("_EVERY_S"):
                    patch.setattr(rounds, name, max(every_s, rounds_every_s))
            patch.setattr(schedule, "VISITS_EVERY_S", rounds_every_s)  # rows wake by themselves
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(play())
        fallen = [(one.name, one.state.falls, one.state.why) for one in falls._ALL if one.state.falls]
        assert not fallen, "a round that fails would make what is said of it hollow"
    return world


@contextlib.contextmanager
def _moved_clock(world: World) -> Iterator[None]:
    """APScheduler asks `datetime.now` in one place."""

    class Now(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return world.wall().astimezone(tz or UTC)

    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "datetime", Now)
        try:
            yield
        finally:
            logging.disable(before)
