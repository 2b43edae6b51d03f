"""The sign of life: when it goes out, to whom, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.alerts.wording import alert_message
from monitor.model.alert import AlertKind
from monitor.model.observation import RunStatus
from monitor.model.settings import AlertDetail, DigestSettings, MonitoringSettings, Settings
from monitor.model.watch import Every, Kind, Watch
from monitor.services.heartbeat import heartbeat_due, queue_heartbeats
from tests.alerts.alert_helpers import run, settings
from tests.stores import a_store, every_alert

SUNDAY = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
WATCHES = [Watch(name=name, kind=Kind.PAGE, schedule=Every(3600), origin=Path("/w/a.toml")) for name in ("a", "b", "c")]
WITH_CHANNEL = settings("json://127.0.0.1/x")


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        pytest.param(WEDNESDAY - 7 * DAY, WEDNESDAY - SECOND, False, id="not yet"),
        pytest.param(WEDNESDAY - 7 * DAY, WEDNESDAY, True, id="three days after the weekly summary"),
        pytest.param(WEDNESDAY, WEDNESDAY + 6 * DAY, False, id="once a week"),
        pytest.param(WEDNESDAY - 30 * DAY, WEDNESDAY + DAY, True, id="late, after the machine was off"),
        pytest.param(SUNDAY, WEDNESDAY - SECOND, False, id="with the start of the program the week begins"),
        pytest.param(WEDNESDAY + 365 * DAY, WEDNESDAY, True, id="noted by a clock that was a year ahead"),
    ],
)
def test_when_it_is_due(last: datetime, now: datetime, due: bool) -> None:
    assert heartbeat_due(last, DigestSettings(timezone="UTC"), now) is due


def queue(now: datetime = WEDNESDAY, found: Settings = WITH_CHANNEL, **more: bool) -> list[tuple[AlertKind, int]]:
    store = a_store()
    store.machine.note_heartbeat(WEDNESDAY - 7 * DAY)
    if more.get("looked", True):
        store.runs.save(run("a", at=now - DAY))
        store.runs.save(run("a", at=now - 2 * DAY))
        store.runs.save(run("b", at=now - DAY))
        store.runs.save(run("c", at=now - DAY, status=RunStatus.FAILED))
        store.runs.save(run("gone", at=now - DAY))
    for _ in range(2):
        queue_heartbeats(store, found, WATCHES, now)
    return [(alert.kind, alert.count) for alert in every_alert(store)]


def test_it_says_how_many_places_were_looked_at_and_comes_once() -> None:
    assert queue() == [(AlertKind.HEARTBEAT, 2)]


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(replace(WITH_CHANNEL, monitoring=MonitoringSettings(heartbeat=False)), id="switched off"),
        pytest.param(settings(), id="nobody to tell"),
    ],
)
def test_it_does_not_come(found: Settings) -> None:
    assert queue(found=found) == []


def test_where_nothing_was_looked_at_it_stays_away() -> None:
    assert queue(looked=False) == []


def test_a_first_start_begins_the_week() -> None:
    store = a_store()
    store.runs.save(run("a", at=WEDNESDAY - DAY))
    assert queue_heartbeats(store, WITH_CHANNEL, WATCHES, WEDNESDAY) == 0
    assert queue_heartbeats(store, WITH_CHANNEL, WATCHES, WEDNESDAY + 6 * DAY) == 0
    store.runs.save(run("a", at=WEDNESDAY + 6 * DAY))
    assert queue_heartbeats(store, WITH_CHANNEL, WATCHES, WEDNESDAY + 7 * DAY) == 1


def test_one_that_waits_is_not_doubled() -> None:
    store = a_store()
    store.machine.note_heartbeat(WEDNESDAY - 7 * DAY)
    for week in range(3):
        store.runs.save(run("a", at=WEDNESDAY + 7 * week * DAY))
        queue_heartbeats(store, WITH_CHANNEL, WATCHES, WEDNESDAY + 7 * week * DAY)
    assert len(every_alert(store)) == 1


@pytest.mark.parametrize("detail", AlertDetail)
def test_its_words_tell_nobody_what_it_is_about(detail: AlertDetail) -> None:
    store = a_store()
    store.machine.note_heartbeat(WEDNESDAY - 7 * DAY)
    store.runs.save(run("a", at=WEDNESDAY - DAY))
    queue_heartbeats(store, WITH_CHANNEL, WATCHES, WEDNESDAY)
    (alert,) = every_alert(store)
    found = replace(WITH_CHANNEL.alerts, detail=detail, product_name="Backup")
    told = alert_message(alert, [], found)
    assert told.subject == f"Backup: running, {alert.number}"
    assert "1 place was looked at in the last seven days." in told.text
    assert not {"image", "photo", "copies", "reupload", "forum", "default"} & set(told.text.lower().split())
