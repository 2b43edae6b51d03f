"""What `ports.Fetcher` promises, asked of the real way out over loopback and of the site that stands in for it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from aiohttp import web

from monitor.model.page import Fetched, OutcomeKind, Request
from monitor.model.settings import NetworkSettings
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from tests.fakes import FakeClock, FakeSite
from tests.serving.web import answering

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
PAGE = b"<title>A page</title><p>hello</p>"
TAG = f'"{hashlib.sha256(PAGE).hexdigest()[:16]}"'


@dataclass
class Mending:
    fetch: Callable[[Request], Awaitable[Fetched]]
    base: str


async def answer(request: web.Request) -> web.Response:
    if request.path != "/page":
        return web.Response(status=404)
    if request.headers.get("If-None-Match") == TAG:
        return web.Response(status=304, headers={"ETag": TAG})
    return web.Response(body=PAGE, content_type="text/html", charset="utf-8", headers={"ETag": TAG})


@pytest.fixture(params=["the real one", "the fake"])
async def way(request: pytest.FixtureRequest) -> AsyncIterator[Mending]:
    clock = FakeClock(NOW)
    if request.param == "the fake":
        site = FakeSite(clock)
        site.put("http://site.test/page", PAGE)
        yield Mending(site.fetch, "http://site.test")
        return
    async with answering(answer) as port:
        settings = NetworkSettings(allow_networks=("127.0.0.1/32",), allow_ports=(port,))
        client = GuardedClient(settings, AddressRules.of(settings), clock=clock)
        yield Mending(client.fetch, f"http://127.0.0.1:{port}")
        await client.aclose()


class TestFetcher:
    async def test_a_page(self, way: Mending) -> None:
        request = Request(f"{way.base}/page")
        got = await way.fetch(request)
        assert (got.request, got.outcome.kind, got.status, got.url) == (request, OutcomeKind.OK, 200, request.url)
        assert (got.body, got.digest) == (PAGE, hashlib.sha256(PAGE).hexdigest())
        assert (got.fetched_at, got.header("etag"), got.header("Content-Type").partition(";")[0]) == (
            NOW,
            TAG,
            "text/html",
        )
        assert got.ip and got.wire_bytes >= len(PAGE)
        (hop,) = got.hops
        assert (hop.url, hop.at, hop.status, hop.reason, hop.protocol) == (request.url, NOW, 200, "OK", "HTTP/1.1")
        assert hop.ip == got.ip and "Host" in dict(hop.asked) and dict(hop.answered)
        assert got.served is None

    async def test_what_is_unchanged_comes_without_a_body(self, way: Mending) -> None:
        got = await way.fetch(Request(f"{way.base}/page", etag=TAG))
        assert (got.outcome.kind, got.status, got.body, got.digest) == (OutcomeKind.NOT_MODIFIED, 304, b"", "")

    async def test_what_has_changed_comes_whole(self, way: Mending) -> None:
        got = await way.fetch(Request(f"{way.base}/page", etag='"of before"'))
        assert (got.outcome.kind, got.body) == (OutcomeKind.OK, PAGE)

    async def test_what_is_gone_is_told_with_what_to_do(self, way: Mending) -> None:
        got = await way.fetch(Request(f"{way.base}/nothing"))
        assert (got.outcome.kind, got.status, got.outcome.is_good_look) == (OutcomeKind.GONE, 404, False)
        assert got.outcome.message and got.outcome.remedy and [hop.status for hop in got.hops] == [404]
