"""The service in this process: a real scheduler and real signals, an app that only notes what it is asked."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.alerts.outbox import Sending
from monitor.daemon import ending, owed, schedule, timekeeping
from monitor.daemon import service as module
from monitor.daemon.notify import Notifier
from monitor.daemon.service import Service
from monitor.errors import ConfigError, NewerStore, PingFailed, StoreError, WorkFailed
from monitor.model.observation import Observation, RunStatus
from monitor.model.run import Run
from monitor.model.settings import Settings
from monitor.model.visit import DueVisit, VisitReason
from monitor.model.watch import Cron, Every, Kind, Watch
from monitor.outbound import own_network
from monitor.pipeline.visiting import visiting
from monitor.ports.facts import Watching
from monitor.store.store import SqlStore
from monitor.tracking.due import at_start
from monitor.watchlist import WatchlistLoad
from tests.alerts.alert_helpers import Clock, run
from tests.alerts.alert_helpers import settings as make_settings
from tests.patience import WITHIN_S
from tests.stores import a_store, every_alert


def watch(name: str, **changes: object) -> Watch:
    made = Watch(name=name, kind=Kind.PAGE, schedule=Every(3600), origin=Path("/w/forum.toml"))
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class FakeDoor:
    """port: 0 while it is shut."""

    port: int = 0
    counts: Callable[[], str] = str
    is_taken: bool = False

    async def open(self, port: int, counts: Callable[[], str]) -> int:
        if self.is_taken:
            raise OSError(98, "Address already in use")
        self.port, self.counts = port, counts
        return port

    async def aclose(self) -> None:
        self.port = 0


@dataclass
class NotingApp:
    settings: Settings
    store: SqlStore
    clock: Clock = field(default_factory=lambda: Clock(datetime.now(UTC)))
    visited: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    houses_kept: int = 0
    rechecked: int = 0
    finished: list[str] = field(default_factory=list)
    hold: asyncio.Event | None = None
    fails: Exception | None = None
    offline: bool = False
    flushed: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    doors: list[FakeDoor] = field(default_factory=list)
    sending: Sending = field(default_factory=Sending)

    async def run_watch(self, watch: Watch, *, again: bool = False) -> Run:
        async with visiting(watch, self.settings, self.store, self.clock) as visit:
            self.visited.put_nowait(watch.name)
            done = run(watch.name)
            if self.offline:
                error = Observation("", "offline", "this machine had no network", "Connect it.")
                done = replace(done, status=RunStatus.FAILED, pages_seen=0, images_seen=0, errors=(error,))
            elif self.fails:
                raise self.fails
            elif self.hold:
                await self.hold.wait()
            visit.settle(done)
        if not self.offline:
            self.finished.append(watch.name)
        return done

    async def network_state(self) -> str:
        return own_network.state()

    async def take_captures(self, watches: Sequence[Watch], *, only: object = None) -> object:
        return None

    async def check_again(self, sighting: str, watches: Sequence[Watch], *, case: str) -> object:
        return None

    async def try_channels(self, case: str | None = None) -> Sequence[object]:
        return ()

    def counts_door(self) -> FakeDoor:
        self.doors.append(FakeDoor())
        return self.doors[-1]

    async def recheck(self, watches: Sequence[Watch]) -> object:
        self.rechecked += 1
        return None

    async def ask_desks(self) -> None: ...

    async def ask_registries(self) -> None: ...
    async def look_after_channels(self) -> None: ...
    async def stamp_heads(self) -> None: ...

    async def ping(self, *, well: bool, starts: bool = False) -> None: ...

    def draft_next(self) -> int:
        return 0

    def back_up(self, should_stop: object) -> object | None:
        return None

    def keep_house(self) -> object:
        self.houses_kept += 1
        return self.houses_kept

    async def send_alerts(self, *, urgent: bool | None = None) -> Sending:
        return self.sending

    async def flush_alerts(self) -> Sending:
        self.flushed += 1
        return self.sending


@pytest.fixture(autouse=True)
def _no_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service runs in this process: on a busy machine its last resort would end pytest, without a word of why."""
    monkeypatch.setattr(ending, "TAKEN_WITHIN_S", 10 * WITHIN_S)
    monkeypatch.setattr(ending, "ENDED_WITHIN_S", 10 * WITHIN_S)


def row_of(stage: Stage) -> DueVisit:
    row = stage.store.visits.get("default", "a")
    assert row is not None
    return row


