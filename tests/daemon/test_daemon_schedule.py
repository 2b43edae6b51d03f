from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.daemon import schedule
from monitor.model.watch import Cron, Every, Kind, Watch

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)  # a Sunday, 22:04 in Berlin


def watch(name: str = "w", schedule: Every | Cron = Every(3600)) -> Watch:  # noqa: B008  # frozen
    return Watch(name=name, kind=Kind.PAGE, schedule=schedule)


@pytest.mark.parametrize(
    ("field", "names"),
    [
        pytest.param("*", "*", id="every day"),
        pytest.param("0", "sun", id="0 is Sunday, as in crontab(5)"),
        pytest.param("7", "sun", id="7 too"),
        pytest.param("1-5", "mon,tue,wed,thu,fri", id="working days"),
        pytest.param("5-7", "sun,fri,sat", id="a span up to 7"),
        pytest.param("mon-fri", "mon,tue,wed,thu,fri", id="names"),
        pytest.param("*/2", "sun,tue,thu,sat", id="steps"),
        pytest.param("1-5/2", "mon,wed,fri", id="steps in a span"),
        pytest.param("Sat,0", "sun,sat", id="a list"),
    ],
)
def test_weekdays_are_those_of_cron(field: str, names: str) -> None:
    assert schedule.weekday_names(field) == names


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        pytest.param("15 */6 * * *", "2026-11-22T23:15Z", id="every six hours, local"),
        pytest.param("0 9 * * 1", "2026-11-23T08:00Z", id="Monday"),
        pytest.param("0 9 25 * 2", "2026-11-24T08:00Z", id="day or weekday: Tuesday comes first"),
        pytest.param("0 9 23 * 2", "2026-11-23T08:00Z", id="day or weekday: the 23rd comes first"),
    ],
)
def test_cron(expression: str, fires: str) -> None:
    at = schedule.cron_trigger(expression, BERLIN).get_next_fire_time(None, NOW)
    assert at is not None
    assert timedelta(0) <= at - datetime.fromisoformat(fires) <= timedelta(seconds=30)  # the jitter


@pytest.mark.parametrize(
    ("kind", "last", "due"),
    [
        pytest.param(Every(3600), None, True, id="never looked at"),
        pytest.param(Every(3600), timedelta(minutes=59), False, id="not yet"),
        pytest.param(Every(3600), timedelta(hours=1), True, id="just now"),
        pytest.param(Every(3600), timedelta(days=30), True, id="missed many: one"),
        pytest.param(Every(3600), -timedelta(days=365), True, id="clock was set back a year"),
        pytest.param(Cron("0 9 * * *"), None, False, id="cron waits for its first time"),
        pytest.param(Cron("0 9 * * *"), timedelta(days=2), True, id="cron missed while off"),
        pytest.param(Cron("0 9 * * *"), timedelta(hours=1), False, id="cron not missed"),
    ],
)
def test_what_is_due_at_a_start(kind: Every | Cron, last: timedelta | None, due: bool) -> None:
    at = schedule.next_visit(watch(schedule=kind), NOW - last if last is not None else None, NOW, BERLIN)
    assert (at <= NOW) is due


@given(st.integers(min_value=0, max_value=300))
def test_overdue_watches_are_spread(count: int) -> None:
    watches = [watch(f"w{number}") for number in range(count)] + [watch("later")]
    first = schedule.first_visits(watches, {"later": NOW}, NOW, BERLIN)
    due = [at for name, at in first.items() if name != "later"]
    assert first["later"] == NOW + timedelta(hours=1)
    assert len(set(due)) == count and due == sorted(due)
    assert all(NOW <= at <= NOW + schedule.SPREAD for at in due)


def test_jitter_is_a_tenth_of_the_interval_at_most_ten_minutes() -> None:
    for every, most in ((60, 6), (3600, 360), (86400, 600)):
        trigger = schedule.trigger_for(watch(schedule=Every(every)), BERLIN)
        for _ in range(20):
            at = trigger.get_next_fire_time(NOW, NOW)
            assert at is not None and 0 <= (at - NOW).total_seconds() - every <= most


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        pytest.param("2026-11-22T21:04Z", "2026-11-23T00:00Z", id="evening"),
        pytest.param("2026-11-22T23:59Z", "2026-11-23T00:00Z", id="shortly before one"),
        pytest.param("2026-11-23T00:00Z", None, id="one o'clock"),
        pytest.param("2026-11-23T04:59Z", None, id="before six"),
        pytest.param("2026-11-23T05:00Z", "2026-11-24T00:00Z", id="six"),
    ],
)
def test_night(now: str, begins: str | None) -> None:
    expected = datetime.fromisoformat(begins) if begins else None
    assert schedule.next_night(datetime.fromisoformat(now), BERLIN) == expected
