"""Two cases, and a watch with a saved log-in beside one without, look at the same page by turns; the site hands out all
that it can know a visitor by again, and gets it back from no other."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from aiohttp import web

from monitor.crawl.login import Cookie, LoginState, dump
from monitor.matching.matcher import PhotoMatcher
from monitor.model.case import Attestation, Authority, Case
from monitor.model.ids import CaseId
from monitor.model.settings import CrawlSettings, NetworkSettings
from monitor.model.watch import Every, Follow, Kind, Render, Watch
from monitor.outbound.polite import open_fetcher
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.recheck import recheck
from monitor.pipeline.scan import run_watch
from monitor.services.enrolling import enroll_files
from tests.pipeline.pipeline_bench import OTHERS, PHOTOS, Bench, page, small
from tests.serving.web import answering

JANE, JOHN = CaseId("default"), CaseId("john")


@dataclass
class Tracking:
    """A site that knows its visitors by whatever they bring back. given, brought: by who looks at present. over: who
    came over each connection."""

    port: int = 0
    who: str = ""
    given: dict[str, set[str]] = field(default_factory=dict)
    brought: dict[str, set[str]] = field(default_factory=dict)
    over: dict[object, set[str]] = field(default_factory=dict)
    robots: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    _marks: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _files: dict[tuple[str, str], str] = field(default_factory=dict)  # by who and path: the mark that was given last

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.over.setdefault(request.transport, set()).add(self.who)
        self.asked.append((self.who, request.path))
        if request.path == "/robots.txt":
            self.robots.append(self.who)
            return web.Response(text=f"User-agent: *\nDisallow: /only/{self.who}\n")
        brought = {word.strip('"') for word in request.headers.get("If-None-Match", "").split(",") if word}
        brought |= {value for name, value in request.cookies.items() if name == "visitor"}
        self.brought.setdefault(self.who, set()).update(brought)
        last = self._files.get((self.who, request.path))
        mark = f"m{next(self._marks)}"
        if last is not None and last in brought:
            return web.Response(status=304, headers={"ETag": f'"{last}"'})
        self._files[self.who, request.path] = mark
        self.given.setdefault(self.who, set()).add(mark)
        headers = {"ETag": f'"{mark}"', "Set-Cookie": f"visitor={mark}; Path=/"}
        if request.path == "/ours.jpg":
            return web.Response(body=small(PHOTOS[0]), content_type="image/jpeg", headers=headers)
        if request.path == "/other.jpg":
            return web.Response(body=OTHERS[0].read_bytes(), content_type="image/jpeg", headers=headers)
        more = "".join(f'<a href="/only/{who}/">{who}</a>' for who in ("jane", "john", "logged-in"))
        shown = f'<img src="/ours.jpg"><img src="/other.jpg">{more}' if request.path == "/t/1" else "<p>a page</p>"
        return web.Response(text=f"<html><body>{shown}</body></html>", content_type="text/html", headers=headers)


@dataclass
class Looking:
    bench: Bench
    site: Tracking
    fetcher: object

    def deps(self, case: CaseId) -> Dependencies:
        store, settings = self.bench.store, self.bench.settings
        return replace(
            self.bench.dependencies(),
            fetcher=self.fetcher,  # type: ignore[arg-type]
            matcher=PhotoMatcher(store.references.all(case), settings.match),
            revision=store.references.revision(case),
        )

    async def look(self, who: str, watch: Watch) -> None:
        self.site.who = who
        run = await run_watch(watch, self.deps(watch.case))
        assert not [error for error in run.errors if error.kind.value != "robots"], run.errors

    async def look_again(self, who: str, watch: Watch) -> None:
        self.site.who = who
        await recheck(watch.case, {watch.name: watch}, self.deps(watch.case))


@asynccontextmanager
async def looking(bench: Bench) -> AsyncIterator[Looking]:
    site = Tracking()
    attestation = Attestation(Authority.SELF, bench.clock())
    bench.store.cases.save(Case(JOHN, attestation=attestation, created_at=bench.clock()))
    for case in (JANE, JOHN):
        await enroll_files(
            PHOTOS[:1], case=case, label=None, features=False, store=bench.store, reader=bench.reader, now=bench.clock()
        )
    async with answering(site.answer) as site.port:
        bench.settings = replace(
            bench.settings,
            network=NetworkSettings(allow_networks=("127.0.0.1/32",), allow_ports=(site.port,)),
            crawl=CrawlSettings(per_host_delay_s=0),
        )
        kept, settings = bench.store, bench.settings
        fetcher = open_fetcher(settings, kept.hosts, kept, reader=bench.reader, clock=bench.clock)
        yield Looking(bench, site, fetcher)
        await fetcher.aclose()


def log_in(bench: Bench, watch: Watch) -> None:
    state = LoginState(cookies=(Cookie("sid", "s", "127.0.0.1"),), sites=("127.0.0.1",))
    bench.store.logins.save(watch.case, watch.name, dump(state) or "")


async def test_nothing_that_one_was_handed_out_comes_from_another(bench: Bench) -> None:
    async with looking(bench) as looks:
        url = f"http://127.0.0.1:{looks.site.port}/t/1"
        plain = Watch("plain", Kind.PAGE, Every(3600), urls=(url,), render=Render.HTTP, follow=Follow("a", depth=1))
        logged_in = replace(plain, name="logged-in")
        log_in(bench, logged_in)
        watches = {"jane": plain, "logged-in": logged_in, "john": replace(plain, name="johns", case=JOHN)}
        for hours in (1, 1, 24 * 9, 1):
            for who, watch in watches.items():
                await looks.look(who, watch)
            bench.clock.forward(hours=hours)
    site = looks.site
    for one, other in itertools.permutations(watches, 2):
        assert site.brought[one].isdisjoint(site.given[other]), (one, other)
    assert all(site.brought[who] & site.given[who] for who in watches)  # each brings back its own
    assert all(len(who) == 1 for who in site.over.values())  # and nobody comes by another's connection
    assert set(site.robots) == set(watches)
    for who in watches:
        left_out = {path for path in (f"/only/{one}/" for one in watches) if (who, path) not in site.asked}
        assert left_out == {f"/only/{who}/"}


async def test_a_find_is_looked_at_again_as_whoever_its_watch_is_now(bench: Bench) -> None:
    """The log-in was taken away, or is new: what the other was handed out stays where it is."""
    async with looking(bench) as looks:
        url = f"http://127.0.0.1:{looks.site.port}/t/1"
        watch = Watch("forum", Kind.PAGE, Every(3600), urls=(url,), render=Render.HTTP)
        log_in(bench, watch)
        await looks.look("logged-in", watch)
        for who in ("logged-in", "logged-in", "stranger", "stranger", "logged-in", "stranger"):
            if who == "stranger":
                bench.store.logins.remove(watch.case, watch.name)
            else:
                log_in(bench, watch)
            bench.clock.forward(days=2)
            before = len(looks.site.asked)
            await looks.look_again(who, watch)
            assert len(looks.site.asked) > before
    site = looks.site
    for one, other in itertools.permutations(("logged-in", "stranger"), 2):
        assert site.brought[one].isdisjoint(site.given[other]), (one, other)
        assert site.brought[one] & site.given[one]
    assert all(len(who) == 1 for who in site.over.values())


async def test_a_browser_leaves_out_only_what_the_same_visitor_was_shown(bench: Bench) -> None:
    url = "https://forum.example/t/1"
    bench.site.put(url, page("https://cdn.example/1.jpg"))
    bench.site.put("https://cdn.example/1.jpg", OTHERS[0].read_bytes(), "image/jpeg")
    stranger = Watch("plain", Kind.PAGE, Every(3600), urls=(url,), render=Render.BROWSER)
    logged_in = replace(stranger, name="logged-in")
    log_in(bench, logged_in)
    left_out = []
    for watch in (stranger, stranger, logged_in, logged_in, stranger):
        bench.site.asked.clear()
        await bench.run(watch)
        bench.clock.forward(hours=1)
        left_out.append(bool(bench.site.asked[0].known_images))
    assert left_out == [False, True, False, True, False]
