"""The self-test: a picture that the person put there herself is seen in every pass, or the watch is blind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page

from monitor.model.run import RunReport, RunStatus
from monitor.model.watch import Render, Watch
from monitor.pipeline import deciding

THREAD = "https://forum.example/t/1"
PLANTED = "https://cdn.example/mine.jpg"
OTHER = "https://cdn.example/other.jpg"
WATCH = replace(FORUM, planted=PHOTOS[0].stem)


async def planted(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:2])
    bench.site.put(THREAD, page(PLANTED, OTHER))
    bench.site.put(PLANTED, copy_of(PHOTOS[0]), "image/jpeg")
    bench.site.put(OTHER, OTHERS[0].read_bytes(), "image/jpeg")


def reference(bench: Bench) -> str:
    (found,) = (one.id for one in bench.store.references.all("default") if one.label == WATCH.planted)
    return found


def fault(report: RunReport) -> str:
    (error,) = report.errors
    assert (error.kind, report.status) == ("self_test", RunStatus.FAILED)
    assert error.remedy and error.url == THREAD
    return error.message


async def test_it_is_seen_in_every_pass_and_never_told(bench: Bench) -> None:
    await planted(bench)
    for passed in range(3):
        bench.site.asked.clear()
        report = await bench.run(WATCH)
        assert (report.status, report.errors, report.matches, report.new_sightings) == (RunStatus.OK, (), 0, 0)
        assert bench.site.urls_asked() == [THREAD, PLANTED, *([OTHER] if not passed else [])]  # it, and nothing else
    assert bench.store.sightings.all() == bench.store.alerts.recent(1000) == []


async def test_another_copy_on_the_same_watch_is_told(bench: Bench) -> None:
    await planted(bench)
    bench.site.put(OTHER, copy_of(PHOTOS[1]), "image/jpeg")
    for _ in range(2):
        report = await bench.run(WATCH)
        assert (report.status, report.matches) == (RunStatus.OK, 1)
    (sighting,) = bench.store.sightings.all()
    assert sighting.match.label == PHOTOS[1].stem


async def test_a_watch_that_does_not_see_it_is_blind(bench: Bench) -> None:
    await planted(bench)
    await bench.run(WATCH)
    good = bench.store.runs.last_good("default", "forum")
    bench.clock.forward(hours=1)
    bench.site.put(PLANTED, OTHERS[1].read_bytes(), "image/jpeg")
    assert "was not seen" in fault(await bench.run(WATCH))
    assert bench.store.runs.last_good("default", "forum") == good


async def test_the_id_serves_as_well_as_the_label(bench: Bench) -> None:
    await planted(bench)
    report = await bench.run(replace(FORUM, planted=reference(bench)))
    assert (report.status, report.new_sightings) == (RunStatus.OK, 0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(FORUM, WATCH, id="found before it was said to be planted"),
        pytest.param(replace(FORUM, name="other"), WATCH, id="found by another watch"),
    ],
)
@pytest.mark.parametrize("dismissed", [False, True])
async def test_what_was_found_before_counts_as_seen(bench: Bench, first: Watch, second: Watch, dismissed: bool) -> None:
    await planted(bench)
    assert (await bench.run(first)).new_sightings == 1
    if dismissed:
        deciding.dismiss(
            bench.store.sightings.all()[0].id, case="default", store=bench.store, vault_dir=bench.settings.vault_dir
        )
    for _ in range(2):
        report = await bench.run(second)
        assert (report.status, report.errors, report.new_sightings) == (RunStatus.OK, (), 0)
    assert len(bench.store.sightings.all()) == 1


async def test_enrolled_after_it_was_seen(bench: Bench) -> None:
    await planted(bench)
    bench.store.references.remove("default", reference(bench))
    assert "no enrolled photo" in fault(await bench.run(WATCH))
    await bench.enroll(PHOTOS[:1])
    for _ in range(2):
        report = await bench.run(WATCH)
        assert (report.status, report.new_sightings) == (RunStatus.OK, 0)


async def test_a_paused_photo_cannot_test(bench: Bench) -> None:
    await planted(bench)
    bench.store.references.pause("default", reference(bench), bench.clock())
    assert "is paused" in fault(await bench.run(WATCH))


async def test_a_rendered_page_is_told_which_pictures_are_known(bench: Bench) -> None:
    await planted(bench)
    rendered = replace(FORUM, render=Render.BROWSER)
    await bench.run(rendered)
    assert bench.site.asked[0].known_images == ()
    bench.site.asked.clear()
    await bench.run(rendered)
    (request,) = bench.site.asked
    assert (request.browser, request.known_images) == (True, (PLANTED, OTHER))
    bench.site.asked.clear()
    await bench.enroll(PHOTOS[2:3])  # to be compared anew, so the kept hashes are, and not one is loaded
    bench.clock.forward(days=31)
    await bench.run(rendered)
    assert bench.site.asked[0].known_images == ()  # an address may have been given another picture
