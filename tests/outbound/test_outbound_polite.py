from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model.page import Fetched, Outcome, PageContent, ParseJob, Purpose, Request
from tests.outbound.polite_world import START, K, World, run, said, times


async def test_a_host_is_asked_spaced_and_its_robots_first() -> None:
    world = World()
    await run(world.polite(), "http://a.test/1", "http://a.test/2", "http://a.test/3")
    assert world.asked == [
        ("http://a.test/robots.txt", 0),
        ("http://a.test/1", 5),
        ("http://a.test/2", 10),
        ("http://a.test/3", 15),
    ]


async def test_other_hosts_do_not_wait() -> None:
    world = World()
    fetcher = world.polite()
    await run(fetcher, "http://a.test/1", "http://b.test/1")
    assert times(world) == [5, 10]  # b's robots at 5, its page one gap later: its own gap, not a's
    assert ("http://b.test/robots.txt", 5.0) in world.asked


async def test_without_a_delay_nothing_waits_and_the_store_is_asked_once_a_host() -> None:
    world = World()
    await run(world.polite(delay=0), *(f"http://a.test/{n}" for n in range(50)))
    assert set(times(world)) == {0}
    assert world.claims == 1


async def test_the_gap_holds_over_a_restart() -> None:
    world = World()
    await run(world.polite(), "http://a.test/1")
    await run(world.polite(), "http://a.test/2")
    assert times(world) == [5, 10]
    assert [url for url, _ in world.asked].count("http://a.test/robots.txt") == 1


@pytest.mark.parametrize(("delay", "expected"), [("20", [20, 40]), ("1", [5, 10]), ("99999", [300, 600])])
async def test_crawl_delay_may_only_raise_the_gap(delay: str, expected: Sequence[float]) -> None:
    world = World()
    rules = f"User-agent: *\nCrawl-delay: {delay}".encode()
    world.answers = lambda r: said(r, body=rules if r.purpose is Purpose.ROBOTS else b"page")
    fetcher = world.polite()
    await run(fetcher, "http://a.test/0", "http://a.test/1", "http://a.test/2")
    first, *rest = times(world)
    assert [at - first for at in rest] == expected


async def test_one_at_a_time_and_host_and_never_more_than_allowed() -> None:
    world = World(busy=True)
    fetcher = world.polite(delay=0)
    await asyncio.gather(*(fetcher.fetch(Request(f"http://a.test/{n}")) for n in range(20)))
    assert world.most_at_once == 1
    world.asked.clear()
    fetcher = world.polite(delay=0, concurrency=3)
    await asyncio.gather(*(fetcher.fetch(Request(f"http://h{n}.test/")) for n in range(20)))
    assert (world.most_at_once, len(times(world))) == (3, 20)


async def test_robots_forbid_and_the_reason_is_said() -> None:
    world = World()
    rules = b"User-agent: *\nDisallow: /private"
    world.answers = lambda r: said(r, body=rules if r.purpose is Purpose.ROBOTS else b"page")
    fetcher = world.polite()
    forbidden, allowed = await run(fetcher, "http://a.test/private/1", "http://a.test/open")
    assert (forbidden.outcome.kind, allowed.outcome.kind) == (K.ROBOTS, K.OK)
    assert "robots_reason" in forbidden.outcome.remedy
    assert [url for url, _ in world.asked] == ["http://a.test/robots.txt", "http://a.test/open"]


@pytest.mark.parametrize(
    ("more", "asks_robots"),
    [({"ignore_robots": True}, False), ({"purpose": Purpose.API}, False), ({"purpose": Purpose.IMAGE}, True)],
)
async def test_who_asks_for_robots(more: dict[str, object], asks_robots: bool) -> None:
    world = World()
    await run(world.polite(), "http://a.test/1", **more)
    assert any(url.endswith("/robots.txt") for url, _ in world.asked) is asks_robots


async def test_robots_are_asked_for_once_a_day() -> None:
    world = World()
    fetcher = world.polite()
    await run(fetcher, "http://a.test/1")
    world.now += timedelta(hours=23)
    await run(fetcher, "http://a.test/2")
    world.now += timedelta(hours=2)
    await run(fetcher, "http://a.test/3")
    assert [url for url, _ in world.asked].count("http://a.test/robots.txt") == 2


