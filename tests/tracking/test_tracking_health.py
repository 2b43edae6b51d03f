from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model.observation import Covers, Observation, RunStatus, Weight
from monitor.model.run import Run
from monitor.tracking.health import Sight, health_of

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
GOOD = NOW - timedelta(days=3)
WALL = Observation("https://a.example/", "wall", "a bot check stands before the page", "Look yourself.")
MISSED = Observation(
    "https://a.example/", "no_pictures", "no picture was found", "Look at it.", Covers.PLACE, Weight.BLIND
)
EMPTY = Observation("", "never_pictures", "not one picture so far", "Look at it.", Covers.PLACE, Weight.SAID)
LONG_DUE = {"due_by": NOW - timedelta(seconds=1)}


def run(status: RunStatus, *errors: Observation) -> Run:
    return Run("forum", "default", status, NOW, NOW - timedelta(hours=1), errors=errors)


@pytest.mark.parametrize(
    ("last", "changes", "sight", "cause"),
    [
        pytest.param(run(RunStatus.OK), {}, Sight.SEES, "", id="sees"),
        pytest.param(run(RunStatus.OK, EMPTY), {}, Sight.SEES, EMPTY.message, id="sees, with something to say"),
        pytest.param(run(RunStatus.PARTIAL, EMPTY, WALL), {}, Sight.PARTLY, WALL.message, id="what weighs comes first"),
        pytest.param(None, {}, Sight.NEVER, "not looked at", id="never run"),
        pytest.param(run(RunStatus.OK), {"enabled": False}, Sight.OFF, "switched off", id="switched off"),
        pytest.param(run(RunStatus.FAILED, WALL), {}, Sight.BLIND, WALL.message, id="a wall"),
        pytest.param(
            run(RunStatus.FAILED, WALL, MISSED), {}, Sight.BLIND, MISSED.message, id="the whole before a part"
        ),
        pytest.param(run(RunStatus.FAILED), {}, Sight.BLIND, "no page could be seen", id="without a word"),
        pytest.param(run(RunStatus.PARTIAL, WALL), {}, Sight.PARTLY, WALL.message, id="in part"),
        pytest.param(run(RunStatus.OK), {"due_by": NOW}, Sight.SEES, "", id="just due"),
        pytest.param(run(RunStatus.OK), LONG_DUE, Sight.BLIND, "nobody has looked", id="overdue"),
        pytest.param(
            run(RunStatus.OK), LONG_DUE | {"runs": True}, Sight.BLIND, "nobody has looked", id="overdue after a start"
        ),
        pytest.param(
            run(RunStatus.FAILED, WALL), {"due_by": NOW - timedelta(days=1)}, Sight.BLIND, WALL.message, id="both"
        ),
    ],
)
def test_health(last: Run | None, changes: dict[str, object], sight: Sight, cause: str) -> None:
    given = {"enabled": True, "due_by": None, "now": NOW} | changes
    found = health_of(last, GOOD if last else None, **given)  # type: ignore[arg-type]
    assert found.sight is sight and cause in found.cause
    assert bool(found.cause) == (sight is not Sight.SEES or bool(last and last.errors))
    assert found.last_good == (GOOD if last else None)
    if sight in (Sight.NEVER, Sight.OFF) or "nobody" in cause or (last and last.errors):
        assert found.remedy


@pytest.mark.parametrize("runs", [True, False])
def test_nobody_is_told_to_start_what_runs(runs: bool) -> None:
    found = health_of(run(RunStatus.OK), GOOD, enabled=True, now=NOW, runs=runs, due_by=LONG_DUE["due_by"])
    assert found.remedy.startswith("The daemon runs" if runs else "Start the daemon")
    assert (found.way is None) is runs
