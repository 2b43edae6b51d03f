"""Three cases look together at a real server: what it hears is one visitor, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web

from bench.sharing import Helpline, Place
from monitor.clock import utc_now
from monitor.model.ids import CaseId
from monitor.model.settings import CrawlSettings, NetworkSettings
from monitor.model.watch import Every, Follow, Kind, Render, Watch
from monitor.outbound.browser.finding import find_chromium
from monitor.outbound.polite import open_fetcher
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.scan import run_watch
from monitor.pipeline.together import VisitedTogether, VisitTogether
from tests.pipeline.pipeline_bench import PHOTOS, copy_of, page, small
from tests.serving.web import answering

NEEDS_CHROMIUM = pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine")


@dataclass
class Heard:
    """asked: how often each path was. cookies: by path, what came along."""

    port: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    cookies: dict[str, str] = field(default_factory=dict)
    conditional: int = 0


@asynccontextmanager
async def forum(*, to_all: bool = False) -> AsyncIterator[Heard]:
    """A page that sets a cookie and leads by a redirect to a second one, which shows its picture to who brings the
    cookie, or to all."""
    heard, copy = Heard(), copy_of(PHOTOS[0])

    async def site(request: web.Request) -> web.StreamResponse:
        heard.asked[request.path] += 1
        heard.cookies[request.path] = request.headers.get("Cookie", "")
        heard.conditional += "If-None-Match" in request.headers
        if request.path == "/t/1":
            answer = web.Response(text=page("/1.jpg", more='<a class="on" href="/on">on</a>'), content_type="text/html")
            answer.set_cookie("seen", "1")
            answer.etag = "one"
            return web.Response(status=304) if request.headers.get("If-None-Match") == '"one"' else answer
        if request.path == "/on":
            return web.Response(status=302, headers={"Location": "/t/2"})
        if request.path == "/t/2":
            shown = ["/2.jpg"] if to_all or "seen=1" in heard.cookies["/t/2"] else []
            return web.Response(text=page(*shown), content_type="text/html")
        if request.path in ("/1.jpg", "/2.jpg"):
            return web.Response(body=small(PHOTOS[1]) if request.path == "/1.jpg" else copy, content_type="image/jpeg")
        return web.Response(status=404)

    async with answering(site) as heard.port:
        yield heard


class Three(Helpline):
    """Each with the same photo, over the program's own fetcher."""

    def __init__(self) -> None:
        super().__init__(Place(0, 0), 3, features=False)
        self.settings = replace(
            self.settings,
            network=NetworkSettings(allow_networks=("127.0.0.1/32",), timeout_s=120),
            crawl=CrawlSettings(per_host_delay_s=0),
        )
        self.fetcher = open_fetcher(self.settings, self.store.hosts, self.store, reader=self.reader, clock=utc_now)

    async def dependencies(self, case: CaseId) -> Dependencies:
        return replace(await super().dependencies(case), fetcher=self.fetcher, clock=utc_now)

    def watches(self, heard: Heard, render: Render = Render.HTTP) -> list[Watch]:
        url, follow = f"http://127.0.0.1:{heard.port}/t/1", Follow(links="a.on", depth=1)
        watch = Watch("forum", Kind.PAGE, Every(3600), urls=(url,), follow=follow, render=render)
        return [replace(watch, case=case) for case in self.cases]

    async def look(self, heard: Heard, render: Render = Render.HTTP) -> VisitedTogether:
        watches = self.watches(heard, render)
        visit = VisitTogether(watches, self.dependencies, self.reader, self.store, utc_now, group="g")
        return await visit.run()


@asynccontextmanager
async def three() -> AsyncIterator[Three]:
    made = Three()
    try:
        await made.enroll()
        for case in made.cases:
            await made.enroll_for(case, [PHOTOS[0]])
        yield made
    finally:
        await made.fetcher.aclose()


async def test_the_server_hears_one_visitor_once() -> None:
    async with forum() as heard, three() as looking:
        first = await looking.look(heard)
        assert heard.asked == {"/robots.txt": 1, "/t/1": 1, "/1.jpg": 1, "/on": 1, "/t/2": 1, "/2.jpg": 1}
        assert heard.cookies["/t/2"] == "seen=1"
        found = looking.found()
        assert {(case, image.rpartition("/")[2]) for case, _, image, _, _ in found} >= {
            (case, "2.jpg") for case in looking.cases
        }
        assert first.requests == 5, "an address that sends on counts as two; robots.txt, as ever, is not counted"
        heard.asked.clear()
        again = await looking.look(heard)
        assert heard.asked == {"/t/1": 1, "/on": 1, "/t/2": 1} and heard.conditional == 1
        assert looking.found() == found and again.asked_again == 0


async def test_what_the_group_was_handed_out_nobody_sends_back_alone() -> None:
    async with forum() as heard, three() as looking:
        await looking.look(heard)
        (alone, *_) = looking.watches(heard)
        await run_watch(alone, await looking.dependencies(alone.case))
        assert heard.conditional == 0 and heard.asked["/robots.txt"] == 2


@NEEDS_CHROMIUM
async def test_a_page_is_rendered_once_without_what_is_closed() -> None:
    async with forum(to_all=True) as heard, three() as looking:
        looking.store.closed_for_all.add([f"http://127.0.0.1:{heard.port}/1.jpg"], [])
        await looking.look(heard, Render.BROWSER)
        assert (heard.asked["/t/1"], heard.asked["/1.jpg"]) == (1, 0)
        assert (heard.asked["/t/2"], heard.asked["/2.jpg"]) == (1, 1)
        assert {(case, image.rpartition("/")[2]) for case, _, image, _, _ in looking.found()} >= {
            (case, "2.jpg") for case in looking.cases
        }
