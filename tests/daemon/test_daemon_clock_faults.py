"""What the clock of a machine may do, each on its own: a year either way, a night asleep, a leap day, another zone."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.daemon import service as module
from monitor.model.alert import AlertKind
from monitor.model.watch import Cron
from tests.daemon.simulated import World, simulate
from tests.daemon.test_daemon_service import Stage, watch
from tests.daemon.test_daemon_year import LOOKED, compare
from tests.stores import every_alert

HOUR = 3600.0
YEAR = timedelta(days=365)
WATCHED = [one for one in LOOKED if one.name in ("every 10m", "half-hourly")]


@pytest.mark.parametrize(
    ("off", "slept", "told"),
    [
        pytest.param(YEAR, 0.0, 1, id="a year on"),
        pytest.param(-YEAR, 0.0, 1, id="a year back"),
        pytest.param(timedelta(0), 8 * HOUR, 0, id="8 hours asleep"),
        pytest.param(YEAR, 8 * HOUR, 1, id="asleep, and a year on at waking"),
    ],
)
def test_a_leap_silences_nothing_and_is_told_once(off: timedelta, slept: float, told: int) -> None:
    asleep = list[tuple[float, float]]()

    async def story(world: World) -> None:
        await asyncio.sleep(HOUR / 4)
        began = world.boot
        world.off, world.slept = off, slept
        if slept:
            asleep.append((began, world.boot))
        await asyncio.sleep(HOUR * 0.7)

    world = simulate(
        datetime(2027, 3, 1, 20, tzinfo=UTC), "Europe/Paris", WATCHED, story, look_every_s=20, rounds_every_s=60
    )
    leaps = [alert for alert in every_alert(world.store) if alert.kind is AlertKind.CLOCK]
    assert len(leaps) == told, "said once, where it is far"
    for one in WATCHED:
        times = [1000.0, *(at for _, at in world.visits[one.name]), world.boot]
        for at, then in itertools.pairwise(times):
            nap = sum(woke - began for began, woke in asleep if at <= began and woke <= then)
            assert then - at - nap <= LOOKED[one] + 120.0, (one.name, at, then)


@pytest.mark.long
def test_a_leap_day_is_a_day() -> None:
    compare("Europe/Paris", datetime(2028, 2, 28, 20, 0, 17, tzinfo=UTC), 1.3)


async def test_a_zone_that_is_set_under_the_daemon_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    zone = [ZoneInfo("Europe/Paris")]
    monkeypatch.setattr(module, "zone_of", lambda name: zone[0])
    stage = Stage(watch("a", schedule=Cron("0 3 * * *")))
    async with stage.running():
        before = stage.store.visits.get("default", "a")
        await stage.service._notice_zone()
        assert stage.store.visits.get("default", "a") == before
        zone[0] = ZoneInfo("Asia/Tokyo")
        await stage.service._notice_zone()
        after = stage.store.visits.get("default", "a")
        assert before is not None and after is not None
        assert after.at.astimezone(zone[0]).hour == 3 and before.at.astimezone(ZoneInfo("Europe/Paris")).hour == 3
