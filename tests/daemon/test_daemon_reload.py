"""SIGHUP: each setting is taken over, or it is said that it needs a restart."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.daemon.reloading import NEEDS_RESTART
from monitor.model.settings import (
    CaseSettings,
    Contact,
    CrawlSettings,
    CredentialSettings,
    DigestSettings,
    EngineSettings,
    Secret,
    Settings,
    TakedownSettings,
)
from monitor.model.visit import VisitReason
from monitor.model.watch import Cron
from tests.daemon.test_daemon_service import Stage, row_of, watch

TAKEN_OVER = {
    *("path", "watchlist_dir", "case", "further", "network", "crawl", "match", "alerts", "digest"),
    *("evidence", "retention", "takedown", "engines", "credentials", "monitoring", "secret_files"),
}
"""Decided for each: a further setting is put here or into NEEDS_RESTART."""


@pytest.mark.rows(2)
@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Settings)])
async def test_every_setting_is_taken_over_or_needs_a_restart(field: str, caplog: pytest.LogCaptureFixture) -> None:
    assert (field in TAKEN_OVER) is not (field in NEEDS_RESTART)
    other: dict[str, object] = {
        "path": Path("/other.toml"),
        "data_dir": Path("/other"),
        "watchlist_dir": Path("/other"),
        "secret_files": (Path("/other"),),
        "further": (Contact(case=CaseSettings(id="anna"), takedown=TakedownSettings()),),
        "engines": (EngineSettings(name="own"),),
        "credentials": (CredentialSettings(name="own"),),
    }
    stage = Stage(watch("a"))
    async with stage.running():
        old = stage.settings
        values: dict[str, Any] = {field: other[field] if field in other else changed(getattr(old, field))}
        stage.settings = replace(old, **values)
        assert stage.settings != old
        await stage.service._reload()
        assert stage.service._now.app.settings == (old if field in NEEDS_RESTART else stage.settings)
    refused = [record.__dict__.get("setting") for record in caplog.records if "restart" in record.msg]
    assert refused == ([(field,)] if field in NEEDS_RESTART else [])


def changed(settings: Any) -> Any:
    """Each of its fields."""
    others = {int: 7, float: 0.25, bool: True, str: "other", tuple: ("other",)}
    values = {one.name: getattr(settings, one.name) for one in dataclasses.fields(settings)}
    if "key" in values:
        return replace(settings, key=Secret("1f" * 32))
    if "ping_url" in values:
        return replace(settings, ping_url=Secret("https://other.example/"))
    if "weekday" in values:
        return replace(settings, weekday="monday", timezone="Asia/Tokyo")
    known = {name: value for name, value in values.items() if type(value) in others and name != "urls"}
    return replace(settings, **{name: others[type(value)] for name, value in known.items()})


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("before", "after"), [("Europe/Paris", "Asia/Tokyo"), ("Asia/Tokyo", "Europe/Paris")], ids=["there", "and back"]
)
async def test_a_reload_moves_what_is_planned_by_the_clock(before: str, after: str) -> None:
    stage = Stage(watch("a", schedule=Cron("0 9 * * *")))
    stage.settings = replace(stage.settings, digest=DigestSettings(timezone=before))
    async with stage.running():
        await stage.service._reload()
        stage.settings = replace(stage.settings, digest=DigestSettings(timezone=after))
        await stage.service._reload()
        assert planned(stage).astimezone(ZoneInfo(after)).hour == 9 and stage.service._zone == ZoneInfo(after)


@pytest.mark.long
async def test_a_reload_lets_go_of_what_waited_for_the_night() -> None:
    stage = Stage(watch("a"))
    stage.settings = replace(stage.settings, crawl=CrawlSettings(night=True))
    async with stage.running():
        await stage.service._reload()
        later = datetime.now(UTC) + timedelta(hours=9)
        stage.store.visits.plan(replace(row_of(stage), at=later, beat=later, why=VisitReason.HOURS))
        stage.settings = replace(stage.settings, crawl=CrawlSettings())
        await stage.service._reload()
        assert planned(stage) < datetime.now(UTC) + timedelta(hours=2)


def planned(stage: Stage) -> datetime:
    return row_of(stage).at