class Stage:
    """A service with everything around it held in the hand."""

    def __init__(self, *watches: Watch) -> None:
        self.settings = make_settings("json://127.0.0.1/x")
        self.load = WatchlistLoad(watches, ())
        self.apps: list[NotingApp] = []
        self.prepare: Callable[[NotingApp], None] = lambda app: None
        self.store = a_store()
        self.told: asyncio.Queue[str] = asyncio.Queue()
        self.service = Service(
            self.settings,
            open_app=self.open_app,  # type: ignore[arg-type]
            load_settings=lambda: self.settings,
            load_watches=lambda _: self.load,
            notifier=self.notifier(),
        )

    def notifier(self) -> Notifier:
        stage = self

        class Telling(Notifier):
            def _send(self, text: str) -> None:
                stage.told.put_nowait(text.partition("=")[0])

        return Telling({})

    @contextlib.asynccontextmanager
    async def open_app(self, settings: Settings) -> AsyncIterator[NotingApp]:
        app = NotingApp(settings, self.store)
        self.prepare(app)
        self.apps.append(app)
        try:
            yield app
        finally:
            app.closed.set()

    async def until(self, word: str) -> None:
        while await asyncio.wait_for(self.told.get(), WITHIN_S) != word:
            pass

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.service.run())
        ready = asyncio.create_task(self.until("READY"))
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await task
        try:
            yield task
        finally:
            if not task.done():
                os.kill(os.getpid(), signal.SIGTERM)
                await asyncio.wait_for(task, WITHIN_S)

    async def visited(self, generation: int = 0) -> str:
        return await asyncio.wait_for(self.apps[generation].visited.get(), WITHIN_S)


async def test_what_is_due_is_visited_and_a_stop_is_orderly() -> None:
    stage = Stage(watch("a"), watch("off", enabled=False))
    async with stage.running() as task:
        assert await stage.visited() == "a"
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, WITHIN_S)
    (app,) = stage.apps
    assert app.finished == ["a"] and app.flushed == 1 and app.closed.is_set()
    assert stage.told.get_nowait() == "STOPPING"


async def test_a_stop_finishes_the_work_in_hand() -> None:
    stage, hold = Stage(watch("a")), asyncio.Event()
    stage.prepare = lambda app: setattr(app, "hold", hold)
    async with stage.running() as task:
        await stage.visited()
        os.kill(os.getpid(), signal.SIGTERM)
        await stage.until("STOPPING")
        assert not task.done()
        hold.set()
        await asyncio.wait_for(task, WITHIN_S)
    assert stage.apps[0].finished == ["a"] and stage.apps[0].closed.is_set()


@pytest.mark.parametrize("how", ["a second signal", "the time is up"])
async def test_a_stop_does_not_wait_for_ever(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "the time is up":
        monkeypatch.setattr(module, "STOP_WITHIN_S", 0.05)
    stage = Stage(watch("a"))
    stage.prepare = lambda app: setattr(app, "hold", asyncio.Event())
    async with stage.running() as task:
        await stage.visited()
        os.kill(os.getpid(), signal.SIGTERM)
        await stage.until("STOPPING")
        if how == "a second signal":
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, WITHIN_S)
    assert stage.apps[0].finished == [] and stage.apps[0].closed.is_set()


async def test_a_reload_while_stopping_cuts_nothing_off() -> None:
    stage, hold = Stage(watch("a")), asyncio.Event()
    stage.prepare = lambda app: setattr(app, "hold", hold)
    async with stage.running() as task:
        await stage.visited()
        os.kill(os.getpid(), signal.SIGTERM)
        await stage.until("STOPPING")
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0)
        done, _ = await asyncio.wait({task}, timeout=0.2)
        assert not done
        hold.set()
        await asyncio.wait_for(task, WITHIN_S)
    assert stage.apps[0].finished == ["a"]


HANGING = """
import asyncio, signal
from monitor.daemon import ending
from monitor.daemon import ending
async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, print, "taken")
    ending.TAKEN_WITHIN_S = 0.2
    ending.LastResort(lambda: False).watch(signal.SIGTERM)
    print("hangs", flush=True)
    while True:
        pass
asyncio.run(main())
"""


