"""Watches beyond a case's quota do not run, and do once it may have them."""

from __future__ import annotations

from dataclasses import replace

from monitor.model.alert import AlertKind
from monitor.model.settings import QuotaSettings
from monitor.services.watches import WatchService
from tests.daemon.test_daemon_service import Stage, watch
from tests.stores import every_alert


async def test_the_first_in_the_files_runs_and_the_others_once_they_may() -> None:
    stage = Stage(watch("b"), watch("a"))
    stage.settings = replace(stage.settings, quota=QuotaSettings(watches=1))
    stage.service._first = stage.settings
    async with stage.running():
        assert await stage.visited() == "b"
        assert stage.store.visits.get("default", "a") is None
        assert [one.kind for one in every_alert(stage.store)] == [AlertKind.QUOTA]
        stage.settings = replace(stage.settings, quota=QuotaSettings(watches=2))
        await stage.service._reload()
        assert await stage.visited(1) == "a"


def test_status_says_why_one_does_not_run() -> None:
    stage = Stage(watch("b"), watch("a"))
    settings = replace(stage.settings, quota=QuotaSettings(watches=1))
    found = WatchService(stage.store, settings, lambda: None).cannot_run(stage.load)  # type: ignore[arg-type,return-value]
    assert [(one.watch, one.once) for one in found] == [("a", True)]
