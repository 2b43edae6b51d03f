"""Watches that adapt, by the real service, scheduler and store on time that passes at once; each visit asks a real
server, whose log counts."""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from monitor.model.run import Run
from monitor.model.visit import VisitReason
from monitor.model.watch import Adapt, Kind, Watch
from monitor.pipeline.adapting_visits import raise_places
from monitor.pipeline.runs import save_run
from monitor.pipeline.visiting import visiting
from tests.alerts.alert_helpers import run as a_run
from tests.daemon.simulated import World, simulate

BEGIN = datetime(2026, 3, 27, 9, tzinfo=UTC)
BOUNDS = Adapt(600, 21_600)
DAYS, BUDGET, ASKED = 2, 160, 2
RAISED_AFTER = timedelta(hours=32, minutes=3)
POSTED_H = {"busy": 0.5, "now and then": 6.0, "quiet": 90.0, "dead": 1e6}  # hours between two pictures


class Site:
    """Notes who asked for what."""

    def __init__(self) -> None:
        self.log: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.log.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ask(self, path: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port)
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.server.shutdown()
    found.server.server_close()


def places() -> list[Watch]:
    return [Watch(name, Kind.PAGE, BOUNDS, urls=(f"https://www.example{at}.org/",)) for at, name in enumerate(POSTED_H)]


class Story:
    """asked: when, by the world's clock, as the server's log has it. moved: watches that a find brought forward."""

    def __init__(self, site: Site) -> None:
        self.site, self.asked, self.moved = site, list[datetime](), set[str]()

    def prepare(self, world: World) -> None:
        object.__setattr__(world.settings.crawl, "adapt_requests", BUDGET)

        async def run_watch(watch: Watch, *, again: bool = False) -> Run:
            async with visiting(watch, world.settings, world.store, world.clock) as visit:
                world.visits[watch.name].append((world.wall(), world.boot))
                for number in range(ASKED):
                    self.site.ask(f"/{watch.name.replace(' ', '-')}/{number}")
                    self.asked.append(world.wall())
                seen = [
                    self._posted(watch, at) for at in (world.store.runs.last_look(watch.case, watch.name), world.wall())
                ]
                done = replace(
                    a_run(watch.name, at=world.clock()),
                    requests=ASKED,
                    appeared=seen[1] - seen[0],
                    appeared_hers=(seen[1] - seen[0]) // 2,
                    sight="as ever",
                )
                save_run(done, watch, world.store, visit=visit)
            return done

        world.run_watch = run_watch  # type: ignore[method-assign]

    async def __call__(self, world: World) -> None:
        await asyncio.sleep(RAISED_AFTER.total_seconds())
        before = {row.watch: row.at for row in world.store.visits.all()}
        raise_places(world.store, "default", ["https://cdn.example3.org/p.jpg"], world.clock())
        self.moved = {row.watch for row in world.store.visits.all() if row.at < before[row.watch]}
        await asyncio.sleep(DAYS * 86_400 - RAISED_AFTER.total_seconds())

    def _posted(self, watch: Watch, until: datetime | None) -> int:
        return 0 if until is None else int((until - BEGIN) / timedelta(hours=POSTED_H[watch.name]))


def gaps(world: World, name: str) -> Sequence[timedelta]:
    return [later - sooner for (sooner, _), (later, _) in pairwise(world.visits[name])]


def test_bounds_and_budget_are_kept_by_the_servers_log(site: Site) -> None:
    story = Story(site)
    world = simulate(BEGIN, "Europe/Berlin", places(), story, rounds_every_s=3600, prepare=story.prepare)
    assert len(site.log) == len(story.asked) == ASKED * sum(map(len, world.visits.values()))
    assert 0.75 * BUDGET * DAYS < len(site.log) <= BUDGET * (DAYS + 0.25) + ASKED * len(POSTED_H)
    for at in story.asked:
        in_a_day = sum(at <= other < at + timedelta(days=1) for other in story.asked)
        assert in_a_day <= 1.25 * BUDGET + ASKED * len(POSTED_H), "what was saved up, and the first look at each"
    for name in POSTED_H:
        assert min(gaps(world, name)) >= timedelta(seconds=BOUNDS.floor_s - 1), name
        assert max(gaps(world, name)) <= timedelta(seconds=BOUNDS.ceiling_s), name
    often = {name: len(world.visits[name]) for name in POSTED_H}
    assert often["busy"] > 2 * often["now and then"] > 2 * often["dead"] / 1.5, often
    left = world.store.places.budget()
    assert left is not None and left.tokens <= BUDGET / 4
    assert story.moved == {"dead"}
    why = {row.watch: row.why for row in world.store.visits.all()}
    assert why == dict.fromkeys(POSTED_H, VisitReason.ADAPTS) | {"dead": VisitReason.RAISED}
