"""When the address in `[monitoring] ping_url` hears that all is well, and when not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.daemon.wellbeing import STUCK_AFTER, Wellbeing
from monitor.model.alert import Outstanding
from monitor.model.channel_health import ChannelHealth

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
LONG, BRIEFLY = NOW - STUCK_AFTER, NOW - STUCK_AFTER + timedelta(seconds=1)
TRIED = Outstanding(waiting=1, tried=1)


@pytest.mark.parametrize(
    ("steps", "is_well"),
    [
        pytest.param([], True, id="at the start"),
        pytest.param([("failed", "rechecks")], False, id="a round failed"),
        pytest.param([("failed", "rechecks"), ("went_well", "rechecks")], True, id="and went well the next time"),
        pytest.param([("failed", "rechecks"), ("went_well", "alerts")], False, id="another round went well"),
    ],
)
def test_of_rounds(steps: list[tuple[str, str]], is_well: bool) -> None:
    found = Wellbeing()
    for what, name in steps:
        getattr(found, what)(name)
    assert found.is_well(Outstanding(), (), NOW) is is_well


@pytest.mark.parametrize(
    ("stood", "failing_since", "is_well"),
    [
        pytest.param(TRIED, [BRIEFLY], True, id="for a while"),
        pytest.param(TRIED, [LONG], False, id="for too long, whenever it was tried last and by whichever process"),
        pytest.param(TRIED, [LONG, LONG], False, id="all of them"),
        pytest.param(TRIED, [LONG, None], True, id="another one works"),
        pytest.param(TRIED, [LONG, BRIEFLY], True, id="another one worked until just now"),
        pytest.param(Outstanding(waiting=1), [LONG], True, id="it is not due yet"),
        pytest.param(Outstanding(), [LONG], True, id="taken since"),
        pytest.param(TRIED, [], True, id="nothing is known of any"),
    ],
)
def test_of_alerts_by_what_is_kept(stood: Outstanding, failing_since: list[datetime | None], is_well: bool) -> None:
    channels = [
        ChannelHealth(target=str(at), name=f"{at} (mailto)", tried_at=NOW, failing_since=since)
        for at, since in enumerate(failing_since)
    ]
    assert Wellbeing().is_well(stood, channels, NOW) is is_well
