"""A picture that stands on several pages of a watch: only what was decided of it on one is not looked at on the next.
What a pass could not decide leaves every page unsettled that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.visitor import Visitor
from monitor.model.watch import ImageRules, Kind, Watch
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, jpeg, page

A, B, C = (f"https://forum.example/{name}" for name in "abc")
COPY, OTHER = "https://cdn.example/copy.jpg", "https://cdn.example/other.jpg"
BOTH = replace(FORUM, kind=Kind.URLS, urls=(A, B))
NO_ANSWER = Outcome(OutcomeKind.TIMEOUT, "no answer", "wait")


def part_of(photo: Path) -> bytes:
    """Known by its features alone."""
    with Image.open(photo) as opened:
        wide, high = opened.size
        return jpeg(opened.crop((wide // 4, high // 4, wide * 3 // 4, high * 3 // 4)))


def fails(bench: Bench) -> Watch:
    bench.site.fails[COPY] = NO_ANSWER
    return BOTH


def is_left_out(bench: Bench) -> Watch:
    return replace(BOTH, images=ImageRules(max_images=1))


def is_put_off(bench: Bench) -> Watch:
    bench.site.put(COPY, part_of(PHOTOS[0]), "image/jpeg")
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, budget_seconds=0))
    return BOTH


@pytest.mark.rows(1)
@pytest.mark.parametrize("undecided", [fails, is_left_out, is_put_off])
async def test_what_one_pass_could_not_decide_is_found_at_every_place_by_the_next(
    bench: Bench, undecided: Callable[[Bench], Watch]
) -> None:
    bench.settings = usual = replace(bench.settings, match=replace(bench.settings.match, features=True))
    await bench.enroll(PHOTOS[:1])
    bench.site.put(OTHER, OTHERS[0].read_bytes(), "image/jpeg")
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    bench.site.put(A, page(OTHER, COPY))
    bench.site.put(B, page(COPY))
    watch = undecided(bench)
    assert (await bench.run(watch)).new_sightings == 0
    assert bench.site.urls_asked().count(COPY) <= 1, "one pass does not ask twice for what it could not have"
    bench.site.fails.clear()
    bench.settings = usual
    bench.clock.forward(hours=2)
    assert (await bench.run(watch)).new_sightings == 2
    assert {sighting.place.page_url for sighting in bench.store.sightings.all("default")} == {A, B}


async def test_what_was_decided_on_one_page_is_not_asked_for_on_the_next(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:1])
    bench.site.put(OTHER, OTHERS[0].read_bytes(), "image/jpeg")
    for url in (A, B):
        bench.site.put(url, page(OTHER))
    run = await bench.run(BOTH)
    assert (run.images, bench.site.urls_asked().count(OTHER)) == (1, 1)


async def test_a_page_that_brings_the_picture_with_it_is_asked_for_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page before it named the same address, and that gave nothing."""
    await bench.enroll(PHOTOS[:1])
    fetch = bench.site.fetch
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    had = await fetch(Request(COPY, visitor=Visitor("default")))
    bench.site.fails[COPY] = NO_ANSWER
    for url in (A, B):
        bench.site.put(url, page(COPY))

    async def rendered(request: Request) -> Fetched:
        fetched = await fetch(request)
        return replace(fetched, subresources=(had,)) if request.url == B else fetched

    monkeypatch.setattr(bench.site, "fetch", rendered)
    assert (await bench.run(BOTH)).new_sightings == 1
    assert [sighting.place.page_url for sighting in bench.store.sightings.all("default")] == [B]


async def test_a_copy_that_a_third_site_only_sends_on_to_is_found_on_every_page(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is called by where it came from, which no page names."""
    await bench.enroll(PHOTOS[:1])
    sends_on, fetch = "https://go.example/copy.jpg", bench.site.fetch
    bench.site.put(COPY, copy_of(PHOTOS[0]), "image/jpeg")
    for url in (A, B):
        bench.site.put(url, page(sends_on))

    async def sent_on(request: Request) -> Fetched:
        if request.url != sends_on:
            return await fetch(request)
        return replace(await fetch(replace(request, url=COPY)), request=request, redirects=(COPY,))

    monkeypatch.setattr(bench.site, "fetch", sent_on)
    assert (await bench.run(BOTH)).new_sightings == 2
    bench.clock.forward(hours=2)
    bench.site.put(C, page(sends_on))
    run = await bench.run(replace(BOTH, urls=(A, B, C)))  # two are passed by
    assert (run.matches, run.new_sightings) == (3, 1)
    assert {sighting.last_seen for sighting in bench.store.sightings.all("default")} == {bench.clock()}
