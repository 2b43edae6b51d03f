"""The daemon notes that it is alive, and tells of the time in which it was not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.alerts.wording import alert_message
from monitor.daemon import ending
from monitor.daemon.stall_note import STALL_FILE, take_stall, write_stall
from monitor.daemon.timekeeping import Clocks, Reading
from monitor.errors import NoWriting
from monitor.model.alert import AlertKind
from monitor.model.progress import Loop, Stall
from monitor.model.standstill import LastAlive, StoodBecause
from tests.daemon.test_daemon_service import Stage, watch
from tests.patience import WITHIN_S
from tests.stores import every_alert

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service runs in this process: its last resort would end pytest."""
    monkeypatch.setattr(ending, "TAKEN_WITHIN_S", 10 * WITHIN_S)
    monkeypatch.setattr(ending, "ENDED_WITHIN_S", 10 * WITHIN_S)


class Hand:
    """The three clocks, in the hand."""

    def __init__(self, stage: Stage) -> None:
        self.wall, self.boot, self.awake = NOW, 100_000.0, 100_000.0
        stage.service._clocks = Clocks(lambda: Reading(self.wall, self.boot, self.awake))
        stage.service._scheduler._monotonic = lambda: self.awake
        stage.service._marks.clock = lambda: self.awake

    def passes(self, span: timedelta, *, asleep: bool = False) -> None:
        self.wall += span
        self.boot += span.total_seconds()
        self.awake += 0 if asleep else span.total_seconds()


async def started(stage: Stage, before: LastAlive | None) -> list[StoodBecause]:
    if before is not None:
        stage.store.machine.note_alive(before)
    async with stage.running():
        pass
    return [one.because for one in stage.store.standstills.since(NOW - timedelta(days=9000))]


def before(ago: timedelta, *, ended: str = "", boot: str = "another start of the machine") -> LastAlive:
    return LastAlive(datetime.now(UTC).replace(microsecond=0) - ago, boot, 5.0, "0", ended)


async def test_a_start_after_the_machine_was_off_for_long_tells_it() -> None:
    stage = Stage(watch("a"))
    assert await started(stage, before(30 * HOUR)) == [StoodBecause.OFF]
    (told,) = [alert for alert in every_alert(stage.store) if alert.kind is AlertKind.STOOD_STILL]
    words = alert_message(told, [], stage.settings.alerts)
    assert "checks stood still, and go on" in words.subject
    assert "what became due meanwhile is looked at now. There is nothing to do." in words.text
    assert "As far as is known: the machine was switched off or had no power." in words.text
    assert await started(Stage(watch("a")), None) == []
    again = await started(stage, None)
    assert again == [StoodBecause.OFF], "not once more"


async def test_a_short_absence_is_noted_and_no_message() -> None:
    stage = Stage(watch("a"))
    assert await started(stage, before(2 * HOUR)) == [StoodBecause.OFF]
    assert [one.kind for one in every_alert(stage.store)] == []


async def test_its_end_in_order_is_noted_with_what_each_loop_did_last() -> None:
    stage = Stage(watch("a"))
    async with stage.running():
        alive = stage.store.machine.alive()
        assert alive is not None and alive.ended == ""
    alive = stage.store.machine.alive()
    assert alive is not None and alive.ended == "stopped"
    assert {Loop.SCHEDULE, Loop.STORE, Loop.VISITS} <= set(alive.did)
    assert all(at <= datetime.now(UTC) for at in alive.did.values())


async def test_what_gets_on_for_the_first_time_is_noted_soon_and_else_every_few_minutes() -> None:
    stage = Stage()
    hand = Hand(stage)
    async with stage.running():
        machine, service = stage.store.machine, stage.service

        async def noted_after(seconds: int) -> bool:
            before = machine.alive()
            hand.passes(timedelta(seconds=seconds))
            await service._note_when_due()
            return machine.alive() != before

        await service._note_alive()
        service._marks.last.pop(Loop.FETCHER, None)
        assert not await noted_after(20)
        service._marks.last[Loop.FETCHER] = hand.awake
        assert await noted_after(20)
        assert [await noted_after(20) for _ in range(15)] == [False] * 14 + [True]
        alive = machine.alive()
    assert alive is not None and Loop.FETCHER in alive.did


