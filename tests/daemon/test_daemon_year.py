"""The daemon's own scheduling over a year, in twenty zones, against the walk through every minute; and through leaps of
the clock."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.alerts.outbox import new_alert
from monitor.model.alert import AlertKind
from monitor.model.watch import Cron, Every, Kind, Watch
from monitor.ports.machine import ClockSet
from tests.daemon.calendar_walk import EPOCH, fires
from tests.daemon.simulated import World, simulate

ZONES = (
    "Europe/Paris Europe/London Europe/Dublin America/New_York America/Los_Angeles America/Santiago America/Havana "
    "America/Sao_Paulo America/St_Johns Africa/Cairo Africa/Casablanca Asia/Beirut Asia/Jerusalem Asia/Tokyo "
    "Asia/Kathmandu Australia/Sydney Australia/Lord_Howe Pacific/Chatham Antarctica/Troll UTC"
).split()
CRONS = (
    "0 * * * *",
    "*/30 * * * *",
    "30 2 * * *",
    "0 0 * * *",
    "0 0 * * 5",
    "0 0 1 * *",
    "15 */6 * * *",
    "45 1-3 * * mon-sat",
)
INTERVALS = (1800, 7200, 86400, 604800)
JITTER = timedelta(seconds=31)  # of cron, and the second that it takes


def watch(name: str, schedule: Every | Cron) -> Watch:
    return Watch(name=name, kind=Kind.PAGE, schedule=schedule)


ALL = [watch(rule, Cron(rule)) for rule in CRONS] + [watch(str(seconds), Every(seconds)) for seconds in INTERVALS]


def compare(name: str, begin: datetime, days: float) -> int:
    """Every visit has its moment and every moment its visit. Gives the number of visits."""

    async def story(world: World) -> None:
        await asyncio.sleep(days * 86400)

    world = simulate(begin, name, ALL, story, look_every_s=7200, rounds_every_s=86400)
    end, zone = begin + timedelta(days=days), ZoneInfo(name)
    for rule in CRONS:
        whole = begin.replace(second=0) + timedelta(minutes=1)
        moments = [EPOCH + timedelta(minutes=minute) for minute in fires(rule, zone, whole, end - timedelta(minutes=1))]
        visits = [at for at, _ in world.visits[rule] if at < end - timedelta(minutes=1) + JITTER]
        assert len(visits) == len(moments), (name, rule)
        assert all(timedelta(0) <= at - moment <= JITTER for at, moment in zip(visits, moments, strict=True)), rule
    for seconds in INTERVALS:
        visits = [at for at, _ in world.visits[str(seconds)]]
        most = timedelta(seconds=min(seconds // 10, 600) + 1)
        rhythm = [visits[0] + timedelta(seconds=seconds) * number for number in range(len(visits))]
        assert all(timedelta(seconds=-1) <= at - beat <= most for at, beat in zip(visits, rhythm, strict=True)), seconds
        assert len(visits) == (end - visits[0] - most) // timedelta(seconds=seconds) + 1 or visits[-1] > end - most
        assert visits[0] - begin <= timedelta(minutes=5)
    return sum(map(len, world.visits.values()))


def changes(zone: ZoneInfo, year: int) -> list[datetime]:
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(365 * 24)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return [hours[place] for place in range(1, len(hours)) if offsets[place] != offsets[place - 1]]


@pytest.mark.rows(2)
@pytest.mark.parametrize("name", ZONES)
def test_days_on_which_the_clocks_change(name: str) -> None:
    for change in changes(ZoneInfo(name), 2027)[:2] or [datetime(2027, 2, 28, tzinfo=UTC)]:
        compare(name, change - timedelta(hours=11, seconds=17), 1.1)


@pytest.mark.long
@pytest.mark.parametrize("name", ZONES)
def test_a_year(name: str) -> None:
    assert compare(name, datetime(2027, 1, 1, 0, 0, 20, tzinfo=UTC), 365) > 30_000


HOUR = 3600.0
LOOKED = {  # and the longest time between two moments of theirs: an hour more in autumn
    watch("every 20s", Every(20)): 22.0,
    watch("every 10m", Every(600)): 660.0,
    watch("every 2h", Every(7200)): 2 * HOUR + 600,
    watch("every 1d", Every(86400)): 24 * HOUR + 600,
    watch("half-hourly", Cron("*/30 * * * *")): 1.5 * HOUR + 31,
    watch("at three", Cron("0 3 * * *")): 25 * HOUR + 31,
}
ALLOWED = 120.0


def leaps(
    count: int, seed: int, longest_gap_s: float, then_s: float = 26 * HOUR
) -> tuple[World, list[tuple[float, float]]]:
    """count leaps, either way, from seconds to a year; in every third the machine sleeps too, for up to two days. Some
    visits are in hand meanwhile. Gives the times asleep, since boot."""
    chance = random.Random(seed)
    asleep: list[tuple[float, float]] = []

    async def story(world: World) -> None:
        world.takes = lambda name: chance.uniform(5, 100) if chance.random() < 0.1 and name != "every 20s" else 0.0
        for number in range(count):
            await asyncio.sleep(10 ** chance.uniform(0.5, 0) * longest_gap_s * chance.random() + 10)
            far = 10 ** chance.uniform(0.5, 7.5)
            world.off += timedelta(seconds=far if chance.random() < 0.5 else -far)
            if number % 3 == 0:
                began = world.boot
                world.slept += 10 ** chance.uniform(1, 5.2)
                asleep.append((began, world.boot))
        await asyncio.sleep(then_s)

    world = simulate(datetime(2027, 3, 1, tzinfo=UTC), "Europe/Paris", list(LOOKED), story)
    return world, asleep


def judge(world: World, asleep: list[tuple[float, float]]) -> float:
    """Seconds by which the latest visit came later than it might have, at worst; to be at most ALLOWED."""
    worst, end = 0.0, world.boot
    for watched, longest in LOOKED.items():
        times = [at for _, at in world.visits[watched.name]]
        for at, then in zip(
            [1000.0, *world.ends[watched.name]], [*times, end], strict=True
        ):  # looking is not a silence
            due = at + longest
            for began, woke in asleep:
                if began - ALLOWED <= due <= woke:  # nobody looks while the machine sleeps
                    due = woke
            worst = max(worst, then - due)
            assert then - due <= ALLOWED, (watched.name, at, then)
    for at, then in zip(world.rounds, world.rounds[1:], strict=False):
        nap = sum(woke - began for began, woke in asleep if at <= began and woke <= then)
        assert then - at - nap <= 12 + ALLOWED
    return worst


def test_a_leap_is_noticed_within_seconds_told_and_planned_by_anew() -> None:
    async def story(world: World) -> None:
        await asyncio.sleep(100)
        waits = new_alert(AlertKind.TEST, case="default", subject="x", now=world.wall(), not_before=world.wall())
        world.store.alerts.save(replace(waits, not_before=world.wall() + timedelta(seconds=60)))
        world.off -= timedelta(days=400)
        await asyncio.sleep(6)
        told.append(world.store.machine.clock_set())
        await asyncio.sleep(60)
        due = world.store.alerts.due(world.wall())
        assert [alert.id for alert in due if alert.kind is AlertKind.TEST] == [waits.id]
        assert AlertKind.DIGEST not in {alert.kind for alert in due}, [alert.kind for alert in due]
        await asyncio.sleep(7800)

    told: list[ClockSet | None] = []
    world = simulate(datetime(2027, 3, 1, tzinfo=UTC), "UTC", [watch("w", Every(7200))], story)
    assert told[0] is not None and told[0].by_s == -400 * 86400
    assert told[0].at.date().isoformat() == "2026-01-25"
    first, second = (at for _, at in world.visits["w"][:2])
    assert 7200 <= second - first <= 7200 + 600 + 5


@pytest.mark.long
def test_leaps_of_the_clock_silence_nothing() -> None:
    judge(*leaps(12, seed=1, longest_gap_s=900.0, then_s=2 * HOUR))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_two_hundred_leaps_of_the_clock_silence_nothing(seed: int) -> None:
    judge(*leaps(200, seed=seed, longest_gap_s=HOUR))
