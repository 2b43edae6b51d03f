"""A watch that does not see is told of: once, again in a set rhythm until it does, and never for one bad hour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.errors import WorkFailed
from monitor.model.alert import AlertKind
from monitor.model.observation import RunStatus
from monitor.model.page import Outcome, OutcomeKind
from monitor.model.watch import Cron, Every, Watch
from monitor.pipeline.runs import save_run, stopped_run
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page
from tests.stores import every_alert

THREAD = "https://forum.example/t/1"
WALL = Outcome(OutcomeKind.WALL, "a bot check stands before the page", "look yourself")


def told(bench: Bench) -> int:
    alerts = [alert for alert in every_alert(bench.store) if alert.kind is AlertKind.BLIND]
    assert all((alert.subject, alert.sightings) == (FORUM.name, ()) for alert in alerts)
    return len(alerts)


async def looks(bench: Bench, count: int, *, hours: float, watch: Watch = FORUM) -> list[int]:
    """After each: how many alerts there are."""
    found = []
    for _ in range(count):
        bench.clock.forward(hours=hours)
        await bench.run(watch)
        found.append(told(bench))
    return found


@pytest.mark.long
async def test_three_intervals_without_a_good_look_are_an_alarm_that_is_repeated_until_solved(bench: Bench) -> None:
    bench.site.put(THREAD, page())
    assert await looks(bench, 2, hours=1) == [0, 0]
    bench.site.fails[THREAD] = WALL
    assert await looks(bench, 3, hours=1) == [0, 0, 1]
    assert await looks(bench, 71, hours=1) == [1] * 71
    assert await looks(bench, 72, hours=1) == [2] * 72
    del bench.site.fails[THREAD]
    assert await looks(bench, 5, hours=30) == [2] * 5
    bench.site.fails[THREAD] = WALL  # another trouble: told anew
    assert await looks(bench, 3, hours=1) == [2, 2, 3]


@pytest.mark.parametrize(
    ("watch", "hours", "expected"),
    [
        pytest.param(FORUM, 0.1, [0, 0, 0, 0], id="three by hand within minutes"),
        pytest.param(replace(FORUM, schedule=Cron("0 9 * * *")), 24, [0, 0, 1, 1], id="on cron"),
        pytest.param(replace(FORUM, schedule=Every(7200)), 1, [0, 0, 0, 1], id="seldom: not sooner than its own gap"),
    ],
)
async def test_when_it_is_an_alarm(bench: Bench, watch: Watch, hours: float, expected: list[int]) -> None:
    bench.site.fails[THREAD] = WALL
    assert await looks(bench, 4, hours=hours, watch=watch) == expected


async def test_a_part_that_is_seen_is_no_alarm(bench: Bench) -> None:
    bench.site.put(THREAD, page("https://cdn.example/1.jpg", "https://cdn.example/2.jpg"))
    bench.site.put("https://cdn.example/1.jpg", OTHERS[0].read_bytes(), "image/jpeg")
    assert await looks(bench, 5, hours=2) == [0] * 5


async def test_pages_without_their_pictures_are_an_alarm(bench: Bench) -> None:
    bench.site.put(THREAD, page("https://cdn.example/1.jpg"))
    bench.site.put("https://cdn.example/1.jpg", OTHERS[0].read_bytes(), "image/jpeg")
    await bench.run()
    bench.site.put(THREAD, page())
    assert await looks(bench, 3, hours=1) == [0, 0, 1]


def test_a_look_that_did_not_take_place_is_no_good_look(bench: Bench) -> None:
    for error in (WorkFailed("no proxy", remedy="Start it."), RuntimeError("of a name")):
        report = stopped_run(FORUM, error, bench.clock())
        save_run(report, FORUM, bench.store)
        kept = bench.store.runs.last("default", "forum")
        assert kept == report and kept.status is RunStatus.FAILED and kept.cause is not None
        assert kept.cause.kind == "stopped" and kept.cause.remedy and "of a name" not in kept.cause.message


async def test_what_was_closed_as_under_18_is_no_alarm(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page("https://cdn.example/copy.jpg"))
    bench.site.put("https://cdn.example/copy.jpg", copy_of(PHOTOS[0]), "image/jpeg")
    await bench.run()
    (found,) = bench.store.sightings.all()
    bench.decisions.close_under_18(found.id, case="default")
    assert await looks(bench, 80, hours=1) == [0] * 80
    last = bench.store.runs.last("default", FORUM.name)
    assert last is not None and (last.status, last.is_closed) == (RunStatus.FAILED, True), "said all the same"