@pytest.mark.parametrize(
    ("happens", "because"),
    [
        pytest.param(lambda hand, stage: hand.passes(8 * HOUR, asleep=True), StoodBecause.ASLEEP, id="asleep"),
        pytest.param(
            lambda hand, stage: (hand.passes(8 * HOUR), stage.service._scheduler._process_jobs()),
            StoodBecause.HELD_UP,
            id="held up",
        ),
        pytest.param(lambda hand, stage: setattr(hand, "wall", NOW - 400 * HOUR), None, id="the clock set back"),
        pytest.param(lambda hand, stage: setattr(hand, "wall", NOW + 400 * HOUR), None, id="the clock set forward"),
        pytest.param(lambda hand, stage: hand.passes(HOUR / 10), None, id="nothing"),
    ],
)
async def test_what_it_makes_of_a_gap(happens: Callable[[Hand, Stage], object], because: StoodBecause | None) -> None:
    stage = Stage()
    hand = Hand(stage)
    async with stage.running():
        happens(hand, stage)
        await stage.service._note_alive()
        await stage.service._note_alive()
        found = [one.because for one in stage.store.standstills.since(NOW - 9000 * HOUR)]
    assert found == ([because] if because else [])


async def test_a_time_in_which_nothing_could_be_saved_is_told_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    hand = Hand(stage)
    async with stage.running():
        hand.passes(HOUR / 20)
        with monkeypatch.context() as patch:
            patch.setattr(stage.store._db, "reading", NoWriting("full", is_full=True))
            with pytest.raises(NoWriting):
                await stage.service._note_alive()
        hand.passes(5 * HOUR)
        await stage.service._note_alive()
        (stood,) = stage.store.standstills.since(NOW - HOUR)
    assert stood.because is StoodBecause.NO_ROOM and stood.until - stood.since >= 5 * HOUR


async def test_what_hung_is_named_by_the_next_start(tmp_path: Path) -> None:
    stage = Stage(watch("a"))
    stage.settings = replace(stage.settings, data_dir=tmp_path)
    stage.service._first = stage.settings
    boot = stage.service._boot
    async with stage.running():
        stage.service.stands_still(Stall(Loop.STORE, "write", stage.service._marks.clock()), "")
        assert (tmp_path / STALL_FILE).stat().st_mode & 0o777 == 0o600
        alive = stage.store.machine.alive()
    assert alive is not None
    stage.store.machine.note_alive(replace(alive, ended="", at=alive.at - 2 * HOUR, up_s=alive.up_s - 7200))
    write_stall(tmp_path, Loop.STORE, boot)
    again = Stage(watch("a"))
    again.store, again.settings = stage.store, stage.settings
    again.service._first = stage.settings
    async with again.running():
        pass
    found = list(stage.store.standstills.since(datetime.now(UTC) - 3 * HOUR))
    assert [(one.because, one.loop) for one in found] == [(StoodBecause.HUNG, Loop.STORE)]
    assert not (tmp_path / STALL_FILE).exists()


async def test_a_store_that_stands_still_is_told_past_it_once_a_day_over_restarts_too(tmp_path: Path) -> None:
    told = list[str]()

    async def tell(kind: AlertKind, about: str = "") -> bool:
        told.append(f"{kind} {about}")
        return True

    for times in (1, 0):  # the second is started anew while it still stands
        stage = Stage()
        stage.settings = replace(stage.settings, data_dir=tmp_path)
        stage.service._first = stage.settings
        stage.prepare = lambda app: setattr(app, "tell_at_once", tell)
        async with stage.running():
            told.clear()
            for loop in (Loop.OUTBOX, Loop.STORE, Loop.STORE):
                stage.service.stands_still(Stall(loop, "write", stage.service._marks.clock()), "")
                await asyncio.sleep(0)
                if stage.service._telling is not None:
                    await stage.service._telling
            assert told == ["no_room held"] * times


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"loop": "store"}', b'{"loop": "nothing of ours", "boot": "b"}', b"\xff" * 5000, b"1"],
)
def test_what_is_no_note_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / STALL_FILE).write_bytes(content)
    assert take_stall(tmp_path, "b") is None
    assert os.listdir(tmp_path) == []


def test_a_note_of_another_start_of_the_machine_says_nothing(tmp_path: Path) -> None:
    write_stall(tmp_path, Loop.OUTBOX, "b")
    assert take_stall(tmp_path, "c") is None
    write_stall(tmp_path, Loop.OUTBOX, "b")
    assert take_stall(tmp_path, "b") is Loop.OUTBOX
