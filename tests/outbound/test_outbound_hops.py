"""Each hop of a redirect waits for its host's turn, gap and rest, and keeps to its host's robots.txt."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.hosts import host_of
from monitor.model.page import Fetched, Purpose, Request
from tests.outbound.polite_world import START, BusyWorld, K, World, run, said


def at(world: World, url: str) -> list[float]:
    return [seconds for asked, seconds in world.asked if asked == url]


async def test_a_hop_to_another_host_asks_its_robots_and_waits_for_its_gap() -> None:
    world = World(sends_on={"http://a.test/1": "http://b.test/1"})
    (found,) = await run(world.polite(), "http://a.test/1")
    assert found.outcome.kind is K.OK
    assert (found.request.url, found.redirects) == ("http://a.test/1", ("http://a.test/1",))
    assert world.asked == [
        ("http://a.test/robots.txt", 0),
        ("http://a.test/1", 5),
        ("http://b.test/robots.txt", 5),
        ("http://b.test/1", 10),
    ]


async def test_hops_on_one_host_are_spaced_like_requests() -> None:
    world = World(sends_on={f"http://a.test/{n}": f"http://a.test/{n + 1}" for n in range(40)})
    (found,) = await run(world.polite(), "http://a.test/0", ignore_robots=True)
    assert found.outcome.kind is K.MOVED
    assert [seconds for _, seconds in world.asked] == [5 * n for n in range(21)]


async def test_a_host_that_rests_is_not_asked_by_redirect_either() -> None:
    world = World(sends_on={"http://a.test/1": "http://b.test/1"})
    world.answers = lambda r: said(r, K.RATE_LIMITED, 429, b"", 3600.0) if r.url == "http://b.test/0" else said(r)
    fetcher = world.polite()
    await run(fetcher, "http://b.test/0")
    (found,) = await run(fetcher, "http://a.test/1")
    assert (found.outcome.kind, found.redirects) == (K.RATE_LIMITED, ("http://a.test/1",))
    assert at(world, "http://b.test/1") == []


async def test_what_the_last_host_asks_for_is_not_laid_on_the_first() -> None:
    world = World(sends_on={"http://a.test/1": "http://b.test/1"})
    world.answers = lambda r: said(r, K.RATE_LIMITED, 429, b"", 3600.0) if r.url == "http://b.test/1" else said(r)
    limited, other = await run(world.polite(), "http://a.test/1", "http://a.test/2")
    assert (limited.outcome.kind, other.outcome.kind) == (K.RATE_LIMITED, K.OK)
    assert world.refused == {"b.test": 1}


async def test_a_redirect_is_an_answer_and_ends_a_row_of_refusals() -> None:
    world = World(sends_on={"http://a.test/2": "http://b.test/2"})
    world.answers = lambda r: said(r, K.SERVER_ERROR, 503, b"") if r.url == "http://a.test/1" else said(r)
    fetcher = world.polite()
    await run(fetcher, "http://a.test/1")
    world.now += timedelta(minutes=5)
    await run(fetcher, "http://a.test/2")
    assert world.refused["a.test"] == 0


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        pytest.param({}, K.ROBOTS, id="a page"),
        pytest.param({"purpose": Purpose.IMAGE}, K.ROBOTS, id="a picture"),
        pytest.param({"ignore_robots": True}, K.OK, id="a watch that overrides them"),
        pytest.param({"purpose": Purpose.API}, K.OK, id="an address that is meant for programs"),
    ],
)
async def test_the_robots_of_the_target_hold(more: dict[str, object], kind: K) -> None:
    world = World(sends_on={"http://a.test/1": "http://b.test/private"})
    rules = b"User-agent: *\nDisallow: /private"
    world.answers = lambda r: said(r, body=rules if r.url == "http://b.test/robots.txt" else b"page")
    (found,) = await run(world.polite(), "http://a.test/1", **more)
    assert found.outcome.kind is kind
    assert bool(at(world, "http://b.test/private")) is (kind is K.OK)


async def test_another_scheme_of_the_same_host_has_rules_of_its_own() -> None:
    world = World(sends_on={"http://a.test/1": "https://a.test/1"})
    rules = b"User-agent: *\nDisallow: /"
    world.answers = lambda r: said(r, body=rules if r.url == "https://a.test/robots.txt" else b"page")
    (found,) = await run(world.polite(), "http://a.test/1")
    assert (found.outcome.kind, found.url) == (K.ROBOTS, "https://a.test/1")


async def test_robots_reached_through_redirects_hold_for_the_host_that_was_asked() -> None:
    world = World(
        sends_on={"http://a.test/robots.txt": "https://www.b.test/r", "https://www.b.test/r": "http://c.test/r"}
    )
    rules = b"User-agent: *\nDisallow: /private"
    world.answers = lambda r: said(r, body=rules if r.url == "http://c.test/r" else b"page")
    forbidden, allowed = await run(world.polite(), "http://a.test/private", "http://a.test/open")
    assert (forbidden.outcome.kind, allowed.outcome.kind) == (K.ROBOTS, K.OK)


async def test_robots_sent_on_for_ever_forbid_nothing_and_are_not_asked_again() -> None:
    world = World(sends_on={f"http://a.test/{n}": f"http://a.test/{n + 1}" for n in range(20)})
    world.sends_on["http://a.test/robots.txt"] = "http://a.test/1"
    await run(world.polite(), "http://a.test/a", "http://a.test/b")
    assert len(at(world, "http://a.test/robots.txt")) == 1
    assert at(world, "http://a.test/b")


async def test_two_that_redirect_to_each_other_do_not_block_each_other() -> None:
    world = BusyWorld(busy=True, sends_on={"http://a.test/1": "http://b.test/9", "http://b.test/1": "http://a.test/9"})
    fetcher = world.polite()
    found = await world.all(*(fetcher.fetch(Request(f"http://{host}.test/1")) for host in "abab"))
    assert [one.outcome.kind for one in found] == [K.OK] * 4


async def test_robots_that_redirect_to_each_other_do_not_block_each_other() -> None:
    world = BusyWorld(busy=True)
    world.sends_on = {
        "http://a.test/robots.txt": "http://b.test/robots.txt",
        "http://b.test/robots.txt": "http://a.test/r",
    }
    fetcher = world.polite()
    found = await world.all(*(fetcher.fetch(Request(f"http://{host}.test/1")) for host in "abab"))
    assert [one.outcome.kind for one in found] == [K.OK] * 4


async def test_who_waits_at_a_hop_holds_up_nobody() -> None:
    """Neither the host that sent it on, nor others, when only one request may be under way."""
    world = BusyWorld(sends_on={"http://a.test/1": "http://slow.test/1"})
    rules = b"User-agent: *\nCrawl-delay: 200"
    world.answers = lambda r: said(r, body=rules if r.url == "http://slow.test/robots.txt" else b"page")
    fetcher = world.polite(concurrency=1)
    await world.all(fetcher.fetch(Request("http://slow.test/0")))
    begun = (world.now - START).total_seconds()
    await world.all(*(fetcher.fetch(Request(url)) for url in ("http://a.test/1", "http://a.test/2", "http://c.test/")))
    assert at(world, "http://slow.test/1")[0] - at(world, "http://slow.test/0")[0] == 200
    assert at(world, "http://a.test/2")[0] - begun == 10
    assert at(world, "http://c.test/")[0] - begun == 5


HOSTS = ["a.test", "b.test", "c.test"]
URLS = st.builds("http://{}/{}".format, st.sampled_from(HOSTS), st.sampled_from(["robots.txt", "1", "2", "3"]))


@pytest.mark.long
@settings(max_examples=150)
@given(
    sends_on=st.dictionaries(URLS, URLS, max_size=10),
    asked=st.lists(URLS, min_size=1, max_size=8),
    concurrency=st.integers(1, 4),
)
async def test_whatever_redirects_to_whatever(sends_on: dict[str, str], asked: list[str], concurrency: int) -> None:
    """All end; each host is asked one at a time, its gap apart; and no order of requests blocks another."""
    world = BusyWorld(busy=True, sends_on=sends_on)
    fetcher = world.polite(concurrency=concurrency)
    found: list[Fetched] = await world.all(*(fetcher.fetch(Request(url)) for url in asked))
    assert {one.outcome.kind for one in found} <= {K.OK, K.MOVED}
    by_host = defaultdict(list)
    for url, seconds in world.asked:
        by_host[host_of(url)].append(seconds)
    for seconds in by_host.values():
        assert all(later - earlier >= 5 for earlier, later in pairwise(seconds))
    assert world.most_at_once <= concurrency
