"""A site without end: its watch ends within its caps, says so, and keeps neither its neighbours nor the other sites of
its own run waiting. Over real connections on loopback, through the real way out, with a clock that waiting moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from aiohttp import web

from monitor.model.observation import RunStatus
from monitor.model.run import Run
from monitor.model.settings import CrawlSettings, NetworkSettings, Settings
from monitor.model.watch import Every, Follow, ImageRules, Kind, Watch
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from monitor.outbound.polite import PoliteFetcher
from monitor.pipeline.scan import run_watch
from tests.fakes import FakeClock
from tests.pipeline.pipeline_bench import OTHERS, Bench, page
from tests.serving.web import answering

GAP_S = 5.0
LINKS, IMAGES = 200, 30  # on every page of the trap
INTERVAL = timedelta(hours=1)


@dataclass
class Trap:
    """`trap.example` answers every address with more of its own; every other host has one page with one picture."""

    clock: FakeClock
    asked: dict[str, list[float]] = field(default_factory=dict)
    pages: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        host = request.url.host or ""
        self.asked.setdefault(host, []).append(self.clock().timestamp())
        if request.path == "/robots.txt":
            return web.Response(status=404)
        if request.path.endswith(".jpg"):
            return web.Response(body=OTHERS[0].read_bytes() + request.path.encode(), content_type="image/jpeg")
        if host != "trap.example" or request.path == "/quiet":
            more = '<a href="/second">more</a>' if host != "trap.example" else ""
            return web.Response(text=page("/only.jpg", more=more), content_type="text/html")
        self.pages += 1
        images = (f"/{self.pages}/{number}.jpg" for number in range(IMAGES))
        links = "".join(f'<a href="/{self.pages}/{number}">more</a>' for number in range(LINKS))
        further = f'<link rel="next" href="/{self.pages}/next">'
        return web.Response(text=page(*images, more=links + further), content_type="text/html")

    async def sleep(self, seconds: float) -> None:
        until = self.clock() + timedelta(seconds=seconds)
        await asyncio.sleep(0)
        self.clock.now = max(self.clock.now, until)


@asynccontextmanager
async def served(bench: Bench, **crawl: float) -> AsyncIterator[tuple[Trap, Settings, PoliteFetcher, int]]:
    trap = Trap(bench.clock)
    async with answering(trap.answer) as port:
        settings = replace(
            bench.settings,
            crawl=replace(CrawlSettings(per_host_delay_s=GAP_S), **crawl),
            network=NetworkSettings(allow_networks=("127.0.0.0/8",), allow_ports=(port,)),
        )

        async def resolve(_host: str, _port: int) -> list[str]:
            return ["127.0.0.1"]

        client = GuardedClient(settings.network, AddressRules.of(settings.network), clock=bench.clock, resolve=resolve)
        fetcher = PoliteFetcher(
            client,
            bench.store.hosts,
            bench.store,
            settings,
            reader=bench.reader,
            clock=bench.clock,
            sleep=trap.sleep,
            jitter=lambda: 0.0,
        )
        try:
            yield trap, settings, fetcher, port
        finally:
            await fetcher.aclose()


async def run(bench: Bench, watch: Watch, settings: Settings, fetcher: PoliteFetcher) -> Run:
    parts = replace(
        bench.dependencies(), settings=settings, fetcher=fetcher, monotonic=lambda: bench.clock().timestamp()
    )
    return await run_watch(watch, parts)


def watch(name: str, *urls: str, pages: int = 30, images: int = 50) -> Watch:
    return Watch(
        name,
        Kind.URLS if len(urls) > 1 else Kind.PAGE,
        Every(int(INTERVAL.total_seconds())),
        urls=urls,
        follow=Follow(links="a[href]", depth=20, max_pages=pages, same_site=False),
        images=ImageRules(max_images=images),
    )


@pytest.mark.long
async def test_it_ends_within_its_caps_and_its_neighbours_are_in_time(bench: Bench) -> None:
    async with served(bench) as (trap, settings, fetcher, port):
        begun = bench.clock()
        site = f"http://trap.example:{port}"
        reports = await asyncio.gather(
            run(bench, watch("trap", f"{site}/"), settings, fetcher),
            run(bench, watch("same-host", f"{site}/quiet"), settings, fetcher),
            run(bench, watch("elsewhere", f"http://quiet.example:{port}/"), settings, fetcher),
        )
    caught, same_host, elsewhere = reports
    assert (caught.pages, caught.images) == (30, 50)
    assert {(limit.what, limit.at) for limit in caught.limits} == {("images", 50), ("pages", 30)}
    assert all(limit.left_out for limit in caught.limits if limit.what == "images"), "how many were left out is said"
    assert caught.finished_at - begun <= (30 + 50 + 4) * timedelta(seconds=GAP_S)
    for neighbour in (same_host, elsewhere):
        assert (neighbour.status, neighbour.images_seen, neighbour.limits) == (RunStatus.OK, 1, ())
        assert neighbour.finished_at - begun < INTERVAL
    assert same_host.finished_at < caught.finished_at  # in turn, not behind
    gaps = [
        after - before
        for before, after in zip(trap.asked["trap.example"], trap.asked["trap.example"][1:], strict=False)
    ]
    assert min(gaps) >= GAP_S


async def test_it_ends_when_its_time_is_up(bench: Bench) -> None:
    async with served(bench, max_run_seconds=100) as (_, settings, fetcher, port):
        begun = bench.clock()
        report = await run(
            bench, watch("trap", f"http://trap.example:{port}/", pages=5_000, images=9_000), settings, fetcher
        )
    assert ("seconds", 100) in {(limit.what, limit.at) for limit in report.limits}
    # What is in hand is finished: a lot of eight pictures of one host.
    assert report.finished_at - begun <= timedelta(seconds=100 + 9 * GAP_S)


async def test_it_takes_its_share_and_leaves_the_rest_to_the_other_sites_of_the_run(bench: Bench) -> None:
    async with served(bench) as (trap, settings, fetcher, port):
        urls = [f"http://{name}.example:{port}/" for name in ("trap", "one", "two", "three")]
        report = await run(bench, watch("mixed", *urls, pages=20, images=40), settings, fetcher)
    assert {"one.example", "two.example", "three.example"} <= set(trap.asked)
    assert (trap.pages, report.pages) == (10, 10 + 3 * 2)  # the trap's links came first and took nobody's place
    of_trap = {(limit.what, limit.at) for limit in report.limits if limit.site == "trap.example"}
    assert of_trap == {("pages", 10), ("images", 20)}
    assert report.images == 20 + 3