async def test_a_server_error_at_robots_means_stay_away_for_an_hour() -> None:
    world = World()
    broken = True

    def answers(request: Request) -> Fetched:
        if request.purpose is Purpose.ROBOTS and broken:
            return said(request, K.SERVER_ERROR, 500, b"")
        return said(request, body=b"User-agent: *\nDisallow: /x" if request.purpose is Purpose.ROBOTS else b"page")

    world.answers = answers
    fetcher = world.polite()
    (away,) = await run(fetcher, "http://a.test/1")
    broken = False
    world.now += timedelta(minutes=50)
    (still,) = await run(fetcher, "http://a.test/1")
    world.now += timedelta(minutes=20)
    (back,) = await run(fetcher, "http://a.test/1")
    assert [f.outcome.kind for f in (away, still, back)] == [K.ROBOTS, K.ROBOTS, K.OK]
    broken = True
    world.now += timedelta(days=2)
    kept, forbidden = await run(fetcher, "http://a.test/1", "http://a.test/x")
    assert (kept.outcome.kind, forbidden.outcome.kind) == (K.OK, K.ROBOTS)  # by the last good copy


async def test_after_429_a_host_is_left_alone_as_long_as_it_asked() -> None:
    world = World()
    world.answers = lambda r: said(r, K.RATE_LIMITED, 429, b"", 120.0) if r.url.endswith("/1") else said(r)
    fetcher = world.polite()
    first, second = await run(fetcher, "http://a.test/1", "http://a.test/2")
    assert (first.outcome.kind, second.outcome.kind) == (K.RATE_LIMITED, K.RATE_LIMITED)
    assert second.outcome.retry_after_s == 120
    assert len(times(world)) == 1  # the second was not sent
    world.now += timedelta(seconds=121)
    (third,) = await run(fetcher, "http://a.test/3")
    assert third.outcome.kind is K.OK
    assert world.refused["a.test"] == 0


async def test_refusals_in_a_row_double_the_wait_and_a_restart_remembers() -> None:
    world = World()
    world.answers = lambda r: said(r, K.SERVER_ERROR, 503, b"")
    waits = []
    for _ in range(4):
        fetcher = world.polite(delay=0)
        before = world.now
        await run(fetcher, "http://a.test/1", ignore_robots=True)
        waits.append((world.free_at["a.test"] - max(before, world.now)).total_seconds())
        world.now = world.free_at["a.test"]
    assert waits == [30, 60, 120, 240]


async def test_a_long_wait_from_an_earlier_process_is_told_not_slept() -> None:
    world = World()
    world.back_off("a.test", timedelta(hours=3), 5, START)
    (found, again) = await run(world.polite(), "http://a.test/1", "http://a.test/2", ignore_robots=True)
    assert (found.outcome.kind, again.outcome.kind) == (K.RATE_LIMITED, K.RATE_LIMITED)
    assert (world.asked, world.now, world.claims) == ([], START, 1)


async def test_a_dead_host_does_not_cost_a_deadline_for_every_picture() -> None:
    world = World()
    world.answers = lambda r: said(r, K.TIMEOUT, 0, b"")
    fetcher = world.polite(delay=0)
    found = await run(fetcher, *(f"http://a.test/{n}.jpg" for n in range(30)), purpose=Purpose.IMAGE)
    assert {f.outcome.kind for f in found} == {K.TIMEOUT}
    assert len(world.asked) == 3
    world.now += timedelta(minutes=6)
    world.answers = None
    (back,) = await run(fetcher, "http://a.test/1.jpg")
    assert back.outcome.kind is K.OK


async def test_a_part_of_this_program_that_fails_is_not_the_hosts_fault() -> None:
    """It neither counts towards a rest of the host nor makes one forget who did not answer."""
    world, kinds = World(), iter([K.TIMEOUT, K.PART, K.TIMEOUT, *[K.PART] * 10, K.TIMEOUT])
    world.answers = lambda r: said(r, next(kinds), 0, b"")
    fetcher = world.polite(delay=0)
    found = await run(fetcher, *(f"http://a.test/{n}.jpg" for n in range(15)), ignore_robots=True)
    assert len(world.asked) == 14 and found[-1].outcome.message.startswith("a.test did not answer before")


async def test_a_wall_with_503_is_no_wish_for_a_pause() -> None:
    world = World()
    world.answers = lambda r: said(r, K.WALL, 503, b"")
    await run(world.polite(), "http://a.test/1", "http://a.test/2", ignore_robots=True)
    assert len(world.asked) == 2


