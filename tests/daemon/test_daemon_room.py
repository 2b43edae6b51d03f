"""A disk that fills up under the daemon: told past the outbox, once a day while it lasts."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from monitor.alerts.outbox import new_alert
from monitor.alerts.wording import alert_message
from monitor.daemon.room import NO_ROOM_TOLD_EVERY, Room, RoomToTell, room_of
from monitor.daemon.service import Service
from monitor.errors import DamagedStore, DiskFailing, NoWriting, StoreError
from monitor.model.alert import AlertKind
from monitor.model.limits import EVIDENCE_STOPS_BELOW, LEAST_FREE_BYTES
from monitor.services import damage
from monitor.services.alerts import tell_at_once
from tests.alerts.alert_helpers import endpoint
from tests.alerts.alert_helpers import settings as make_settings
from tests.daemon.test_daemon_service import Stage

START = datetime(2027, 1, 4, 12, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


FULL, READ_ONLY = NoWriting("the disk is full", is_full=True), NoWriting("mounted for reading", is_full=False)


@pytest.mark.parametrize(
    ("free", "refused", "has_reserve", "room"),
    [
        pytest.param(LEAST_FREE_BYTES, None, True, Room.ENOUGH, id="enough"),
        pytest.param(LEAST_FREE_BYTES - 1, None, True, Room.LITTLE, id="little"),
        pytest.param(EVIDENCE_STOPS_BELOW, None, True, Room.LITTLE, id="as much as evidence needs"),
        pytest.param(EVIDENCE_STOPS_BELOW - 1, None, True, Room.NONE, id="none"),
        pytest.param(LEAST_FREE_BYTES, FULL, True, Room.NONE, id="a quota"),
        pytest.param(LEAST_FREE_BYTES - 1, None, False, Room.NONE, id="the reserve is given away"),
        pytest.param(LEAST_FREE_BYTES, READ_ONLY, True, Room.REFUSED, id="a folder that refuses"),
        pytest.param(0, DiskFailing("disk I/O error"), False, Room.FAILING, id="a disk that gives errors"),
    ],
)
def test_room(free: int, refused: StoreError | None, has_reserve: bool, room: Room) -> None:
    assert room_of(free, refused=refused, has_reserve=has_reserve) is room


@pytest.mark.parametrize("room", list(Room)[1:])
def test_what_is_told_fits(room: Room) -> None:
    alert = new_alert(AlertKind.NO_ROOM, case="default", subject=room.name.lower(), now=START, not_before=START)
    text = alert_message(alert, [], make_settings("json://127.0.0.1/x").alerts).text
    mends = {Room.HELD: "End that program", Room.REFUSED: "writable", Room.FAILING: "Copy the data folder"}
    assert mends.get(room, "Free some space") in text
    assert ("reserve" in text) is (room is Room.NONE)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        pytest.param([(Room.LITTLE, A_MINUTE)] * 5, [0], id="once"),
        pytest.param([(Room.LITTLE, A_MINUTE), (Room.NONE, A_MINUTE), (Room.LITTLE, A_MINUTE)], [0, 1], id="worse"),
        pytest.param([(Room.NONE, NO_ROOM_TOLD_EVERY)] * 3, [0, 1, 2], id="daily while it lasts"),
        pytest.param([(Room.NONE, A_MINUTE), (Room.ENOUGH, A_MINUTE), (Room.NONE, A_MINUTE)], [0, 2], id="once more"),
        pytest.param([(Room.NONE, -NO_ROOM_TOLD_EVERY)] * 2, [0, 1], id="a clock that is set back silences nothing"),
        pytest.param([(Room.ENOUGH, A_MINUTE)], [], id="nothing to tell"),
    ],
)
def test_when_it_is_told(steps: list[tuple[Room, timedelta]], told: list[int]) -> None:
    keeper, now, due = RoomToTell(), START, []
    for number, (room, then) in enumerate(steps):
        if keeper.is_due(room, now):
            due.append(number)
            keeper.told(room, now)
        now += then
    assert due == told


class Usage(NamedTuple):
    free: int


class Telling:
    """Whom the service would tell."""

    def __init__(self, stage: Stage) -> None:
        self.kinds: list[AlertKind] = []
        self.takes = True
        stage.prepare = lambda app: setattr(app, "tell_at_once", self.tell)

    async def tell(self, kind: AlertKind, about: str = "") -> bool:
        self.kinds.append(kind)
        return self.takes


async def test_the_daemon_tells_it_until_somebody_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    telling = Telling(stage)
    free = [0]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free[0]))

    async def refused() -> None:
        raise NoWriting("the disk is full", is_full=True)

    async with stage.running():
        service: Service = stage.service
        telling.kinds.clear()
        service._room = RoomToTell()
        telling.takes = False
        await service._round("room", service._look_at_room)
        await service._round("room", service._look_at_room)
        assert telling.kinds == [AlertKind.NO_ROOM] * 2, "nobody took it: it is tried again"
        telling.takes = True
        await service._round("room", service._look_at_room)
        await service._round("room", service._look_at_room)
        assert len(telling.kinds) == 3
        free[0] = 2 * LEAST_FREE_BYTES
        await service._round("room", service._look_at_room)
        await service._round("standing", refused)
        await service._round("room", service._look_at_room)
        assert len(telling.kinds) == 4, "the store refused, whatever the disk says"


async def test_a_damaged_store_is_told_and_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not as it was written does not mend by being tried again."""
    stage = Stage()
    telling = Telling(stage)
    damaged = DamagedStore("the store is damaged", remedy="restore it")
    monkeypatch.setattr(damage, "damage_of", lambda error, _: damaged if isinstance(error, DamagedStore) else None)

    async def fails(error: StoreError) -> None:
        raise error

    with pytest.raises(DamagedStore):
        async with stage.running():
            service: Service = stage.service
            telling.kinds.clear()
            await service._round("standing", lambda: fails(DiskFailing("disk I/O error")))
            assert not await service._is_damaged(), "the disk alone"
            await service._round("digest", lambda: fails(DamagedStore("malformed")))
            await service._round("room", service._look_at_room)
            await service._round("room", service._look_at_room)
            assert telling.kinds == [AlertKind.NO_ROOM], "once"


def test_what_is_told_of_damage() -> None:
    alert = new_alert(AlertKind.NO_ROOM, case="default", subject="damaged", now=START, not_before=START)
    assert "doctor" in alert_message(alert, [], make_settings("json://127.0.0.1/x").alerts).text


async def test_it_goes_out_without_a_store() -> None:
    from monitor.outbound.alerts import open_channel

    async with endpoint() as there:
        settings = make_settings(there.url())
        channel = open_channel(settings)
        try:
            assert await tell_at_once(AlertKind.NO_ROOM, settings, channel, START)
        finally:
            await channel.aclose()
        (body,) = there.bodies
        assert "disk" in body["title"] and "Free some space" in body["message"]
        there.status = 500
        channel = open_channel(settings)
        try:
            assert not await tell_at_once(AlertKind.NO_ROOM, settings, channel, START)
        finally:
            await channel.aclose()
