"""The self-test: a picture that the person put there herself is seen in every pass, or the watch is blind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product

import pytest
from PIL import Image

from monitor.crawl.freshness import is_asked_whole
from monitor.matching.reading.fingerprint import read_image
from monitor.model.ids import CaseId
from monitor.model.match import Tier
from monitor.model.observation import RunStatus
from monitor.model.page import Purpose, Request
from monitor.model.run import Run
from monitor.model.watch import Render, Watch
from monitor.pipeline import asking
from monitor.pipeline.recheck import recheck
from monitor.ports import Detail
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, jpeg, page
from tests.stores import every_alert

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


def fault(report: Run) -> str:
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
        assert bench.site.urls_asked() == [THREAD, *([PLANTED, OTHER] if not passed else [])]  # no more than others
    assert bench.store.sightings.all() == every_alert(bench.store) == []


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
    bench.site.put(THREAD, page(OTHER))
    assert "was not seen" in fault(await bench.run(WATCH))
    assert bench.store.runs.last_good("default", "forum") == good
    bench.site.put(THREAD, page(OTHER, PLANTED))
    assert (await bench.run(WATCH)).status is RunStatus.OK


async def test_another_copy_that_is_known_there_is_not_taken_for_it(bench: Bench) -> None:
    await planted(bench)
    bench.site.put(OTHER, copy_of(PHOTOS[1]), "image/jpeg")
    await bench.run(WATCH)
    bench.site.put(THREAD, page(OTHER))
    for _ in range(2):
        assert "was not seen" in fault(await bench.run(WATCH))


async def test_another_picture_in_its_place_is_noticed_when_pictures_are_asked_for_again(bench: Bench) -> None:
    await planted(bench)
    await bench.run(WATCH)
    bench.site.put(PLANTED, OTHERS[1].read_bytes(), "image/jpeg")
    bench.clock.forward(hours=1)
    assert (await bench.run(WATCH)).status is RunStatus.OK
    bench.clock.forward(days=1)  # as for any picture whose answer says nothing of how long it stays
    assert "was not seen" in fault(await bench.run(WATCH))
    assert "was not seen" in fault(await bench.run(WATCH))


@pytest.mark.rows(1)
@pytest.mark.parametrize("moves", [pytest.param(False, id="the same address"), pytest.param(True, id="another one")])
async def test_an_edited_copy_that_only_the_detector_knows_is_seen_again(bench: Bench, moves: bool) -> None:
    """It is remembered as the planted one: kept hashes would not tell it."""
    bench.settings = replace(bench.settings, match=replace(bench.settings.match, features=True))
    await planted(bench)
    with Image.open(PHOTOS[0]) as photo:
        width, height = photo.size
        cut = jpeg(photo.crop((width // 5, height // 5, width, height)))
    assert bench.dependencies().matcher.fast(read_image(cut, detail=Detail.HASHES)).tier is Tier.NONE
    bench.site.put(PLANTED, cut, "image/jpeg")
    assert (await bench.run(WATCH)).status is RunStatus.OK
    if moves:
        bench.site.put(THREAD, page(f"{PLANTED}?2", OTHER))
        bench.site.put(f"{PLANTED}?2", cut, "image/jpeg")
    for _ in range(2):
        report = await bench.run(WATCH)
        assert (report.status, report.errors, report.new_sightings) == (RunStatus.OK, (), 0)


async def test_what_is_planted_no_more_is_told(bench: Bench) -> None:
    await planted(bench)
    await bench.run(WATCH)
    report = await bench.run(FORUM)
    assert (report.status, report.new_sightings) == (RunStatus.OK, 1)
    assert (await bench.run(FORUM)).new_sightings == 0


async def test_another_watch_tells_of_it_and_the_planted_one_still_sees_it(bench: Bench) -> None:
    await planted(bench)
    await bench.run(WATCH)
    assert (await bench.run(replace(FORUM, name="other"))).new_sightings == 1
    assert (await bench.run(WATCH)).status is RunStatus.OK


async def test_enrolling_another_photo_tells_nothing_of_the_planted_one(bench: Bench) -> None:
    await planted(bench)
    await bench.run(WATCH)
    await bench.enroll(PHOTOS[2:3])
    for watch in (
        replace(FORUM, name="other", urls=("https://forum.example/t/2",)),
        WATCH,
    ):  # by whose leave it is compared
        await bench.run(watch)
    assert bench.store.sightings.all("default") == every_alert(bench.store) == []


# -- what the site sees: the planted picture is asked for as its neighbours are

DAYS = 60
TOR = "socks5h://127.0.0.1:9050"
NEIGHBOURS = tuple(f"https://cdn.example/other{number}.jpg" for number in range(5))
LATER = tuple(f"https://cdn.example/later{number}.jpg" for number in range(6))


@pytest.fixture(autouse=True)
def _asked_for_themselves(nothing_to_prove: None) -> None:
    """Which one is asked for as a proof: `test_pipeline_proof.py`."""


def told(asked: Sequence[Request]) -> Counter[str]:
    """How often each picture was asked for, and how: plainly, conditionally, or with the page by a browser."""
    counts: Counter[str] = Counter()
    for request in asked:
        if request.purpose is Purpose.IMAGE:
            counts[f"{request.url} {'again' if request.etag else 'anew'}"] += 1
        elif request.browser:
            counts.update(f"{url} with its page" for url in (PLANTED, *NEIGHBOURS) if url not in request.known_images)
    return counts


def _as_drawn_for_one_of_them(url: str, now: datetime, *, same_since: datetime) -> bool:
    """Which address is asked whole on which day is drawn by the address alone: the same for all, to compare them."""
    return is_asked_whole(NEIGHBOURS[0], now, same_since=same_since)


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("place", "changes", "render", "proxy"),
    [
        pytest.param(3, False, Render.HTTP, "", id="in the middle"),
        pytest.param(0, True, Render.HTTP, "", id="first, with answers now and then"),
        pytest.param(5, True, Render.BROWSER, "", id="last, rendered, with answers now and then"),
        pytest.param(3, False, Render.BROWSER, TOR, id="rendered, over Tor"),
        *(
            pytest.param(*row, marks=pytest.mark.long)
            for row in product((0, 3, 5), (False, True), (Render.HTTP, Render.BROWSER, Render.AUTO), ("", TOR))
        ),
    ],
)
async def test_the_site_cannot_tell_it_from_its_neighbours(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, place: int, changes: bool, render: Render, proxy: str
) -> None:
    monkeypatch.setattr(asking, "is_asked_whole", _as_drawn_for_one_of_them)
    bench.settings = replace(bench.settings, network=replace(bench.settings.network, proxy=proxy))
    await bench.enroll(PHOTOS[:1])
    shown = [*NEIGHBOURS[:place], PLANTED, *NEIGHBOURS[place:]]
    bench.site.put(PLANTED, copy_of(PHOTOS[0]), "image/jpeg")
    for number, url in enumerate((*NEIGHBOURS, *LATER)):
        bench.site.put(url, OTHERS[number].read_bytes(), "image/jpeg")
    seen: list[Request] = []
    for day in range(DAYS):
        answers = LATER[: day // 10] if changes else ()
        bench.site.put(THREAD, page(*shown, *answers))
        bench.site.asked.clear()
        report = await bench.run(replace(WATCH, render=render))
        assert (report.status, report.errors) == (RunStatus.OK, ())
        seen += bench.site.asked
        bench.clock.forward(days=1)
    counts = told(seen)
    of = {url: {how.partition(" ")[2]: n for how, n in counts.items() if how.startswith(url)} for url in shown}
    assert of[PLANTED], "it was asked for at all"
    assert all(of[url] == of[PLANTED] for url in NEIGHBOURS), of
    order = [request.url for request in seen if request.purpose is Purpose.IMAGE and request.url in shown]
    assert [order[at : at + 6] for at in range(0, len(order), 6)] == [shown] * (len(order) // 6)  # in the page's order


async def test_the_id_serves_as_well_as_the_label(bench: Bench) -> None:
    await planted(bench)
    report = await bench.run(replace(FORUM, planted=reference(bench)))
    assert (report.status, report.new_sightings) == (RunStatus.OK, 0)


@pytest.mark.rows(2)
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
        bench.decisions.dismiss(bench.store.sightings.all()[0].id, case="default")
    for _ in range(2):
        report = await bench.run(second)
        assert (report.status, report.errors, report.new_sightings) == (RunStatus.OK, (), 0)
    assert len(bench.store.sightings.all()) == 1


async def test_what_was_found_before_it_was_planted_is_not_looked_after(bench: Bench) -> None:
    await planted(bench)
    bench.site.put(OTHER, copy_of(PHOTOS[1]), "image/jpeg")
    await bench.run(FORUM)
    bench.clock.forward(days=2)
    bench.site.asked.clear()
    found = list(bench.store.sightings.all("default"))
    done = await recheck(CaseId("default"), {FORUM.name: WATCH}, bench.dependencies())
    assert (len(found), done.looked, PLANTED in bench.site.urls_asked()) == (2, 1, False)


async def test_enrolled_after_it_was_seen(bench: Bench) -> None:
    await planted(bench)
    bench.store.references.remove("default", reference(bench))
    assert "not an enrolled photo" in fault(await bench.run(WATCH))
    await bench.enroll(PHOTOS[:1])
    for _ in range(2):
        report = await bench.run(WATCH)
        assert (report.status, report.new_sightings) == (RunStatus.OK, 0)


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
