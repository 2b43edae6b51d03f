"""A clock that was ahead has written times that are yet to come: none of them silences anything."""

from __future__ import annotations

import pytest

from monitor.model.page import Outcome, OutcomeKind
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, copy_of, page
from tests.stores import every_alert

THREAD, COPY = "https://forum.example/t/1", "https://cdn.example/copy.jpg"


async def seen_by_a_clock_that_was_ahead(bench: Bench, days: int) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    bench.clock.forward(days=days)
    await bench.run()
    await bench.recheck()
    bench.clock.forward(days=-days)
    bench.site.asked.clear()


@pytest.mark.parametrize("days", [1, 31, 400])
async def test_pictures_are_asked_for_again(bench: Bench, days: int) -> None:
    await seen_by_a_clock_that_was_ahead(bench, days)
    await bench.run()
    assert COPY in bench.site.urls_asked()


@pytest.mark.parametrize("days", [31, 400])  # further ahead than a look is ever put off; else it is that late
async def test_what_was_found_is_checked(bench: Bench, days: int) -> None:
    await seen_by_a_clock_that_was_ahead(bench, days)
    assert (await bench.recheck()).looked == 1


async def test_what_was_found_by_a_clock_a_little_ahead_is_checked_that_much_later(bench: Bench) -> None:
    """A look may be planned for days ahead, so nothing tells such a time from a right one."""
    await seen_by_a_clock_that_was_ahead(bench, 2)
    assert (await bench.recheck()).looked == 0
    bench.clock.forward(days=2 + 1)  # by the right clock it would have been the next day
    assert (await bench.recheck()).looked == 1


async def test_a_blind_watch_is_told_of(bench: Bench) -> None:
    bench.site.fails[THREAD] = Outcome(OutcomeKind.WALL, "a bot check")
    bench.clock.forward(days=400)
    await bench.run()
    bench.clock.forward(days=-400)
    for _ in range(3):
        bench.clock.forward(hours=1)
        await bench.run()
    assert [alert.subject for alert in every_alert(bench.store)] == [FORUM.name]
