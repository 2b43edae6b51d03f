"""A clock that is set far: said once, records marked with it, nothing forgotten by it, gaps between requests kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.clock_trust import ClockTrust
from monitor.documents.visit_record import clock_record
from monitor.model.alert import AlertKind
from monitor.model.candidate import SeenUrl
from monitor.model.settings import Settings
from monitor.pipeline.housekeeping import keep_house
from monitor.pipeline.leaps import DOUBTED_FROM, FAR, MARKED_FOR, is_doubted, marked_by_leap, tell_leap
from monitor.ports.machine import ClockSet
from monitor.services.time_checks import check_time_stamps
from tests.alerts.alert_helpers import NOW
from tests.alerts.alert_helpers import settings as make_settings
from tests.stores import a_folder, a_store, every_alert

YEAR = timedelta(days=365)
SETTINGS: Settings = make_settings("json://127.0.0.1/x")


def leap(by: timedelta) -> ClockSet:
    return ClockSet(NOW, round(by.total_seconds()))


@pytest.mark.parametrize(
    ("by", "told"),
    [
        pytest.param(YEAR, True, id="a year on"),
        pytest.param(-YEAR, True, id="a year back"),
        pytest.param(FAR, True, id="a day"),
        pytest.param(FAR - timedelta(seconds=1), False, id="less"),
        pytest.param(timedelta(hours=-1), False, id="summer time"),
    ],
)
def test_what_is_told(by: timedelta, told: bool) -> None:
    store = a_store()
    store.machine.note_clock_set(leap(by))
    assert tell_leap(leap(by), store, SETTINGS) is told
    assert [alert.kind for alert in every_alert(store)] == [AlertKind.CLOCK] * told
    checks = [check.name for check in check_time_stamps(store, ["default"], [], NOW)]
    assert checks == ["clock"] * told, "doctor says so too"


def test_records_are_marked_for_a_week() -> None:
    store, trust = a_store(), ClockTrust(True, 0.5, 0.1)
    assert marked_by_leap(trust, store, NOW) == trust and "was_set_at" not in clock_record(trust)
    store.machine.note_clock_set(leap(-YEAR))
    for known in (trust, ClockTrust(None, why="nobody says")):
        record = clock_record(marked_by_leap(known, store, NOW + timedelta(hours=1)))
        assert record["was_set_at"] == NOW.isoformat() and record["was_set_on_by_s"] == -YEAR.total_seconds()
    assert marked_by_leap(marked_by_leap(trust, store, NOW), store, NOW + MARKED_FOR + timedelta(seconds=1)) == trust


@pytest.mark.parametrize(
    ("by", "after", "doubted"),
    [
        pytest.param(YEAR, timedelta(hours=1), True, id="all looks old"),
        pytest.param(YEAR, DOUBTED_FROM - timedelta(seconds=1), True, id="a month later"),
        pytest.param(YEAR, DOUBTED_FROM, False, id="it went on like that"),
        pytest.param(YEAR, -YEAR, True, id="set back since"),
        pytest.param(DOUBTED_FROM, timedelta(0), False, id="not so far"),
        pytest.param(-YEAR, timedelta(0), False, id="back: nothing looks old"),
    ],
)
def test_when_it_is_doubted(by: timedelta, after: timedelta, doubted: bool) -> None:
    assert is_doubted(leap(by), NOW + after) is doubted


def test_nothing_is_forgotten_because_the_clock_was_set_on_by_a_year() -> None:
    store = a_store()
    settings = make_settings("json://127.0.0.1/x")
    object.__setattr__(settings, "data_dir", Path(a_folder()))
    seen = SeenUrl("https://a.example/1", None, None, "0a" * 32, NOW, "ok")
    store.seen.save("default", seen)
    later = NOW + YEAR
    store.machine.note_round(NOW)
    store.machine.note_clock_set(ClockSet(later, round(YEAR.total_seconds())))
    for day in range(30):  # the first round alone would be spared by the gap before it
        assert keep_house(store, settings, later + timedelta(days=day)).seen == 0
    assert store.seen.get("default", [seen.url])
    for day in range(30, 34):
        keep_house(store, settings, later + timedelta(days=day))
    assert not store.seen.get("default", [seen.url]), "it went on by that time for a month"