@pytest.mark.parametrize(
    ("status", "retry_after", "waits"),
    [
        pytest.param(429, "", 30.0, id="429, whatever page comes with it"),
        pytest.param(429, "90", 90.0, id="429 that says how long"),
        pytest.param(503, "90", 90.0, id="503 that says how long"),
    ],
)
async def test_a_wall_that_asks_to_slow_down_is_left_alone(status: int, retry_after: str, waits: float) -> None:
    world = World()
    headers = (("retry-after", retry_after),) if retry_after else ()
    world.answers = lambda r: replace(said(r, K.WALL, status, b""), headers=headers)
    wall, second = await run(world.polite(), "http://a.test/1", "http://a.test/2", ignore_robots=True)
    assert (wall.outcome.kind, second.outcome.kind) == (K.WALL, K.RATE_LIMITED)
    assert second.outcome.retry_after_s == waits


async def test_memory_of_hosts_is_bounded() -> None:
    world = World()
    fetcher = world.polite(delay=0)
    for n in range(2_300):
        await fetcher.fetch(Request(f"http://h{n}.test/"))
    assert len(fetcher._hosts) <= 2_000
    assert len(fetcher._robots._kept) <= 200
    assert not fetcher._robots._asking


async def test_what_needs_a_browser_goes_to_it() -> None:
    class Browser:
        async def fetch(self, request: Request) -> Fetched:
            return said(request, body=b"rendered")

        async def aclose(self) -> None: ...

    world = World()
    (found,) = await run(world.polite(browser=Browser()), "http://a.test/1", browser=True)
    assert found.body == b"rendered"
    (none,) = await run(world.polite(), "http://a.test/1", browser=True)
    assert none.outcome.kind is K.UNREADABLE


RULES = b"User-agent: *\nDisallow: /private"


def with_robots(body: bytes) -> World:
    world = World()
    world.answers = lambda r: said(r, body=body if r.purpose is Purpose.ROBOTS else b"page")
    return world


async def test_rules_are_read_once_and_kept_over_restarts_by_their_note() -> None:
    world = with_robots(RULES)
    await run(world.polite(), "http://a.test/1", "http://a.test/2")
    (forbidden,) = await run(world.polite(), "http://a.test/private")
    assert forbidden.outcome.kind is K.ROBOTS
    assert world.reader.robots_read == 1


async def test_the_same_file_a_day_later_starts_no_reader() -> None:
    world = with_robots(RULES)
    await run(world.polite(), "http://a.test/1")
    world.now += timedelta(days=2)
    (forbidden,) = await run(world.polite(), "http://a.test/private")
    assert (forbidden.outcome.kind, world.reader.robots_read) == (K.ROBOTS, 1)
    assert [url for url, _ in world.asked].count("http://a.test/robots.txt") == 2
    world.answers = lambda r: said(r, body=b"User-agent: *" if r.purpose is Purpose.ROBOTS else b"page")
    world.now += timedelta(days=2)
    (allowed,) = await run(world.polite(), "http://a.test/private")
    assert (allowed.outcome.kind, world.reader.robots_read) == (K.OK, 2)


@pytest.mark.parametrize(
    "body", [pytest.param(b"<html>not found</html>", id="a page"), pytest.param(b"", id="nothing")]
)
async def test_what_is_no_robots_txt_starts_no_reader(body: bytes) -> None:
    world = with_robots(body)
    (found,) = await run(world.polite(), "http://a.test/1")
    assert (found.outcome.kind, world.reader.robots_read) == (K.OK, 0)


async def test_a_note_of_the_first_form_is_asked_for_anew() -> None:
    world = with_robots(RULES)
    await run(world.polite(), "http://a.test/1")
    ((key, _),) = world.kept.robots_copies.rows.items()
    old = {"at": world.now.isoformat(), "closed": False, "text": "User-agent: *\nDisallow: /"}
    world.kept.robots_copies.rows[key] = json.dumps(old)
    (found,) = await run(world.polite(), "http://a.test/1")
    assert (found.outcome.kind, world.reader.robots_read) == (K.OK, 2)


