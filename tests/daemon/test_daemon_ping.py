"""When the address in `[monitoring] ping_url` hears that all is well, and when not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.daemon.wellbeing import STUCK_AFTER, Wellbeing

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
BEFORE = timedelta(seconds=1)


def well(*steps: tuple[str, object]) -> bool:
    found = Wellbeing()
    at = NOW
    for what, value in steps:
        match what, value:
            case "failed", str():
                found.failed(value)
            case "went well", str():
                found.went_well(value)
            case "stuck", bool():
                found.alerts(value, stuck=True, now=at)
            case "taken", bool():
                found.alerts(value, stuck=False, now=at)
            case "later", timedelta():
                at += value
    return found.is_well(at)


@pytest.mark.parametrize(
    ("steps", "is_well"),
    [
        pytest.param([], True, id="at the start"),
        pytest.param([("failed", "rechecks")], False, id="a round failed"),
        pytest.param([("failed", "rechecks"), ("went well", "rechecks")], True, id="and went well the next time"),
        pytest.param([("failed", "rechecks"), ("went well", "alerts")], False, id="another round went well"),
        pytest.param([("stuck", True)], True, id="alerts wait since now"),
        pytest.param([("stuck", True), ("later", STUCK_AFTER - BEFORE)], True, id="for a while"),
        pytest.param([("stuck", True), ("later", STUCK_AFTER)], False, id="for too long"),
        pytest.param(
            [("stuck", False), ("later", STUCK_AFTER - BEFORE), ("stuck", False), ("later", BEFORE)],
            False,
            id="tried again in between",
        ),
        pytest.param([("stuck", True), ("later", STUCK_AFTER), ("taken", True)], True, id="then taken"),
        pytest.param([("stuck", True), ("later", STUCK_AFTER), ("taken", False)], False, id="others taken"),
    ],
)
def test_is_well(steps: list[tuple[str, object]], is_well: bool) -> None:
    assert well(*steps) is is_well
