"""A pass that this machine had no network for is not a look, and no fault of the place."""

from __future__ import annotations

from datetime import timedelta

from monitor.model.observation import RunStatus
from monitor.model.page import Outcome, OutcomeKind
from tests.pipeline.pipeline_bench import FORUM, PHOTOS, Bench, copy_of, page
from tests.stores import every_alert

THREAD, COPY = "https://forum.example/t/1", "https://cdn.example/copy.jpg"
OFFLINE = Outcome(OutcomeKind.OFFLINE, "this machine has no network")


async def test_it_is_told_and_is_not_the_last_look(bench: Bench) -> None:
    bench.site.put(THREAD, page())
    good = await bench.run()
    bench.clock.forward(days=1)
    bench.site.fails[THREAD] = OFFLINE
    report = await bench.run()
    assert report.is_offline and report.status is RunStatus.FAILED and report.cause is not None
    assert report.cause.message == "this machine has no network" and "at once when" in report.cause.remedy
    assert bench.store.runs.last("default", FORUM.name) == report
    assert bench.store.runs.last_look("default", FORUM.name) == good.finished_at


async def test_it_is_no_step_towards_the_alarm(bench: Bench) -> None:
    bench.site.fails[THREAD] = OFFLINE
    for _ in range(30):
        bench.clock.forward(hours=1)
        await bench.run()
    assert every_alert(bench.store) == []
    bench.site.fails[THREAD] = Outcome(OutcomeKind.TIMEOUT, "no answer in time")
    for looked in range(1, 4):
        bench.clock.forward(hours=1)
        await bench.run()
        assert len(every_alert(bench.store)) == (looked == 3)


async def test_trying_again_leaves_no_row_until_somebody_answers(bench: Bench) -> None:
    for kind in (OutcomeKind.OFFLINE, OutcomeKind.TIMEOUT, OutcomeKind.PART):
        bench.site.fails[THREAD] = Outcome(kind, "x")
        before = len(bench.store.runs.since("default", bench.clock.now - timedelta(days=9)))
        await bench.run()
        for _ in range(5):
            await bench.run(again=True)
        assert len(bench.store.runs.since("default", bench.clock.now - timedelta(days=9))) == before + 1
    del bench.site.fails[THREAD]
    bench.site.put(THREAD, page())
    assert (await bench.run(again=True)).pages_seen == 1
    assert bench.store.runs.last_look("default", FORUM.name) == bench.clock.now


async def test_a_check_without_network_is_still_due(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(THREAD, page(COPY))
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    await bench.run()
    bench.clock.forward(days=2)
    bench.site.fails |= {THREAD: OFFLINE, COPY: OFFLINE}
    assert (await bench.recheck()).looked == 0
    bench.site.fails.clear()
    assert (await bench.recheck()).looked == 1


async def test_a_part_of_the_program_that_failed_is_told_as_its_own_trouble(bench: Bench) -> None:
    bench.site.fails[THREAD] = Outcome(OutcomeKind.PART, "the fetcher gave no answer: it ended")
    report = await bench.run()
    assert report.is_own_trouble and not report.is_offline and not report.is_unanswered
    assert report.cause is not None and report.cause.kind is OutcomeKind.PART
    assert "own trouble, not the site's" in report.cause.remedy and "doctor" in report.cause.remedy
