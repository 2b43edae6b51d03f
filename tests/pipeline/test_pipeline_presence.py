"""What becomes of a find whose file, page or search result goes, is hidden, or comes back; a day at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from monitor.documents.presence import still_words
from monitor.model.alert import AlertKind, Delivery
from monitor.model.ids import DEFAULT_CASE
from monitor.model.page import Outcome, OutcomeKind
from monitor.model.presence import Standing
from monitor.model.settings import EngineSettings
from monitor.model.sighting import Sighting, Status
from monitor.model.watch import Every, Follow, Kind, Watch
from monitor.pipeline import recheck
from monitor.pipeline.presence_look import WHOLE_EVERY
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, copy_of, page, small
from tests.stores import every_alert

CASE = DEFAULT_CASE
THREAD = FORUM.urls[0]
COPY = "https://cdn.example/a.jpg"
ELSEWHERE = "https://cdn.example/moved.jpg"
BYSTANDERS = tuple(f"https://cdn.example/o{n}.jpg" for n in range(3))
WALL = "<html><title>Log in</title><body><form><input type=password></form>You must be logged in to view this</body>"
SOFT_404 = "<html><title>Our site</title><body>" + "<p>Nothing to see at this address, look around. </p>" * 60

Do = Callable[[Bench], None]


def named(*urls: str) -> Do:
    return lambda bench: bench.site.put(THREAD, page(*urls, more=f"<p>{bench.clock()}</p>"))


def answers(body: bytes | str, content_type: str = "image/jpeg", *urls: str) -> Do:
    def do(bench: Bench) -> None:
        for url in urls or (COPY,):
            bench.site.fails.pop(url, None)
            bench.site.put(url, body, content_type)

    return do


def gone(*urls: str) -> Do:
    def do(bench: Bench) -> None:
        for url in urls or (COPY,):
            bench.site.fails.pop(url, None)
            bench.site.files.pop(url, None)

    return do


def fails(kind: OutcomeKind, *urls: str) -> Do:
    def do(bench: Bench) -> None:
        for url in urls or (COPY,):
            bench.site.fails[url] = Outcome(kind, "because")

    return do


def both(*what: Do) -> Do:
    return lambda bench: [do(bench) for do in what] and None


def nothing(bench: Bench) -> None: ...


stand_in = answers(small(OTHERS[3]))
back = answers(small(PHOTOS[0]))
as_page = answers(SOFT_404, "text/html")
for_members = both(stand_in, answers(small(OTHERS[3]), "image/jpeg", *BYSTANDERS))

NEW, REMOVED, BACK = Status.NEW, Status.REMOVED, Status.REAPPEARED
N3 = [NEW] * 3
GOES = [NEW, REMOVED, REMOVED]


@pytest.fixture
async def found(bench: Bench) -> Bench:
    await bench.enroll(PHOTOS[:1])
    named(COPY, *BYSTANDERS)(bench)
    back(bench)
    for number, url in enumerate(BYSTANDERS):
        bench.site.put(url, small(OTHERS[number]), "image/jpeg")
    assert (await bench.run()).new_sightings == 1
    await bench.recheck()
    (told,) = every_alert(bench.store, "default")
    bench.store.alerts.save(replace(told, delivery=Delivery.SENT, sent_at=bench.clock()))
    return bench


async def days(bench: Bench, *what: Do, passes: bool = True) -> list[Sighting]:
    """One thing a day happens; then a pass and a recheck."""
    told = []
    for do in what:
        bench.clock.forward(hours=24)
        do(bench)
        if passes:
            await bench.run()
        await bench.recheck()
        (sighting,) = bench.store.sightings.all("default")
        told.append(sighting)
    return told


@pytest.mark.rows(7)
@pytest.mark.parametrize(
    ("what", "told"),
    [
        pytest.param([gone(), nothing, nothing], GOES, id="404, the page still names it"),
        pytest.param([stand_in, nothing, nothing], GOES, id="another picture at the address"),
        pytest.param([as_page, nothing, nothing], GOES, id="a soft 404 with 200"),
        pytest.param([both(gone(), gone(THREAD)), nothing, nothing], GOES, id="file and page gone"),
        pytest.param([both(gone(), named(*BYSTANDERS)), nothing, nothing], GOES, id="the page does not name it"),
        pytest.param([gone(), back, gone(), back], [NEW] * 4, id="a CDN that flaps"),
        pytest.param([gone(), fails(OutcomeKind.TIMEOUT), gone()], [NEW, NEW, REMOVED], id="gone, slow, gone"),
        pytest.param([fails(OutcomeKind.BLOCKED)] + [nothing] * 2, N3, id="403 to the file"),
        pytest.param([fails(OutcomeKind.DNS, COPY, THREAD)] + [nothing] * 2, N3, id="the site is down"),
        pytest.param([both(gone(THREAD), fails(OutcomeKind.BLOCKED))] + [nothing] * 2, N3, id="page gone, file 403"),
        pytest.param([gone(THREAD), nothing, nothing], N3, id="page gone, file served"),
        pytest.param([both(gone(), fails(OutcomeKind.WALL, THREAD))] + [nothing] * 2, N3, id="page walled, file gone"),
        pytest.param([both(gone(), answers(WALL, "text/html", THREAD))] + [nothing] * 2, N3, id="log-in form as page"),
        pytest.param([answers(WALL, "text/html")] + [nothing] * 2, N3, id="log-in form as picture"),
        pytest.param([for_members, nothing, nothing], N3, id="one picture for all: members only"),
        pytest.param([answers(b"\xff\xd8\xff\xe0 broken"), nothing, nothing], N3, id="a broken file"),
        pytest.param([gone(), nothing, back, nothing], [NEW, REMOVED, BACK, BACK], id="restored"),
        pytest.param(
            [gone(), nothing, answers(copy_of(PHOTOS[0], quality=55)), nothing],
            [NEW, REMOVED, BACK, BACK],
            id="restored, encoded anew",
        ),
        pytest.param([gone(), nothing, stand_in, nothing], [NEW, REMOVED, REMOVED, REMOVED], id="then a stand-in"),
        pytest.param(
            [both(gone(), gone(THREAD)), nothing, named(*BYSTANDERS), named(COPY)],
            [NEW, REMOVED, REMOVED, REMOVED],
            id="the page is restored without it, then names it",
        ),
        pytest.param([answers(copy_of(PHOTOS[0], quality=55)), nothing, nothing], N3, id="encoded anew stands"),
    ],
)
async def test_what_is_told(found: Bench, what: Sequence[Do], told: Sequence[Status]) -> None:
    assert [sighting.status for sighting in await days(found, *what)] == told
    kinds = [alert.kind for alert in every_alert(found.store, "default")]
    assert (kinds.count(AlertKind.NEW), kinds.count(AlertKind.REAPPEARED)) == (1, BACK in told), "each is told once"


@pytest.mark.parametrize("passes", [True, False], ids=["with passes", "rechecks alone"])
async def test_last_seen_is_of_the_picture(found: Bench, passes: bool) -> None:
    first = found.clock()
    *_, last = await days(found, gone(), nothing, nothing, passes=passes)
    assert (last.status, last.last_seen, last.presence.media.seen_at) == (REMOVED, first, first)
    assert last.presence.page.seen_at == found.clock(), "the page names it"
    assert last.presence.media.why == "the server says 404"


async def test_what_a_page_that_never_changes_says_is_not_of_the_file(found: Bench) -> None:
    """Passes alone say nothing of it."""
    gone()(found)
    for _ in range(5):
        found.clock.forward(hours=24)
        await found.run()
    (sighting,) = found.store.sightings.all("default")
    assert sighting.status is NEW
    assert sighting.presence.page.seen_at == found.clock() > (sighting.presence.media.seen_at or found.clock())


async def test_in_a_pass_what_was_removed_is_asked_for_and_only_a_picture_brings_it_back(found: Bench) -> None:
    await days(found, gone(), nothing)
    for do, becomes in ((nothing, REMOVED), (stand_in, REMOVED), (as_page, REMOVED), (back, BACK)):
        found.clock.forward(hours=2)
        do(found)
        found.site.asked.clear()
        await found.run()
        (sighting,) = found.store.sightings.all("default")
        assert (sighting.status, COPY in found.site.urls_asked()) == (becomes, True)


async def test_an_unchanged_page_has_none_of_its_pictures_asked_for(found: Bench) -> None:
    found.clock.forward(hours=2)
    found.site.asked.clear()
    await found.run()
    assert found.site.urls_asked() == [THREAD]


async def test_a_recheck_asks_for_what_changed_and_now_and_then_for_the_whole(found: Bench) -> None:
    found.site.asked.clear()
    await days(found, *[nothing] * WHOLE_EVERY, passes=False)
    asked = [request.etag is not None for request in found.site.asked if request.url == COPY]
    assert sorted(asked) == [False] + [True] * (WHOLE_EVERY - 1)


async def test_a_page_is_asked_once_for_all_that_stand_on_it(bench: Bench) -> None:
    await bench.enroll(PHOTOS[:3])
    urls = [f"https://cdn.example/p{n}.jpg" for n in range(3)]
    named(*urls)(bench)
    for url, photo in zip(urls, PHOTOS, strict=False):
        bench.site.put(url, small(photo), "image/jpeg")
    await bench.run()
    bench.site.asked.clear()
    assert (await bench.recheck()).looked == 3
    assert sorted(bench.site.urls_asked()) == sorted([THREAD, *urls])


async def test_one_that_moved_on_its_page_is_not_removed(found: Bench) -> None:
    """Until a pass has put it to its new address."""
    moved = both(gone(), answers(small(PHOTOS[0]), "image/jpeg", ELSEWHERE), named(ELSEWHERE, *BYSTANDERS))
    found.clock.forward(hours=24)
    moved(found)
    for _ in range(3):
        await found.recheck()
        found.clock.forward(hours=24)
    (sighting,) = found.store.sightings.all("default")
    assert sighting.presence.page.standing is Standing.THERE


async def test_a_picture_in_the_page_itself_has_its_page_alone(bench: Bench) -> None:
    import base64

    inline = "data:image/jpeg;base64," + base64.b64encode(small(PHOTOS[0])).decode()
    await bench.enroll(PHOTOS[:1])
    named(inline)(bench)
    await bench.run()
    told = await days(bench, nothing, named(), nothing, named(inline), passes=False)
    assert [one.status for one in told] == [NEW, NEW, REMOVED, BACK]
    assert bench.site.urls_asked().count(THREAD) == 5


async def test_what_is_back_is_looked_at_on_years_after_it_was_removed(found: Bench) -> None:
    await days(found, gone(), nothing, back)
    found.clock.forward(days=500)
    assert (await found.recheck()).looked == 1


async def test_a_closed_address_is_never_asked(found: Bench) -> None:
    (sighting,) = found.store.sightings.all("default")
    other = replace(sighting, id="closed", under_18=True, place=replace(sighting.place, image_url=ELSEWHERE))
    found.store.sightings.save(other)
    found.clock.forward(hours=25)
    found.site.asked.clear()
    assert (await found.recheck()).looked == 0
    assert found.site.asked == []


@pytest.mark.parametrize(
    ("shown", "standing"),
    [
        pytest.param((COPY, *BYSTANDERS), Standing.THERE, id="named"),
        pytest.param(BYSTANDERS, Standing.GONE, id="not named"),
    ],
)
async def test_a_pass_sees_whether_a_page_still_names_it(
    found: Bench, shown: tuple[str, ...], standing: Standing
) -> None:
    for _ in range(2):
        found.clock.forward(hours=24)
        found.site.put(THREAD, page(*shown))
        await found.run()
    (sighting,) = found.store.sightings.all("default")
    assert sighting.presence.page.standing is standing
    assert (sighting.status, sighting.presence.media.standing) == (NEW, Standing.THERE), "its file is served"


async def test_a_page_that_names_a_dead_address_names_it(found: Bench) -> None:
    """And a stand-in that is new to the program at that address is looked at as any picture."""
    *_, last = await days(found, stand_in, nothing, both(stand_in, named(COPY, *BYSTANDERS)))
    assert (last.status, last.presence.page.standing) == (REMOVED, Standing.THERE)


async def test_what_was_not_all_seen_says_nothing_of_what_is_missing(found: Bench) -> None:
    other = "https://cdn.example/blocked.jpg"
    fails(OutcomeKind.BLOCKED, other)(found)
    for _ in range(2):
        found.clock.forward(hours=24)
        found.site.put(THREAD, page(*BYSTANDERS, other))
        await found.run()
    (sighting,) = found.store.sightings.all("default")
    assert sighting.presence.page.standing is Standing.THERE


ENGINE = EngineSettings(name="searxng", values=(("url", "https://engine.example/search"),))
SEARCH = Watch("forum", Kind.SEARCH, Every(3600), engine="searxng", query="jane")
RESULTS = "https://engine.example/search?q=jane&format=json&pageno=1&safesearch=0"
POST = "https://forum.example/t/1"


def results(*found: dict[str, str], down: bool = False) -> str:
    return json.dumps({"results": found, "unresponsive_engines": [["bing", "timeout"]] if down else []})


AS_PAGE = {"url": POST, "title": "a thread"}
AS_PICTURE = {"url": "https://unseen.example/1", "img_src": COPY, "title": "a picture"}
ANOTHER = {"url": "https://other.example/", "img_src": BYSTANDERS[0], "title": "something else"}


async def searched(bench: Bench, *found: dict[str, str]) -> Sighting:
    bench.settings = replace(bench.settings, engines=(ENGINE,))
    bench.site.put(RESULTS, results(*found), "application/json")
    await bench.run(replace(SEARCH, follow=Follow(depth=1)))
    (sighting,) = bench.store.sightings.all("default")
    return sighting


@pytest.fixture
async def searching(bench: Bench) -> Bench:
    await bench.enroll(PHOTOS[:1])
    named(COPY)(bench)
    back(bench)
    bench.site.put(ANOTHER["url"], page(more="<p>nothing</p>"))
    bench.site.put(BYSTANDERS[0], small(OTHERS[0]), "image/jpeg")
    return bench


@pytest.mark.parametrize("result", [AS_PAGE, AS_PICTURE], ids=["a page", "a picture in the list itself"])
async def test_the_search_says_what_it_shows_and_nothing_else_does(searching: Bench, result: dict[str, str]) -> None:
    first = await searched(searching, result, ANOTHER)
    assert first.presence.search.seen_at == searching.clock()
    searching.clock.forward(hours=22)
    await recheck.recheck(CASE, {SEARCH.name: SEARCH}, searching.dependencies())
    (checked,) = searching.store.sightings.all("default")
    assert checked.presence.search == first.presence.search, "a pass has told lately: the engine is not asked again"
    assert searching.site.urls_asked().count(RESULTS) == 1
    assert checked.presence.media.seen_at == searching.clock()
    for standing in (Standing.GONE_ONCE, Standing.GONE):
        searching.clock.forward(hours=24)
        last = await searched(searching, ANOTHER)
        assert (last.presence.search.standing, last.status) == (standing, NEW)
        assert last.presence.media == checked.presence.media


async def test_a_search_goes_on_showing_what_was_removed(searching: Bench) -> None:
    await searched(searching, AS_PICTURE, ANOTHER)
    gone()(searching)
    for _ in range(2):
        searching.clock.forward(hours=24)
        await searched(searching, AS_PICTURE, ANOTHER)
        await recheck.recheck(CASE, {SEARCH.name: SEARCH}, searching.dependencies())
    (last,) = searching.store.sightings.all("default")
    assert (last.status, last.presence.search.standing) == (REMOVED, Standing.THERE)
    assert still_words(last.presence) == "its file is gone, a search still shows it"
