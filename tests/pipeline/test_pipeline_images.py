"""What becomes of a page's pictures, and what a pass asks its store for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.errors import AttestationMissing, MonitorError
from monitor.model.case import Case
from monitor.model.observation import RunStatus
from monitor.model.page import Fetched, Request
from monitor.model.sighting import Status
from monitor.model.watch import Kind, Watch
from monitor.pipeline import still_there
from monitor.pipeline.images import PageImages
from monitor.pipeline.scan import begin
from monitor.sources import source_for
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page

SITE = "https://forum.example"


@pytest.mark.parametrize(
    ("became", "settled"),
    [
        pytest.param(PageImages(), True, id="none there"),
        pytest.param(PageImages(looked_at=3), True, id="all decided"),
        pytest.param(PageImages(looked_at=3, unseen=1), True, id="one could not be read"),
        pytest.param(PageImages(looked_at=3, unseen=3), False, id="not one could be read"),
        pytest.param(PageImages(looked_at=3, undecided=1), False, id="one is looked at in another pass"),
        pytest.param(PageImages(looked_at=3, left_out=1), False, id="one was left out for a cap"),
        pytest.param(PageImages(left_out=1), False, id="the only one was left out for a cap"),
        pytest.param(PageImages(passed_by=True), True, id="passed by"),
        pytest.param(PageImages(looked_at=1, unseen=1).plus(PageImages(looked_at=1)), True, id="one lot was seen"),
        pytest.param(PageImages(looked_at=1, undecided=1).plus(PageImages(looked_at=8)), False, id="one lot was not"),
    ],
)
def test_a_page_is_settled_when_nothing_is_left_to_do(became: PageImages, settled: bool) -> None:
    assert became.settled is settled


def pages(count: int) -> tuple[str, ...]:
    return tuple(f"{SITE}/t/{number}" for number in range(count))


async def found_on(bench: Bench, count: int) -> Watch:
    """A copy on each of so many pages, which were looked at once."""
    watch = replace(FORUM, kind=Kind.URLS, urls=pages(count))
    await bench.enroll(PHOTOS[:1])
    for number, url in enumerate(watch.urls):
        bench.site.put(f"{SITE}/{number}.jpg", copy_of(PHOTOS[0]) + bytes([number]), "image/jpeg")
        bench.site.put(url, page(f"{SITE}/{number}.jpg"))
    assert (await bench.run(watch)).new_sightings == count
    bench.clock.forward(hours=2)
    return watch


@pytest.mark.rows(1)
@pytest.mark.parametrize("at_once", [1, 2, 50])
async def test_on_pages_that_are_passed_by_every_find_is_seen_again(
    bench: Bench, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = await found_on(bench, 5)
    monkeypatch.setattr(still_there, "PASSED_AT_ONCE", at_once)
    monkeypatch.setattr(still_there, "STANDING_AT_ONCE", at_once)
    run = await bench.run(watch)
    assert (run.matches, run.new_sightings, run.images_seen) == (5, 0, 5)
    assert {sighting.last_seen for sighting in bench.store.sightings.all("default")} == {bench.clock()}


async def test_one_that_was_removed_and_stands_on_an_unchanged_page_is_back(bench: Bench) -> None:
    watch = await found_on(bench, 2)
    gone, _ = bench.store.sightings.all("default")
    bench.store.sightings.save(replace(gone, status=Status.REMOVED, removed_at=bench.clock()))
    await bench.run(watch)
    assert bench.store.sightings.get("default", gone.id).status is Status.REAPPEARED


async def test_another_copy_at_a_known_place_is_no_new_find(bench: Bench) -> None:
    watch = await found_on(bench, 1)
    bench.site.put(f"{SITE}/0.jpg", copy_of(PHOTOS[0], quality=40), "image/jpeg")
    bench.clock.forward(days=31)
    run = await bench.run(watch)
    assert (run.matches, run.new_sightings, run.new_images) == (1, 0, 1)
    assert len(bench.store.sightings.all("default")) == 1


async def test_a_pass_reads_no_sighting_that_it_does_not_need(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = await found_on(bench, 3)

    def refuse(*_: object) -> None:
        raise AssertionError("ten thousand take seconds, at every pass")

    monkeypatch.setattr(type(bench.store.sightings), "all", refuse)
    assert (await bench.run(watch)).matches == 3  # unchanged: passed by
    bench.clock.forward(hours=2)
    for number, url in enumerate(watch.urls):
        bench.site.put(url, page(f"{SITE}/{number}.jpg", f"{SITE}/0.jpg", f"{SITE}/new.jpg"))
    bench.site.put(f"{SITE}/new.jpg", OTHERS[0].read_bytes(), "image/jpeg")
    assert (await bench.run(watch)).new_sightings == 2  # the first one, on the two other pages


async def test_two_addresses_that_lead_to_one_file_are_one_find(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A third site only sends on; on the second page the picture is known already."""
    await bench.enroll(PHOTOS[:1])
    file, fetch = "https://cdn.example/copy.jpg", bench.site.fetch
    bench.site.put(file, copy_of(PHOTOS[0]), "image/jpeg")

    async def sent_on(request: Request) -> Fetched:
        if not request.url.startswith("https://go.example/"):
            return await fetch(request)
        return replace(await fetch(replace(request, url=file)), request=request, redirects=(file,))

    monkeypatch.setattr(bench.site, "fetch", sent_on)
    runs = []
    for name in ("one", "two"):
        bench.site.put(f"{SITE}/{name}", page("https://go.example/a.jpg", "https://go.example/b.jpg"))
        runs.append(await bench.run(replace(FORUM, name=name, urls=(f"{SITE}/{name}",))))
    assert [sighting.place.image_url for sighting in bench.store.sightings.all("default")] == [file] * 2
    assert (runs[1].matches, runs[1].new_sightings) == (1, 1)


