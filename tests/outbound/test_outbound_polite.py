from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.settings import CrawlSettings, Settings
from monitor.outbound.guard import AddressRules
from monitor.outbound.polite import PoliteFetcher

K = OutcomeKind
START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@dataclass
class World:
    """A clock that only sleeping moves, a store's gate and notes, and a site that answers by URL.

    asked: what was sent, and how many seconds after the start."""

    now: datetime = START
    free_at: dict[str, datetime] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    claims: int = 0
    asked: list[tuple[str, float]] = field(default_factory=list)
    answers: Callable[[Request], Fetched] | None = None
    rules: AddressRules = field(default_factory=AddressRules)
    at_once: int = 0
    most_at_once: int = 0
    busy: bool = False  # answers only after others had their chance

    # HostGate, as the store keeps it
    def claim(self, host: str, gap: timedelta, now: datetime) -> float:
        self.claims += 1
        slot = max(self.free_at.get(host, now), now)
        self.free_at[host] = slot + gap
        return (slot - now).total_seconds()

    def back_off(self, host: str, until: datetime, failures: int) -> None:
        self.refused[host] = failures
        self.free_at[host] = max(self.free_at.get(host, until), until)

    def failures(self, host: str) -> int:
        return self.refused.get(host, 0)

    # Notes
    def get(self, key: str) -> str | None:
        return self.notes.get(key)

    def set(self, key: str, value: str) -> None:
        self.notes[key] = value

    # the client
    async def fetch(self, request: Request) -> Fetched:
        self.asked.append((request.url, (self.now - START).total_seconds()))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        for _ in range(5 if self.busy else 0):
            await asyncio.sleep(0)
        self.at_once -= 1
        found = self.answers(request) if self.answers else said(request)
        return replace(found, fetched_at=self.now)

    async def aclose(self) -> None: ...

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def polite(self, *, delay: float = 5.0, concurrency: int = 8, **more: object) -> PoliteFetcher:
        settings = Settings(
            path=None,
            data_dir=Path("/nowhere"),
            watchlist_dir=Path("/nowhere"),
            crawl=CrawlSettings(per_host_delay_s=delay, concurrency=concurrency),
        )
        return PoliteFetcher(
            _Client(self),  # type: ignore[arg-type]
            self,
            self,
            settings,
            clock=self.clock,
            sleep=self.sleep,
            jitter=lambda: 0.0,
            **more,  # type: ignore[arg-type]
        )


class _Client:
    def __init__(self, world: World) -> None:
        self.fetch, self.rules, self.aclose = world.fetch, world.rules, world.aclose

    def refused(self, request: Request) -> Fetched | None:
        return None


def said(
    request: Request,
    kind: OutcomeKind = K.OK,
    status: int = 200,
    body: bytes = b"x",
    retry_after_s: float | None = None,
) -> Fetched:
    if request.purpose is Purpose.ROBOTS and kind is K.OK and body == b"x":
        kind, status, body = K.GONE, 404, b""
    return Fetched(request, Outcome(kind, "said", "", retry_after_s), request.url, START, status=status, body=body)


async def run(fetcher: PoliteFetcher, *urls: str, **more: object) -> list[Fetched]:
    return [await fetcher.fetch(Request(url, **more)) for url in urls]  # type: ignore[arg-type]


def times(world: World) -> list[float]:
    return [at for url, at in world.asked if not url.endswith("/robots.txt")]


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
    world.back_off("a.test", START + timedelta(hours=3), 5)
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


async def test_a_wall_with_503_is_no_wish_for_a_pause() -> None:
    world = World()
    world.answers = lambda r: said(r, K.WALL, 503, b"")
    await run(world.polite(), "http://a.test/1", "http://a.test/2", ignore_robots=True)
    assert len(world.asked) == 2


async def test_memory_of_hosts_is_bounded() -> None:
    world = World()
    fetcher = world.polite(delay=0)
    for n in range(2_300):
        await fetcher.fetch(Request(f"http://h{n}.test/"))
    assert len(fetcher._hosts) <= 2_000
    assert len(fetcher._robots) <= 2_000


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