async def test_a_file_that_kills_its_reader_means_stay_away_and_the_rest_goes_on() -> None:
    world = with_robots(RULES)
    world.reader.dies_on.add(RULES)
    fetcher = world.polite()
    away, again = await run(fetcher, "http://a.test/1", "http://a.test/2")
    world.answers = None
    (other,) = await run(fetcher, "http://b.test/1")
    assert [one.outcome.kind for one in (away, again, other)] == [K.ROBOTS, K.ROBOTS, K.OK]
    assert [url for url, _ in world.asked].count("http://a.test/robots.txt") == 1


async def test_many_at_once_ask_for_the_rules_once() -> None:
    world = with_robots(RULES)
    world.busy = True
    fetcher = world.polite(delay=0)
    await asyncio.gather(*(fetcher.fetch(Request(f"http://a.test/{n}")) for n in range(20)))
    assert [url for url, _ in world.asked].count("http://a.test/robots.txt") == 1


async def test_each_scheme_and_port_has_rules_of_its_own() -> None:
    world = World()
    files = {"https://a.test/robots.txt": RULES, "http://a.test:8/robots.txt": b"User-agent: x\nDisallow: /"}
    world.answers = lambda r: said(r, body=files.get(r.url, b"x"))
    found = await run(
        world.polite(), *(f"{at}/private" for at in ("http://a.test", "https://a.test", "http://a.test:8"))
    )
    assert [one.outcome.kind for one in found] == [K.OK, K.ROBOTS, K.OK]


@pytest.mark.parametrize(
    ("purpose", "kind", "status", "body", "is_called"),
    [
        pytest.param(Purpose.PAGE, K.BLOCKED, 403, b"<p>You must log in to continue", K.WALL, id="a wall in words"),
        pytest.param(Purpose.PAGE, K.BLOCKED, 403, b"<p>no", K.BLOCKED, id="no more than a refusal"),
        pytest.param(
            Purpose.IMAGE, K.UNREADABLE, 200, b"<html><p>You must log in to continue", K.WALL, id="a picture's"
        ),
        pytest.param(
            Purpose.IMAGE, K.UNREADABLE, 200, b"\x89PNG", K.UNREADABLE, id="a broken picture is not read here"
        ),
        pytest.param(Purpose.PAGE, K.GONE, 404, b"<p>You must log in to continue", K.WALL, id="a wall sent as 404"),
        pytest.param(Purpose.IMAGE, K.GONE, 404, b"<p>You must log in to continue", K.WALL, id="a picture's, as 404"),
        pytest.param(Purpose.PAGE, K.GONE, 404, b"<p>It is not here", K.GONE, id="gone stays gone"),
        pytest.param(Purpose.API, K.GONE, 404, b"<p>You must log in to continue", K.GONE, id="of an API"),
        pytest.param(Purpose.PAGE, K.BLOCKED, 403, b"", K.BLOCKED, id="nothing came"),
    ],
)
async def test_what_an_error_page_says_in_words_is_told_by_a_reader(
    purpose: Purpose, kind: K, status: int, body: bytes, is_called: K
) -> None:
    world = World()
    world.answers = lambda r: said(r) if r.purpose is Purpose.ROBOTS else said(r, kind, status, body)
    fetched = await world.polite().fetch(Request("http://a.test/1", purpose))
    assert (fetched.outcome.kind, fetched.body) == (is_called, body)


async def test_a_bot_check_in_words_is_no_request_to_slow_down() -> None:
    world = World()
    check = b"<title>x</title><p>Checking your browser before accessing"
    world.answers = lambda r: said(r) if r.purpose is Purpose.ROBOTS else said(r, K.SERVER_ERROR, 503, check)
    fetched = await run(world.polite(), "http://a.test/1", "http://a.test/2")
    assert [one.outcome.kind for one in fetched] == [K.WALL, K.WALL]


async def test_a_reader_that_dies_of_an_error_page_leaves_it_at_what_the_status_said() -> None:
    world = World()
    world.answers = lambda r: said(r) if r.purpose is Purpose.ROBOTS else said(r, K.BLOCKED, 403, b"<p>no")

    async def dies(job: ParseJob, untrusted: bytes) -> PageContent:
        return PageContent(job.url, problem=Outcome(K.UNREADABLE, "the reader died of it"))

    world.reader.page = dies  # type: ignore[method-assign]
    assert (await world.polite().fetch(Request("http://a.test/1"))).outcome.kind is K.BLOCKED