async def test_before_an_attestation_nothing_is_asked_or_compared(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.store.cases.save(Case("default", attestation=None, created_at=bench.clock()))
    with pytest.raises(AttestationMissing):
        await bench.run()
    assert bench.site.asked == []
    assert bench.store.runs.last("default", FORUM.name) is None


async def test_a_watch_that_no_source_reads_is_refused_before_anything_is_asked(bench: Bench) -> None:
    with pytest.raises(MonitorError):
        await bench.run(replace(FORUM, kind=Kind.SEARCH, engine="no-such-engine", query="x", urls=()))
    assert bench.site.asked == []


async def test_what_fails_for_a_visitor_is_no_fault_of_the_watch(bench: Bench) -> None:
    """What it takes is taken of the same budget, and what it finds counts."""
    watch = replace(FORUM, ignore_robots=True, robots_reason="mine", planted="x")
    run = begin(watch, source_for(watch, bench.settings), bench.dependencies())
    visitor = run.as_visitor()
    assert (visitor.watch.ignore_robots, visitor.watch.planted, visitor.login) == (False, "", None)
    visitor.tally.error("https://x.example/", "gone", "not there", "look elsewhere")
    visitor.tally.matches += 1
    visitor.budget.ask_images(3)
    run.tally.add_finds(visitor.tally)
    kept = run.tally.finish(bench.clock())
    assert (kept.errors, kept.matches, kept.pages, kept.status) == ((), 1, 0, RunStatus.FAILED)
    assert run.budget.asked == 3
    assert run.watch is watch


async def test_time_is_moved_on_for_what_stands_beside_what_is_new(bench: Bench) -> None:
    watch = await found_on(bench, 1)
    bench.site.put(f"{SITE}/new.jpg", OTHERS[0].read_bytes(), "image/jpeg")
    bench.site.put(watch.urls[0], page(f"{SITE}/0.jpg", f"{SITE}/new.jpg"))
    run = await bench.run(watch)
    (sighting,) = bench.store.sightings.all("default")
    assert sighting.last_seen - sighting.first_seen == timedelta(hours=2)
    assert (run.matches, run.images, run.new_images, run.not_modified) == (1, 2, 1, 1)
