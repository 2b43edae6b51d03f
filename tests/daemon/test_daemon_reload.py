"""SIGHUP: each setting is taken over, or it is said that it needs a restart."""

from __future__ import annotations

import dataclasses
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.daemon import service
from monitor.daemon.given_up import OUT_OF_REACH, GivenUp
from monitor.daemon.reloading import NEEDS_RESTART, ReadFiles
from monitor.errors import WatchlistError
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
from monitor.ports.machine import DaemonRead
from monitor.services import daemon_checks
from tests.daemon.test_daemon_service import Stage, a_store, make_settings, row_of, watch

TAKEN_OVER = {
    *("path", "watchlist_dir", "case", "further", "network", "crawl", "match", "alerts", "digest"),
    *(
        "evidence",
        "retention",
        "takedown",
        "engines",
        "credentials",
        "monitoring",
        "secret_files",
        "quota",
        "common_timezone",
    ),
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
        "common_timezone": "Europe/Paris",
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


@pytest.mark.parametrize(("pid", "told"), [(7, 1), (None, 0)], ids=["it runs", "it does not run"])
def test_doctor_says_what_the_daemon_did_not_take(monkeypatch: pytest.MonkeyPatch, pid: int | None, told: int) -> None:
    store, now, why = a_store(), datetime(2027, 1, 4, tzinfo=UTC), GivenUp([Path("/srv/lists")])
    store.machine.note_daemon_read(DaemonRead(now, "/x/config.toml", "0f", f"{why} ({why.remedy})"))
    monkeypatch.setattr(daemon_checks, "running_daemon", lambda _: pid)
    settings = make_settings("json://127.0.0.1/x")
    found = daemon_checks.daemon_checks(settings, lambda: nullcontext(SimpleNamespace(store=store)), now)
    said = [one.message for one in found if "not taken" in one.message]
    assert len(said) == told and all("gave up /srv/lists" in one and "Restart the daemon" in one for one in said)


async def test_data_that_was_moved_where_the_daemon_may_not_write_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lost, stage = list[Path](), Stage(watch("a"))
    monkeypatch.setattr(service, "out_of_reach", lambda _: tuple(lost))
    async with stage.running():
        stage.service._files = ReadFiles(None)

        async def noted() -> str:
            await stage.service._notice_reach()
            read = stage.store.machine.daemon_read()
            return read.refused if read else ""

        assert await noted() == ""
        lost.append(Path("/mnt/vault"))
        assert "gave up /mnt/vault" in await noted() and "Restart the daemon" in await noted()
        lost.clear()
        assert await noted() == "", "it was put back"
    assert [one.__dict__.get("action") for one in caplog.records].count("out_of_reach") == 1


def test_a_list_that_is_out_of_reach_is_not_called_wrong(caplog: pytest.LogCaptureFixture) -> None:
    wrong = WatchlistError.at("the daemon gave up /srv", remedy="Restart", file="/w/a.toml", key=OUT_OF_REACH)
    service._tell_errors([wrong, WatchlistError.at("no name", remedy="", file="/w/b.toml")])
    assert ["takes a restart" in one.message for one in caplog.records] == [True, False]


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
