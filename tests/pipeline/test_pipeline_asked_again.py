"""What is not there yet, not for long, or changes under one address is asked for again soon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from monitor.model.page import Fetched, OutcomeKind, Request
from monitor.pipeline.budget import DOUBTS
from tests.fakes import FakeSite
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, page, small

SITE = "https://board.example"
THREAD = FORUM.urls[0]
HERS, OTHER = small(PHOTOS[0]), small(OTHERS[0])
PICTURE = f"{SITE}/up/17.jpg"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass
class SayingSite(FakeSite):
    """Its answers say something of themselves. says: headers by address. passed_on: addresses that a redirect leads
    from. forever: what it has once given stays "not modified"."""

    says: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    passed_on: set[str] = field(default_factory=set)
    forever: set[str] = field(default_factory=set)

    async def fetch(self, request: Request) -> Fetched:
        if request.url in self.forever and request.etag:
            unchanged = replace(request, etag=None)
            answer = await super().fetch(unchanged)
            return replace(
                answer, outcome=replace(answer.outcome, kind=OutcomeKind.NOT_MODIFIED), status=304, body=b"", digest=""
            )
        answer = await super().fetch(request)
        redirects = (f"{request.url}?now",) if request.url in self.passed_on else ()
        return replace(answer, headers=(*answer.headers, *self.says.get(request.url, ())), redirects=redirects)


@pytest.fixture
async def board(bench: Bench) -> Bench:
    await bench.enroll(PHOTOS[:1])
    bench.site = SayingSite(bench.clock)
    bench.site.put(THREAD, page(PICTURE, f"{SITE}/o.jpg"))
    bench.site.put(f"{SITE}/o.jpg", small(OTHERS[1]), "image/jpeg")
    return bench


def put(bench: Bench, url: str, body: bytes) -> None:
    bench.site.put(url, body, "image/jpeg")


def say(bench: Bench, url: str, name: str, value: str) -> None:
    assert isinstance(bench.site, SayingSite)
    bench.site.says[url] = ((name, value),)


def not_for_long(value: str) -> Callable[[Bench], None]:
    def prepare(bench: Bench) -> None:
        put(bench, PICTURE, OTHER)
        say(bench, PICTURE, "cache-control", value)

    return prepare


def sent_on(bench: Bench) -> None:
    put(bench, PICTURE, OTHER)
    assert isinstance(bench.site, SayingSite)
    bench.site.passed_on.add(PICTURE)


def holding(body: bytes) -> Callable[[Bench], None]:
    return lambda bench: put(bench, PICTURE, body)


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    ("first", "after"),
    [
        pytest.param(not_for_long("no-store"), MINUTE, id="no-store"),
        pytest.param(not_for_long("no-cache"), MINUTE, id="no-cache"),
        pytest.param(not_for_long("private, max-age=0, must-revalidate"), MINUTE, id="of no time"),
        pytest.param(not_for_long("max-age=30"), MINUTE, id="half a minute"),
        pytest.param(sent_on, MINUTE, id="a redirect led to it"),
        pytest.param(holding(HERS[:300]), MINUTE, id="half a file"),
        pytest.param(holding(b"<html>still processing</html>"), MINUTE, id="a page in its place"),
        pytest.param(holding(b"processing"), MINUTE, id="words in its place"),
        pytest.param(holding(OTHER), DAY, id="what says nothing, the next day"),
    ],
)
async def test_the_picture_is_found_at_the_second_look(
    board: Bench, first: Callable[[Bench], None], after: timedelta
) -> None:
    first(board)
    assert (await board.run()).matches == 0
    put(board, PICTURE, HERS)
    board.clock.now += after
    run = await board.run()
    assert (run.matches, run.new_sightings) == (1, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("cache-control", "max-age=31536000, immutable", id="for a year"),
        pytest.param("last-modified", "Sat, 22 Nov 2025 20:00:00 GMT", id="unchanged for a year"),
    ],
)
async def test_what_says_that_it_stays_is_not_asked(
    nothing_to_prove: None, board: Bench, name: str, value: str
) -> None:
    put(board, PICTURE, OTHER)
    for url in (PICTURE, f"{SITE}/o.jpg"):
        say(board, url, name, value)
    await board.run()
    for _ in range(5):
        board.clock.now += DAY
        board.site.asked.clear()
        await board.run()
        assert board.site.urls_asked() == [THREAD]


@pytest.mark.usefixtures("nothing_to_prove")
async def test_one_that_stays_the_same_is_asked_less_and_less(board: Bench) -> None:
    put(board, PICTURE, OTHER)
    say(board, PICTURE, "cache-control", "no-store")
    asked = 0
    for _ in range(30):
        board.site.asked.clear()
        await board.run()
        asked += PICTURE in board.site.urls_asked()
        board.clock.now += DAY
    assert asked <= 7


async def test_no_more_is_asked_at_once_than_doubts_are_given(board: Bench) -> None:
    urls = [f"{SITE}/{number}.jpg" for number in range(DOUBTS + 10)]
    for number, url in enumerate(urls):
        put(board, url, small(OTHERS[number % 5]) + number.to_bytes(4))
        say(board, url, "cache-control", "no-store")
    board.site.put(THREAD, page(*urls))
    await board.run()
    met = set()
    for _ in range(2):
        board.clock.now += MINUTE
        board.site.asked.clear()
        await board.run()
        asked = set(board.site.urls_asked()) - {THREAD}
        assert len(asked) == DOUBTS
        met |= asked
    assert met == set(urls)


async def test_a_style_sheet_changes_while_its_page_does_not(board: Bench) -> None:
    sheet = f"{SITE}/s.css"
    board.site.put(THREAD, page(f"{SITE}/o.jpg", more=f'<link rel=stylesheet href="{sheet}">'))
    put(board, f"{SITE}/dog.jpg", OTHER)
    put(board, f"{SITE}/cat.jpg", HERS)
    board.site.put(sheet, ".hero{background-image:url(dog.jpg)}", "text/css")
    assert (await board.run()).matches == 0
    board.site.put(sheet, ".hero{background-image:url(cat.jpg)}", "text/css")
    board.clock.now += MINUTE
    run = await board.run()
    assert (run.matches, run.new_sightings) == (1, 1)
    board.clock.now += MINUTE
    assert (await board.run()).matches == 1


async def test_not_modified_for_ever_is_not_believed_for_ever(board: Bench) -> None:
    put(board, PICTURE, HERS)
    board.site.put(THREAD, page(f"{SITE}/o.jpg"))
    assert isinstance(board.site, SayingSite)
    board.site.forever.add(THREAD)
    await board.run()
    board.site.put(THREAD, page(f"{SITE}/o.jpg", PICTURE))
    found = []
    for _ in range(3):
        board.clock.now += DAY
        found.append((await board.run()).matches)
    assert found == [0, 1, 1]
