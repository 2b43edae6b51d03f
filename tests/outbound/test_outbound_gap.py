"""The gap between two requests to a host is kept by the clock that nobody sets."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from monitor.model.page import Purpose, Request
from tests.outbound.polite_world import World


@pytest.mark.parametrize("days", [365, 1, 0, -1, -365])
async def test_the_gap_is_kept_whatever_becomes_of_the_clock(days: int) -> None:
    world, boot, asked = World(), [1000.0], list[float]()
    real = world.sleep

    async def sleep(seconds: float) -> None:
        boot[0] += seconds
        await real(seconds)

    world.sleep = sleep  # type: ignore[method-assign]
    polite = world.polite(passed=lambda: boot[0])
    for number in range(4):
        await polite.fetch(Request(f"https://a.example/{number}", Purpose.IMAGE))
        asked.append(boot[0])
        if number == 1:
            world.now += timedelta(days=days)
            world.free_at = {host: min(at, world.now) for host, at in world.free_at.items()}  # as the store reads it
    gaps = [round(later - earlier, 3) for earlier, later in itertools.pairwise(asked)]
    assert min(gaps) >= 5.0, "no request came sooner than it may"
