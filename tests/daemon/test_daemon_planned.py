"""When each watch is looked at next, as `status` and `watch list` tell it while a daemon runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.cli.watch_health import _next_look
from monitor.documents.times import told_in
from monitor.model.visit import VisitReason
from monitor.pipeline.runs import save_run
from monitor.services.watches import WatchService, load_watches
from monitor.store.lock import DaemonLock
from monitor.tracking.health import Health, Sight
from monitor.tracking.overview import WatchOverview
from tests.alerts.alert_helpers import run
from tests.daemon.test_daemon_noticing import TWO, Home

WHEN = told_in(UTC, datetime(2026, 11, 29, tzinfo=UTC))


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    await found.service._begin()
    found.service._schedule_watches(list(found.service._now.watches))
    return found


def told(home: Home, *, runs: bool = True) -> dict[str, WatchOverview]:
    settings = replace(home.files.load(), data_dir=home.config.parent / "data")
    service = WatchService(home.store, settings, lambda: datetime.now(UTC))
    loaded = load_watches(settings)
    if not runs:
        return {one.watch.name: one for one in service.seen(loaded.right, service.news(loaded))}
    with DaemonLock(settings.data_dir):
        return {one.watch.name: one for one in service.seen(loaded.right, service.news(loaded))}


async def test_it_is_as_the_row_has_it(home: Home) -> None:
    row, one = home.store.visits.get("default", "one"), told(home)["one"]
    assert row is not None and one.next_visit == row.at and not one.is_unknown
    assert _next_look(one, WHEN) == WHEN(row.at)
    home.store.visits.plan(replace(row, at=row.at + timedelta(hours=3)))
    assert told(home)["one"].next_visit == row.at + timedelta(hours=3)


@pytest.mark.parametrize("ago_days", [400, -400], ids=["set on", "set back"])
async def test_a_clock_that_was_set_makes_no_watch_blind_whose_next_look_is_planned(home: Home, ago_days: int) -> None:
    row, now = home.store.visits.get("default", "one"), datetime.now(UTC)
    assert row is not None
    save_run(run("one", at=now - timedelta(days=ago_days)), home.service._now.watches["one"], home.store)

    def health(why: VisitReason, at: datetime, *, runs: bool = True) -> Health:
        home.store.visits.plan(replace(row, at=at, why=why))
        return told(home, runs=runs)["one"].health

    soon = now + timedelta(minutes=3)
    assert health(VisitReason.SCHEDULE, soon).sight is Sight.SEES
    for late in (
        health(VisitReason.MISSED, soon),
        health(VisitReason.SCHEDULE, now - timedelta(minutes=1)),
        health(VisitReason.SCHEDULE, now + timedelta(days=300)),
    ):
        assert late.sight is Sight.BLIND and late.remedy.startswith("The daemon runs")
    off = health(VisitReason.SCHEDULE, soon, runs=False)
    assert off.sight is Sight.BLIND and off.remedy.startswith("Start the daemon")


async def test_without_a_daemon_nothing_is_planned(home: Home) -> None:
    one = told(home, runs=False)["one"]
    assert one.next_visit is None and not one.is_unknown and "not planned" in _next_look(one, WHEN)


async def test_what_the_daemon_does_not_know_yet_is_told_as_that(home: Home) -> None:
    (home.lists / "two.toml").write_text(TWO)
    seen = told(home)
    assert (seen["two"].is_unknown, seen["one"].is_unknown) == (True, False)
    assert _next_look(seen["two"], WHEN) == "the daemon does not know this yet"
    assert not told(home, runs=False)["two"].is_unknown, "none runs: it reads all at its start"


async def test_one_that_is_switched_off_has_none(home: Home) -> None:
    path = home.lists / "one.toml"
    path.write_text(path.read_text() + "enabled = false\n")
    await home.looks()
    assert _next_look(told(home)["one"], WHEN) == "none: it is switched off"
