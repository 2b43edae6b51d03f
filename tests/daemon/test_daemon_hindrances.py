"""What cannot run is told, by one message in a set rhythm, and keeps nobody else's digest, recheck or visit. The real
service, store, watchlists and command line; only the time is handed in."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.app import open_app
from monitor.daemon.service import Service
from monitor.model.alert import Alert, AlertKind, Delivery
from monitor.model.case import Attestation, Authority, Case
from monitor.model.observation import RunStatus
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.pipeline import hindrances
from monitor.ports import Store
from monitor.store.store import open_store
from monitor.tracking.next_look import first_looks
from tests.fakes import FakeClock
from tests.store.store_values import a_sighting
from tests.stores import every_alert

START = datetime(2027, 1, 4, 12, tzinfo=UTC)
GOOD = """
[[watch]]
name = "mine"
kind = "page"
url = "https://forum.example/mine"
every = "1h"

[[watch]]
name = "hers"
kind = "page"
url = "https://forum.example/hers"
every = "1h"
"""


def hers(line: str) -> str:
    return GOOD.replace('name = "hers"', f'name = "hers"\n{line}')


@dataclass
class Machine:
    settings: Settings
    clock: FakeClock = field(default_factory=lambda: FakeClock(START))

    @property
    def lists(self) -> Path:
        return self.settings.watchlist_dir

    def write(self, text: str, name: str = "w.toml") -> None:
        self.lists.mkdir(exist_ok=True)
        (self.lists / name).write_text(text)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Service]:
        service = Service(
            self.settings,
            open_app=lambda settings: open_app(settings, clock=self.clock),
            load_settings=lambda: self.settings,
        )
        await service._begin()
        try:
            yield service
        finally:
            await service._now.closing.aclose()

    async def rounds(self, service: Service, **span: float) -> None:
        """What the daemon does each minute: here every ten, over days four times a day."""
        end = self.clock.now + timedelta(**span)
        while self.clock.now < end:
            self.clock.forward(hours=6 if "days" in span else 1 / 6)
            await service._round("standing", service._tell_standing)
            await service._round("digest", service._queue_digests)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(
        Settings(
            path=None,
            data_dir=tmp_path / "data",
            watchlist_dir=tmp_path / "watchlists",
            database=DatabaseSettings(key=Secret("0f" * 32)),
        )
    )
    store = open_store(made.settings, new=True)
    store.cases.save(Case("default", attestation=Attestation(Authority.SELF, START), created_at=START))
    store.cases.save(Case("bare", created_at=START))
    store.close()
    made.write(GOOD)
    return made


def told(store: Store, kind: AlertKind = AlertKind.STOPPED) -> list[Alert]:
    return [alert for alert in every_alert(store) if alert.kind is kind]


def sent(store: Store) -> None:
    """As if the channel had taken what waits."""
    for alert in store.alerts.open():
        store.alerts.save(replace(alert, delivery=Delivery.SENT))


Break = Callable[[Machine], None]


def entry(line: str) -> Break:
    return lambda machine: machine.write(hers(line))


def whole(text: str) -> Break:
    return lambda machine: machine.write(text)


def folder_renamed(machine: Machine) -> None:
    shutil.rmtree(machine.lists.with_name("lists"), ignore_errors=True)
    machine.lists.rename(machine.lists.with_name("lists"))


def folder_emptied(machine: Machine) -> None:
    (machine.lists / "w.toml").unlink()


HINDRANCES = [
    pytest.param(entry('case = "anna"'), True, id="unknown case, first in the alphabet"),
    pytest.param(entry('case = "zoe"'), True, id="unknown case, last in the alphabet"),
    pytest.param(entry('case = "defualt"'), True, id="a case with a typo"),
    pytest.param(entry('case = "bare"'), True, id="attestation missing"),
    pytest.param(entry('credentials = "nobody"'), False, id="credentials missing"),
    pytest.param(entry('images = { select = "a[" }'), True, id="a selector that is none"),
    pytest.param(whole(GOOD.replace('hers"\nevery', 'hers"\nevry')), False, id="a key with a typo"),
    pytest.param(whole(GOOD + "]"), False, id="no valid TOML"),
    pytest.param(folder_renamed, False, id="the folder renamed"),
    pytest.param(folder_emptied, False, id="the folder emptied"),
]


@pytest.mark.rows(1)
@pytest.mark.parametrize(("harm", "in_force"), HINDRANCES)
async def test_it_is_told_and_the_others_go_on(machine: Machine, harm: Break, in_force: bool) -> None:
    async with machine.running() as service:  # it was right once
        await machine.rounds(service, hours=1)
        assert told(service._now.app.store) == []
    harm(machine)
    async with machine.running() as service:
        store = service._now.app.store
        assert set(service._now.watches) == {"mine", "hers"}, "what cannot be read goes on as it was"
        await machine.rounds(service, hours=2)
        (alert,) = told(store)
        assert (alert.case, alert.count) == ("default", 1)
        if in_force:
            await service._look("hers")
        await machine.rounds(service, days=2)
        assert len(told(store)) == 1
        sent(store)
        await machine.rounds(service, days=6)
        sent(store)
        assert 2 <= len(told(store)) <= 3
        assert "default" in {alert.case for alert in told(store, AlertKind.DIGEST)}
        assert told(store, AlertKind.BLIND) == [], "one message for all that cannot run"
    machine.write(GOOD)
    async with machine.running() as service:
        before = len(told(service._now.app.store))
        await machine.rounds(service, days=8)
        assert len(told(service._now.app.store)) == before
        harm(machine)
    async with machine.running() as service:
        await machine.rounds(service, hours=1)
        assert len(told(service._now.app.store)) == before + 1, "what comes again is told again"


async def test_everything_that_cannot_run_is_one_message(machine: Machine) -> None:
    machine.write(hers('case = "anna"') + GOOD.replace("mine", "other").replace("hers", "fourth") + "]", "x.toml")
    machine.write(hers('case = "anna"').replace('"mine"', '"mine"\ncase = "zoe"'))
    async with machine.running() as service:
        await machine.rounds(service, hours=3)
        (alert,) = told(service._now.app.store)
        assert alert.count == 3


async def test_a_restart_does_not_tell_it_again(machine: Machine) -> None:
    machine.write(hers('case = "anna"'))
    for _ in range(5):
        async with machine.running() as service:
            await machine.rounds(service, hours=1)
            sent(service._now.app.store)
    async with machine.running() as service:
        assert len(told(service._now.app.store)) == 1


async def test_while_no_channel_takes_it_no_second_one_waits(machine: Machine) -> None:
    machine.write(hers('case = "anna"'))
    async with machine.running() as service:
        await machine.rounds(service, days=20)
        assert len(told(service._now.app.store)) == 1


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("delivery", "attempts"),
    [
        pytest.param(Delivery.PARTLY, 1, id="one recipient says later"),
        pytest.param(Delivery.PARTLY, 40, id="for days"),
        pytest.param(Delivery.WAITING, 3, id="tried, and it may have arrived"),
    ],
)
async def test_one_that_was_tried_silences_none_that_follow(
    machine: Machine, delivery: Delivery, attempts: int
) -> None:
    def tried(store: Store) -> None:
        for alert in told(store):
            store.alerts.save(replace(alert, delivery=delivery, attempts=attempts))

    machine.write(hers('case = "anna"'))
    async with machine.running() as service:
        store = service._now.app.store
        await machine.rounds(service, hours=1)
        tried(store)
        machine.write(hers('case = "anna"') + GOOD.replace("mine", "new").replace("hers", "x") + "]", "x.toml")
        await service._reload()
        await machine.rounds(service, hours=2)
        assert [alert.count for alert in told(store)] == [2, 1], "new trouble"
        tried(store)
        await machine.rounds(service, days=4)
        assert len(told(store)) == 3, "and again after three days"


async def test_a_case_that_is_set_up_meanwhile_needs_no_restart(machine: Machine) -> None:
    machine.write(hers('case = "anna"'))
    async with machine.running() as service:
        await machine.rounds(service, hours=1)
        store = service._now.app.store
        sent(store)
        store.cases.save(Case("anna", attestation=Attestation(Authority.SELF, START), created_at=START))
        await machine.rounds(service, days=8)
        assert len(told(store)) == 1
        assert {alert.case for alert in told(store, AlertKind.DIGEST)} == {"default", "anna"}


async def test_no_watch_left_on_purpose_is_told_once_and_the_digest_goes_on(machine: Machine) -> None:
    async with machine.running() as service:
        await machine.rounds(service, minutes=10)
    machine.write("# nothing any more\n")
    async with machine.running() as service:
        store = service._now.app.store
        assert service._now.watches == {}
        for _ in range(10):
            await machine.rounds(service, days=1)
            sent(store)
        assert len(told(store)) == 1
        assert told(store, AlertKind.DIGEST), "which says that nothing is watched"


async def test_switched_off_on_purpose_is_no_alarm(machine: Machine) -> None:
    machine.write(GOOD.replace("every", "enabled = false\nevery").replace('"hers"', '"hers"\ncase = "anna"'))
    async with machine.running() as service:
        await machine.rounds(service, days=5)
        assert told(service._now.app.store) == []


async def test_a_look_that_could_not_be_is_kept_where_its_case_is_known(machine: Machine) -> None:
    machine.write(hers('case = "bare"'))
    async with machine.running() as service:
        await service._look("hers")
        last = service._now.app.store.runs.last("bare", "hers")
        assert last is not None and last.status is RunStatus.FAILED and last.cause is not None


async def test_one_digest_that_fails_keeps_nobody_else_s(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from monitor.daemon import rounds

    real = rounds.queue_digest

    def fails_for_default(store: Store, case: str, **more: object) -> Alert:
        if case == "default":
            raise RuntimeError("of this one")
        return real(store, case, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(rounds, "queue_digest", fails_for_default)
    async with machine.running() as service:
        store = service._now.app.store
        store.cases.save(Case("zoe", attestation=Attestation(Authority.SELF, START), created_at=START))
        machine.write(hers('case = "zoe"'))
        await service._reload()
        with caplog.at_level(logging.CRITICAL):
            await machine.rounds(service, days=8)
        assert {alert.case for alert in told(store, AlertKind.DIGEST)} == {"zoe"}


async def test_rechecks_survive_one_case(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    async with machine.running() as service:
        app = service._now.app

        async def dependencies(case: str) -> object:
            asked.append(case)
            raise RuntimeError(f"of {case}")

        monkeypatch.setattr(app, "dependencies", dependencies)
        for name in ("anna", "default", "zoe"):
            app.store.cases.save(Case(name, attestation=Attestation(Authority.SELF, START), created_at=START))
            sighting = a_sighting(case=name, reference=name)
            app.store.sightings.save(sighting)
            app.store.rechecks.save(sighting.case, first_looks(sighting, START))
        await app.recheck([*service._now.watches.values()])
        assert sorted(asked) == ["anna", "default", "zoe"]


async def test_a_machine_without_any_case_is_no_end_of_the_round(machine: Machine) -> None:
    shutil.rmtree(machine.settings.data_dir)
    open_store(machine.settings, new=True).close()
    async with machine.running() as service:
        await machine.rounds(service, hours=1)
        assert every_alert(service._now.app.store) == []
        assert hindrances.hindered_by_cases(service._now.watches.values(), service._now.app.store)


async def test_a_case_that_a_reload_brought_gets_its_digest(machine: Machine) -> None:
    async with machine.running() as service:
        store = service._now.app.store
        store.cases.save(Case("zoe", attestation=Attestation(Authority.SELF, START), created_at=START))
        machine.write(hers('case = "zoe"'))
        await service._reload()
        await machine.rounds(service, days=8)
        assert {alert.case for alert in told(store, AlertKind.DIGEST)} == {"default", "zoe"}
