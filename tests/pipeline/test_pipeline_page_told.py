"""Places that give a picture only to who comes from its page, or has been given a cookie by it: over a real wire, in a
whole pass and in the daily look after it. Neither 403 nor a stand-in for who does not is ever told as removed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_network

import pytest

from monitor.model.ids import CaseId
from monitor.model.page import Fetched, Request
from monitor.model.settings import NetworkSettings
from monitor.model.sighting import Status
from monitor.model.watch import Every, Follow, Kind, Watch
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from monitor.pipeline.recheck import recheck
from tests.pipeline.pipeline_bench import OTHERS, PHOTOS, Bench, page, small

PICTURES = {"/i/hers.jpg": PHOTOS[0], **{f"/i/o{n}.jpg": OTHERS[n] for n in range(3)}}
STAND_IN = OTHERS[3]


@dataclass
class Place:
    """wants: of a request for a picture. stands_in: what who does not fit gets, a picture or 403."""

    wants: Callable[[Place, dict[str, str]], bool]
    stands_in: bool
    shows: tuple[str, ...] = tuple(PICTURES)
    port: int = 0
    heads: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def thread(self) -> str:
        return f"http://127.0.0.1:{self.port}/t/1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                first, *rest = head.split("\r\n")
                lines = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest if line)}
                path = first.split(" ")[1]
                self.heads.append((path, lines))
                writer.write(self._answer(path, lines))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, path: str, lines: dict[str, str]) -> bytes:
        status, kind, body, more = "200 OK", "image/jpeg", b"", ""
        if path == "/t/1":
            body, kind, more = page(*self.shows).encode(), "text/html; charset=utf-8", "Set-Cookie: been=1; Path=/\r\n"
        elif path not in PICTURES:
            status, kind = "404 Not Found", "text/plain"
        elif self.wants(self, lines):
            body = small(PICTURES[path])
        elif self.stands_in:
            body = small(STAND_IN)
        else:
            status, kind = "403 Forbidden", "text/plain"
        return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class Wire:
    client: GuardedClient

    async def fetch(self, request: Request) -> Fetched:
        return await self.client.fetch(request)

    def allow_ports_of(self, urls: object) -> None: ...


@asynccontextmanager
async def open_to(bench: Bench, place: Place) -> AsyncIterator[Watch]:
    server = await asyncio.start_server(place.serve, "127.0.0.1", 0)
    place.port = server.sockets[0].getsockname()[1]
    network = NetworkSettings(allow_networks=("127.0.0.0/8",))
    client = GuardedClient(network, AddressRules((ip_network("127.0.0.0/8"),), {place.port}))
    bench.site = Wire(client)  # type: ignore[assignment] # as the pass asks it, it is one
    await bench.enroll(PHOTOS[:1])
    try:
        yield Watch("forum", Kind.PAGE, Every(3600), urls=(place.thread,), follow=Follow(depth=0))
    finally:
        await client.aclose()
        server.close()


async def daily(bench: Bench, watch: Watch, days: int = 3) -> list[Status]:
    told = []
    for _ in range(days):
        bench.clock.forward(hours=24)
        await recheck(CaseId("default"), {watch.name: watch}, bench.dependencies())
        told += [sighting.status for sighting in bench.store.sightings.all("default")]
    return told


def comes_from_page(place: Place, lines: dict[str, str]) -> bool:
    return lines.get("referer") == place.thread


def has_been(place: Place, lines: dict[str, str]) -> bool:
    return "been=1" in lines.get("cookie", "")


def is_anybody(place: Place, lines: dict[str, str]) -> bool:
    return True


ANSWERS = pytest.mark.parametrize("stands_in", [True, False], ids=["a stand-in", "403"])


@pytest.mark.rows(2)
@ANSWERS
@pytest.mark.parametrize("wants", [comes_from_page, has_been])
async def test_what_a_page_shows_is_seen_in_a_pass_and_every_day_after(
    bench: Bench, wants: Callable[[Place, dict[str, str]], bool], stands_in: bool
) -> None:
    place = Place(wants, stands_in)
    async with open_to(bench, place) as watch:
        watch = replace(watch, tells_page=wants is comes_from_page)
        run = await bench.run(watch)
        assert run.new_sightings == 1
        place.heads.clear()
        assert await daily(bench, watch) == [Status.NEW] * 3
        asked = [lines for path, lines in place.heads if path == "/i/hers.jpg"]
        assert len(asked) == 3 and all(wants(place, lines) for lines in asked)
        assert ("referer" in asked[0]) is watch.tells_page


@ANSWERS
async def test_who_does_not_say_where_they_come_from_is_not_told_that_all_is_well(
    bench: Bench, stands_in: bool
) -> None:
    place = Place(comes_from_page, stands_in)
    async with open_to(bench, place) as watch:
        run = await bench.run(watch)
        assert (run.new_sightings, run.status.value) != (0, "ok") and run.new_sightings == 0
        assert not any("referer" in lines for _, lines in place.heads)


@ANSWERS
async def test_a_place_that_begins_to_want_it_has_removed_nothing(bench: Bench, stands_in: bool) -> None:
    place = Place(is_anybody, stands_in)
    async with open_to(bench, place) as watch:
        assert (await bench.run(watch)).new_sightings == 1
        place.wants = comes_from_page
        assert await daily(bench, watch) == [Status.NEW] * 3
        assert await daily(bench, replace(watch, tells_page=True), 1) == [Status.NEW]


async def test_what_is_gone_is_gone_for_who_comes_from_the_page_too(bench: Bench) -> None:
    place = Place(comes_from_page, stands_in=True)
    async with open_to(bench, place) as watch:
        watch = replace(watch, tells_page=True)
        assert (await bench.run(watch)).new_sightings == 1
        hers = PICTURES.pop("/i/hers.jpg")
        try:
            assert (await daily(bench, watch))[-1] is Status.REMOVED
        finally:
            PICTURES["/i/hers.jpg"] = hers
