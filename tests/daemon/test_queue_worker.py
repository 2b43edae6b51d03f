"""`worker` as a service in this process: it takes jobs until it is told to end, and says why it takes none."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from monitor.daemon.notify import Notifier
from monitor.daemon.queue import JobKind, QueueJob
from monitor.daemon.queue.doing import WorkerApp
from monitor.daemon.queue.working import WorkingForQueue
from monitor.errors import ConfigError, NewerStore, QueueMisfit, StoreAway, UsageError
from monitor.model.settings import MonitoringSettings, Settings
from tests.alerts.alert_helpers import settings as make_settings
from tests.daemon.test_daemon_service import NotingApp
from tests.patience import WITHIN_S
from tests.stores import a_store

Do = Callable[[QueueJob, int], Awaitable[None]]


@dataclass
class Bell:
    """A queue of which each stage is seen."""

    fails: Exception | None = None
    makes: int = 0
    do: Do | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def made(self, settings: Settings, do: Do) -> Bell:
        self.makes += 1
        self.do = do
        self.stopped.clear()
        return self

    async def run(self) -> None:
        self.begun.set()
        if self.fails is not None:
            raise self.fails
        await self.stopped.wait()

    def stop(self) -> None:
        self.stopped.set()

    async def again(self) -> None:
        await asyncio.wait_for(self.begun.wait(), WITHIN_S)
        self.begun.clear()


class Stage:
    def __init__(self) -> None:
        self.app = NotingApp(make_settings("json://127.0.0.1/x"), a_store())
        self.bell, self.opened, self.refused = Bell(), list[Settings](), False
        self.worker = WorkingForQueue(
            self.app.settings,
            open_app=self.open,
            load_settings=self.load,
            take_from=self.bell.made,
            notifier=Notifier({}),
        )

    @asynccontextmanager
    async def open(self, settings: Settings) -> AsyncIterator[WorkerApp]:
        self.opened.append(settings)
        yield self.app  # type: ignore[misc]

    def load(self) -> Settings:
        if self.refused:
            raise ConfigError("it is wrong", remedy="Mend it.")
        return replace(self.app.settings, data_dir=Path("/other"))


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_takes_work_until_it_is_told_to_end(stage: Stage, number: signal.Signals) -> None:
    running = asyncio.create_task(stage.worker.run())
    await stage.bell.again()
    os.kill(os.getpid(), number)
    await asyncio.wait_for(running, WITHIN_S)
    assert stage.bell.stopped.is_set() and len(stage.opened) == 1


async def test_it_reads_its_configuration_anew_and_goes_on(stage: Stage) -> None:
    running = asyncio.create_task(stage.worker.run())
    await stage.bell.again()
    os.kill(os.getpid(), signal.SIGHUP)
    await stage.bell.again()
    assert [settings.data_dir for settings in stage.opened][1:] == [Path("/other")]
    stage.refused = True
    os.kill(os.getpid(), signal.SIGHUP)
    await stage.bell.again()
    assert stage.opened[-1] == stage.opened[-2], "the old one goes on"
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, WITHIN_S)


async def test_it_tells_its_counts_at_a_door_of_its_own_where_that_is_switched_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.app.settings = replace(stage.app.settings, monitoring=MonitoringSettings(metrics=True, metrics_port=9501))
    running = asyncio.create_task(stage.worker.run())
    await stage.bell.again()
    (door,) = stage.app.doors
    assert door.port == 9501
    told = door.counts().splitlines()
    assert {"monitor_well 1", "monitor_ready 1", "monitor_visits_due 0"} <= {*told}

    def is_away(now: object) -> None:
        raise StoreAway("the database does not answer", remedy="Look at it.")

    monkeypatch.setattr(stage.app.store.installation, "standing", is_away)
    assert "monitor_ready 0" in door.counts().splitlines()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, WITHIN_S)
    assert door.port == 0


async def test_a_queue_of_another_version_ends_it_with_what_to_do(stage: Stage) -> None:
    stage.bell.fails = QueueMisfit("it is of another version", remedy="reupload-monitor database prepare")
    with pytest.raises(QueueMisfit):
        await asyncio.wait_for(stage.worker.run(), WITHIN_S)


async def test_the_older_of_two_versions_takes_no_more_and_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def newer(*_: object) -> None:
        raise NewerStore("a newer version has upgraded the store", remedy="Start it again.")

    running = asyncio.create_task(stage.worker.run())
    await stage.bell.again()
    monkeypatch.setattr(stage.app.store.visits, "claim_group", newer)
    assert stage.bell.do is not None
    await stage.bell.do(QueueJob(JobKind.VISIT, "g"), 1)
    with pytest.raises(NewerStore):
        await asyncio.wait_for(running, WITHIN_S)
    assert stage.bell.stopped.is_set()


async def test_without_work_the_older_of_two_versions_notices_it_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def newer(*_: object) -> None:
        raise NewerStore("a newer version has upgraded the store", remedy="Start it again.")

    monkeypatch.setattr("monitor.daemon.queue.working.WORKER_RESTS_EVERY_S", 0.05)
    running = asyncio.create_task(stage.worker.run())
    await stage.bell.again()
    monkeypatch.setattr(stage.app.store.machine, "alive", newer)
    with pytest.raises(NewerStore):
        await asyncio.wait_for(running, WITHIN_S)


def test_without_a_queue_there_is_no_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.cli import daemon, opening

    monkeypatch.setattr(opening, "settings", lambda: make_settings("json://127.0.0.1/x"))
    with pytest.raises(UsageError, match="no queue is set") as told:
        daemon.worker()
    assert "reupload-monitor run" in told.value.remedy