async def test_a_loop_that_hangs_is_ended_all_the_same() -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HANGING),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"hangs\n"
    child.terminate()
    _, said = await asyncio.wait_for(child.communicate(), WITHIN_S)
    assert child.returncode == 1 and b"hangs" in said


@pytest.mark.rows(1)
@pytest.mark.parametrize("gap", [timedelta(0), timedelta(milliseconds=50)])
async def test_what_the_network_kept_from_being_looked_at_is_tried_again_soon(
    gap: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Due at once, too: before the scheduler has been told that the visit before has ended."""
    monkeypatch.setattr(timekeeping, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(schedule, "VISITS_EVERY_S", 0.05)
    monkeypatch.setattr(owed, "FIRST_GAP", gap)
    stage = Stage(watch("a", schedule=Every(86400)))
    stage.prepare = lambda app: setattr(app, "offline", True)
    async with stage.running():
        for _ in range(3):
            assert await stage.visited() == "a"
        stage.apps[0].offline = False
        while not stage.apps[0].finished or stage.service._owed.names:
            await asyncio.sleep(0)
        assert row_of(stage).at > datetime.now(UTC) + timedelta(hours=23)


async def test_what_is_owed_is_looked_at_at_once_when_the_network_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeping, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(schedule, "VISITS_EVERY_S", 0.05)
    states = ["no address"]
    monkeypatch.setattr("monitor.outbound.own_network.state", lambda: states[-1])
    stage = Stage(watch("a", schedule=Every(86400)), watch("b", schedule=Every(3600)))
    stage.prepare = lambda app: setattr(app, "offline", True)
    async with stage.running():
        assert await stage.visited() == "a"
        while not stage.service._owed.names:
            await asyncio.sleep(0)
        stage.apps[0].offline = False
        states.append("an address")
        assert await stage.visited() == "a"  # a quarter of a minute too early for its next try
        while not stage.apps[0].finished:
            await asyncio.sleep(0)


@pytest.mark.parametrize("days", [0, 1, 400])
async def test_a_cron_watch_that_never_ran_is_overdue_since_it_is_known(days: int) -> None:
    made = watch("a", schedule=Cron("* * * * *" if days else "0 0 29 2 */7"))
    stage = Stage(made)
    if days:
        stage.store.visits.plan(at_start(None, made, None, datetime.now(UTC) - timedelta(days=days), UTC))
    async with stage.running():
        if days:
            assert await stage.visited() == "a"
        else:
            assert row_of(stage).at > datetime.now(UTC) and stage.apps[0].visited.empty()


async def test_a_schedule_that_changes_during_a_look_holds_for_the_next_one() -> None:
    stage, hold = Stage(watch("a", schedule=Every(604_800))), asyncio.Event()
    stage.prepare = lambda app: setattr(app, "hold", hold)
    async with stage.running():
        await stage.visited()
        stage.load = WatchlistLoad((watch("a", schedule=Every(600)),), ())
        await stage.service._reload()
        hold.set()
        while stage.service._visiting:
            await asyncio.sleep(0)
        assert row_of(stage).rhythm == "every 600" and row_of(stage).at < datetime.now(UTC) + timedelta(hours=1)


async def test_no_run_of_a_watch_beside_itself() -> None:
    stage, hold = Stage(watch("a")), asyncio.Event()
    stage.prepare = lambda app: setattr(app, "hold", hold)
    async with stage.running():
        await stage.visited()
        await stage.service._look("a")  # what the scheduler would do
        assert stage.apps[0].visited.empty()
        hold.set()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(
            WorkFailed("jane was down", remedy="Wait."),
            "watch could not be looked at: `watch check` or `status` says why",
            id="known",
        ),
        pytest.param(RuntimeError("of forum-jane"), "watch ended by a fault of the program", id="unknown"),
    ],
)
async def test_a_failing_watch_ends_nothing(fault: Exception, said: str, caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage(watch("jane-doe"))
    stage.prepare = lambda app: setattr(app, "fails", fault)
    with caplog.at_level(logging.INFO):
        async with stage.running() as task:
            await stage.visited()
            assert not task.done()
    assert said in caplog.messages and "jane" not in " ".join(caplog.messages)
    last = stage.store.runs.last("default", "jane-doe")
    assert last is not None and last.status is RunStatus.FAILED  # status and digest tell of it


@pytest.mark.rows(1)
@pytest.mark.parametrize("met_by", ["a visit", "a round", "a reload"])
async def test_a_store_that_a_newer_version_upgraded_ends_the_work(
    met_by: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In order and said once: what systemd starts then is the version that is installed now."""
    newer = NewerStore("a newer version has upgraded the store", remedy="Start it again.")
    stage = Stage(watch("a"), watch("b"), watch("c"))

    async def refused(*, urgent: bool | None = None) -> Sending:
        raise newer

    def prepare(app: NotingApp) -> None:
        if met_by == "a visit":
            app.fails = newer
        if met_by == "a round":
            app.send_alerts = refused  # type: ignore[method-assign]
        if met_by == "a reload" and len(stage.apps) > 0:
            raise newer

    stage.prepare = prepare
    with pytest.raises(NewerStore):
        async with stage.running() as task:
            if met_by == "a reload":
                stage.settings = replace(stage.settings, alerts=replace(stage.settings.alerts, product_name="Other"))
                os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.wait_for(task, WITHIN_S)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == [
        "a newer version has upgraded the store: this one ends"
    ]
    assert stage.apps[0].closed.is_set()
    assert stage.store.runs.last("default", "a") is None, "nothing is noted in a store that is not ours any more"


@pytest.mark.long
async def test_a_reload_takes_new_watches_and_drops_removed_ones() -> None:
    stage = Stage(watch("a"), watch("b", schedule=Every(60)))
    async with stage.running():
        assert await stage.visited() == "a"
        stage.load = WatchlistLoad((watch("a"), watch("c")), ())
        os.kill(os.getpid(), signal.SIGHUP)
        await stage.until("RELOADING")
        await stage.until("READY")
        assert (
            await stage.visited() == "c"
        )  # `a` is unchanged and keeps its rhythm; `b` was spread to later and is gone
        assert list(stage.service._now.watches) == ["a", "c"] and len(stage.apps) == 1
        assert [row.watch for row in stage.store.visits.all()] == ["a", "c"]


async def test_a_bad_configuration_keeps_the_old_one(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage(watch("a"))

    def bad() -> Settings:
        raise ConfigError("config.toml:3: [crawl] is wrong", remedy="Write it so.")

    stage.service._load_settings = bad
    async with stage.running():
        os.kill(os.getpid(), signal.SIGHUP)
        await stage.until("RELOADING")
        await stage.until("READY")
        assert await stage.visited() == "a" and len(stage.apps) == 1
    refused = [one.message for one in caplog.records if one.levelno == logging.ERROR]
    assert sum("not taken over" in said for said in refused) == 1
    assert not any("config.toml" in said for said in caplog.messages)


async def test_another_store_needs_a_restart(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage(watch("a"))
    async with stage.running():
        stage.settings = replace(stage.settings, data_dir=Path("/elsewhere"))
        os.kill(os.getpid(), signal.SIGHUP)
        await stage.until("RELOADING")
        await stage.until("READY")
        assert len(stage.apps) == 1
    assert any("another store takes a restart" in said for said in caplog.messages)


@pytest.mark.long
async def test_new_settings_open_beside_the_old_which_finish_their_work() -> None:
    stage, hold = Stage(watch("a")), asyncio.Event()
    stage.prepare = lambda app: setattr(app, "hold", hold if not stage.apps else None)
    async with stage.running():
        await stage.visited(0)
        stage.settings = make_settings("json://127.0.0.1/other")
        stage.load = WatchlistLoad((watch("a"), watch("b")), ())
        os.kill(os.getpid(), signal.SIGHUP)
        await stage.until("RELOADING")
        await stage.until("READY")
        old, new = stage.apps
        assert await stage.visited(1) == "b"
        await stage.service._look("a")
        assert new.visited.empty() and not old.closed.is_set()  # the old one still looks at it
        hold.set()
        await asyncio.wait_for(old.closed.wait(), WITHIN_S)
        assert old.finished == ["a"] and not new.closed.is_set()
        await stage.service._look("a")
        assert await stage.visited(1) == "a"
    assert new.closed.is_set()


async def test_a_digest_missed_while_off_goes_out_once() -> None:
    stage = Stage(watch("a"))
    now = datetime.now(UTC)
    stage.store.digests.begin("default", now - timedelta(days=20))
    async with stage.running():
        await stage.service._queue_digests()
        await stage.service._queue_digests()
    (alert,) = every_alert(stage.store)
    assert alert.kind.value == "digest" and stage.store.digests.watching("default") == Watching(("a",), 0)


async def test_the_first_start_is_no_missed_digest() -> None:
    stage = Stage(watch("a"))
    async with stage.running():
        await stage.service._queue_digests()
    assert every_alert(stage.store) == [] and stage.store.digests.last("default")


async def test_the_house_is_kept() -> None:
    stage = Stage(watch("a"))
    async with stage.running():
        await stage.service._keep_house()
    assert stage.apps[0].houses_kept == 1


@pytest.mark.parametrize("urls", [(), ("json://127.0.0.1/x",), ("json://127.0.0.1/x", "json://127.0.0.1/y")])
async def test_trouble_with_alerts_is_said_once(urls: tuple[str, ...], caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage(watch("a"))
    stage.settings = make_settings(*urls)
    stage.service._first = stage.settings
    stage.prepare = lambda app: setattr(app, "sending", Sending(waiting=1, errors=("mail is down",)))
    async with stage.running():
        for _ in range(3):
            await stage.service._send_alerts(urgent=False)
    (told,) = [vars(record) for record in caplog.records if "alerts are not taken" in record.message]
    assert (told["waiting"], told["channels"]) == (1, len(urls))
    assert not any("mail is down" in said for said in caplog.messages)
    assert "alerts wait; they go out at the next start" in caplog.messages


async def test_by_night_a_visit_waits_for_the_night(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(watch("a"))
    stage.settings = replace(stage.settings, crawl=replace(stage.settings.crawl, night=True))
    stage.service._first = stage.settings
    begins = datetime.now(UTC) + timedelta(hours=5)
    monkeypatch.setattr("monitor.daemon.schedule.next_opening", lambda now, zone, crawl: begins)
    async with stage.running():
        while (row := stage.store.visits.get("default", "a")) is None or row.why is not VisitReason.HOURS:
            await asyncio.sleep(0)
        assert begins <= row.at <= begins + timedelta(minutes=30)
        assert stage.apps[0].visited.empty()


@pytest.mark.parametrize("is_open", [True, False])
async def test_rechecks_keep_to_the_hours_too(monkeypatch: pytest.MonkeyPatch, is_open: bool) -> None:
    stage = Stage(watch("a"))
    monkeypatch.setattr("monitor.daemon.schedule.is_open", lambda now, zone, crawl: is_open)
    async with stage.running():
        await stage.service._recheck()
        assert stage.apps[0].rechecked == is_open


async def test_the_ping_says_whether_all_is_well_and_its_own_trouble_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage, told = Stage(watch("a")), list[bool | str]()

    class Pinging(NotingApp):
        async def ping(self, *, well: bool, starts: bool = False) -> None:
            told.append("starts" if starts else well)
            raise PingFailed("it answered with status 404")

    stage.prepare = lambda app: setattr(app, "ping", Pinging.ping.__get__(app))

    async def fail() -> None:
        raise StoreError("the disk is full")

    async with stage.running():
        service = stage.service
        await service._round("ping", service._ping)
        assert told == ["starts"], "that all is well is said when it has worked for a while"
        await service._round("ping", service._ping)
        await service._round("desks", fail)
        await service._round("ping", service._ping)
        await service._round("desks", service._ask_desks)
        await service._round("ping", service._ping)
    assert told == ["starts", True, False, True]  # its own trouble is none of the daemon's
    assert sum("ping_url is not reached" in said for said in caplog.messages) == 1


async def test_a_ping_that_hangs_holds_up_nothing() -> None:
    stage, hangs, over = Stage(watch("a")), asyncio.Event(), asyncio.Event()

    class Hanging(NotingApp):
        async def ping(self, *, well: bool, starts: bool = False) -> None:
            hangs.set()
            await over.wait()

    stage.prepare = lambda app: setattr(app, "ping", Hanging.ping.__get__(app))
    async with stage.running():
        job = stage.service._scheduler.get_job("round:ping")
        assert job is not None
        job.modify(next_run_time=datetime.now(UTC))
        await asyncio.wait_for(hangs.wait(), WITHIN_S)
        job = stage.service._scheduler.get_job("round:digest")
        assert job is not None
        queued = asyncio.Event()

        async def queue() -> None:
            queued.set()

        job.modify(args=("digest", queue), next_run_time=datetime.now(UTC))
        await asyncio.wait_for(queued.wait(), WITHIN_S)
        over.set()
