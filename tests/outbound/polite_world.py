"""A world for the polite fetcher: a clock that only sleeping moves, a store's gate and notes, and sites."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.settings import CrawlSettings, NetworkSettings, Settings
from monitor.outbound.client import MAX_HOPS
from monitor.outbound.guard import AddressRules
from monitor.outbound.polite import PoliteFetcher
from monitor.outbound.walk import Walk
from monitor.ports.host_gate import HostTurn
from tests.fakes import InlineReader
from tests.kept import KeptInMemory

K = OutcomeKind
START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
_COUNT = itertools.count()


@dataclass
class World:
    """A clock that only sleeping moves, a store's gate and notes, and a site that answers by URL.

    asked: what was sent, and how many seconds after the start."""

    now: datetime = START
    free_at: dict[str, datetime] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    kept: KeptInMemory = field(default_factory=KeptInMemory)
    claims: int = 0
    asked: list[tuple[str, float]] = field(default_factory=list)
    answers: Callable[[Request], Fetched] | None = None
    sends_on: dict[str, str] = field(default_factory=dict)  # URL: where it redirects to
    reader: InlineReader = field(default_factory=InlineReader)
    rules: AddressRules = field(default_factory=AddressRules)
    at_once: int = 0
    most_at_once: int = 0
    busy: bool = False  # answers only after others had their chance

    # HostGate, as the store keeps it
    is_shared = False

    def claim(self, host: str, gap: timedelta, lease: timedelta, now: datetime) -> HostTurn:
        self.claims += 1
        slot = max(self.free_at.get(host, now), now)
        self.free_at[host] = slot + gap
        return HostTurn((slot - now).total_seconds(), self.refused.get(host, 0))

    def give_back(self, host: str, gap: timedelta) -> None: ...

    def back_off(self, host: str, wait: timedelta, failures: int, now: datetime) -> None:
        self.refused[host] = failures
        self.free_at[host] = max(self.free_at.get(host, now + wait), now + wait)

    def forget_before(self, before: datetime) -> int:
        return 0

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

    def polite(self, *, delay: float = 5.0, concurrency: int = 8, proxy: str = "", **more: object) -> PoliteFetcher:
        settings = Settings(
            path=None,
            data_dir=Path("/nowhere"),
            watchlist_dir=Path("/nowhere"),
            network=NetworkSettings(proxy=proxy),
            crawl=CrawlSettings(per_host_delay_s=delay, concurrency=concurrency),
        )
        return PoliteFetcher(
            _Client(self),  # type: ignore[arg-type]
            self,
            self.kept,
            settings,
            reader=self.reader,
            clock=self.clock,
            sleep=self.sleep,
            jitter=lambda: 0.0,
            **more,  # type: ignore[arg-type]
        )


@dataclass
class BusyWorld(World):
    """Several things at once: the clock moves to the next sleeper's time when nobody else has anything to do."""

    sleepers: list[tuple[datetime, int, asyncio.Event]] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        heapq.heappush(self.sleepers, (self.now + timedelta(seconds=seconds), next(_COUNT), woken))
        await woken.wait()

    async def all(self, *asked: Awaitable[Fetched]) -> list[Fetched]:
        """Fails when they block each other."""
        under_way = asyncio.gather(*asked)
        while not under_way.done():
            for _ in range(60):
                await asyncio.sleep(0)
            if self.sleepers:
                self.now, _, woken = heapq.heappop(self.sleepers)
                woken.set()
            elif not under_way.done():
                under_way.cancel()
                raise AssertionError("nobody sleeps and nothing moves: a deadlock")
        return await under_way


class _Client:
    def __init__(self, world: World) -> None:
        self.world, self.rules, self.aclose = world, world.rules, world.aclose

    def refused(self, request: Request) -> Fetched | None:
        return None

    def start(self, request: Request) -> Walk:
        return Walk(request, request.url, self.world.now, 30.0)

    async def step(self, walk: Walk) -> Fetched | None:
        target = self.world.sends_on.get(walk.url)
        found = await self.world.fetch(replace(walk.request, url=walk.url))
        if target is None:
            return replace(found, request=walk.request, redirects=tuple(walk.redirects))
        if len(walk.redirects) == MAX_HOPS:
            return walk.failed(Outcome(K.MOVED, "sent on too often"))
        walk.step(target)
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
    why = Outcome(kind, "said", "", retry_after_s)
    return Fetched.of(request, why, request.url, START, status=status, body=body)


async def run(fetcher: PoliteFetcher, *urls: str, **more: object) -> list[Fetched]:
    return [await fetcher.fetch(Request(url, **more)) for url in urls]  # type: ignore[arg-type]


def times(world: World) -> list[float]:
    return [at for url, at in world.asked if not url.endswith("/robots.txt")]
