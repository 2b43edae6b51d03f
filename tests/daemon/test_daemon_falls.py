"""A round that fails again and again, as on a disk that gives errors: tried in growing gaps, told, and it goes on."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from monitor.daemon.timekeeping import Reading
from monitor.errors import DiskFailing
from monitor.model.alert import AlertKind
from monitor.pipeline.hindrances import PART_KEY
from monitor.tracking.falls import ROUNDS, TOLD_AFTER_S
from tests.daemon.test_daemon_service import Stage
from tests.stores import every_alert


async def test_a_round_that_fails_rests_is_told_once_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, tried, fails = Stage(), list[float](), [True]
    awake = [1000.0]

    async def work() -> None:
        tried.append(awake[0])
        if fails[0]:
            raise DiskFailing("disk I/O error")

    async with stage.running():
        service = stage.service
        monkeypatch.setattr(service._clocks, "read", lambda: Reading(datetime.now(UTC), awake[0], awake[0]))
        for _ in range(int(TOLD_AFTER_S) // 5 + 20):
            await service._round("desks", work)
            awake[0] += 5
        gaps = [later - earlier for earlier, later in itertools.pairwise(tried)]
        assert gaps[: ROUNDS.free - 1] == [5.0] * (ROUNDS.free - 1)
        assert gaps[ROUNDS.free] <= gaps[-1] == ROUNDS.longest_s, "in growing gaps, and never for longer than a minute"
        assert isinstance(service._refused, DiskFailing), "the disk is told by the look at the room"
        for _ in range(3):
            await service._tell_standing()
        told = [alert for alert in every_alert(stage.store) if alert.kind is AlertKind.STOPPED]
        assert len(told) == 1 and stage.store.machine.standing_told().keys == {f"{PART_KEY}round"}  # type: ignore[union-attr]
        fails[0] = False
        awake[0] += ROUNDS.longest_s
        await service._round("desks", work)
        awake[0] += 1
        await service._round("desks", work)
        assert tried[-1] - tried[-2] == 1.0, "it goes on as before"
        await service._tell_standing()
        assert stage.store.machine.standing_told() is None
