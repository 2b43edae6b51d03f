"""The guarded client one hop at a time, over real connections on loopback."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from monitor.crawl.robots.reading import MAX_ROBOTS_BYTES
from monitor.model.page import OutcomeKind, Purpose, Request
from monitor.model.settings import NetworkSettings
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from monitor.outbound.wire import ERROR_BODY_BYTES

RULES = b"User-agent: *\nDisallow: /private\n"
MORE = b"".join(b"# and more, number %d\n" % number for number in range(50_000))


@asynccontextmanager
async def site(answers: dict[str, bytes], *, timeout_s: float = 10.0) -> AsyncIterator[tuple[GuardedClient, str]]:
    """answers: by path, all that goes over the wire."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        asked = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        writer.write(answers[asked])
        with suppress(OSError):
            await reader.read()  # until it has what it wants, or has enough of it
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()

    serving: list[asyncio.Task[None] | None] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = NetworkSettings(allow_networks=("127.0.0.1/32",), allow_ports=(80, 443, port), timeout_s=timeout_s)
    client = GuardedClient(settings, AddressRules.of(settings))
    try:
        yield client, f"http://127.0.0.1:{port}"
    finally:
        await client.aclose()
        await asyncio.gather(*filter(None, serving))
        server.close()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def test_what_passes_between_hops_is_not_the_sites_time() -> None:
    sent_on = answer(b"", "Location: /2", status="302 Found")
    async with site({"/1": sent_on, "/2": answer(b"here")}, timeout_s=0.5) as (client, at):
        walk = client.start(Request(f"{at}/1"))
        assert await client.step(walk) is None
        assert walk.url == f"{at}/2"
        spent = walk.left_s
        await asyncio.sleep(0)
        walk.started = walk.started.replace(year=2000)  # as if long ago
        fetched = await client.step(walk)
        assert fetched is not None
        assert (fetched.body, fetched.redirects, fetched.fetched_at.year > 2000) == (b"here", (f"{at}/1",), True)
        assert 0 < walk.left_s < spent < 0.5


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        pytest.param("/2", "/2", id="a path"),
        pytest.param("\\2", "/2", id="a backslash, as browsers read it"),
        pytest.param(" \t/a/../2#there ", "/2", id="spaces, dots, a fragment"),
        pytest.param(
            "//127.0.0.1:{port}\\@169.254.169.254/", "/@169.254.169.254/", id="a host behind a backslash is none"
        ),
        pytest.param("/straße", "/stra%C3%9Fe", id="not ASCII"),
        pytest.param("ftp://127.0.0.1/2", None, id="another scheme"),
        pytest.param("http://[::1/", None, id="no address"),
        pytest.param("http://xn--/", None, id="a name that cannot be spelled out"),
    ],
)
async def test_a_location_is_read_as_a_link_is(location: str, leads_to: str | None) -> None:
    answers: dict[str, bytes] = {}
    async with site(answers) as (client, at):
        place = location.replace("{port}", at.rpartition(":")[2])
        answers["/1"] = answer(b"", f"Location: {place}", status="302 Found")
        walk = client.start(Request(f"{at}/1"))
        fetched = await client.step(walk)
        if leads_to is None:
            assert fetched is not None
            assert fetched.outcome.kind is OutcomeKind.MOVED
        else:
            assert fetched is None
            assert walk.url == (leads_to if leads_to.startswith("http") else at + leads_to)


@pytest.mark.parametrize("url", ["http://xn--/", "http://xn--n3h.test/", "http://a.test/\ud800"])
async def test_a_name_that_cannot_be_spelled_out_is_an_outcome(url: str) -> None:
    async with site({"/": answer(b"")}) as (client, at):
        await client.fetch(Request(f"{at}/"))
        assert (await client.fetch(Request(url))).outcome.kind in (OutcomeKind.DNS, OutcomeKind.REFUSED)


async def test_the_hops_of_one_request_share_its_deadline() -> None:
    async with site({"/1": answer(b"", "Location: /2", status="302 Found")}) as (client, at):
        walk = client.start(Request(f"{at}/1"))
        await client.step(walk)
        walk.left_s = 0.0  # the first took it all
        fetched = await client.step(walk)
        assert fetched is not None
        assert (fetched.outcome.kind, fetched.redirects) == (OutcomeKind.TIMEOUT, (f"{at}/1",))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(RULES + MORE, (), id="a megabyte"),
        pytest.param(gzip.compress(RULES + MORE), ("Content-Encoding: gzip",), id="packed"),
    ],
)
async def test_of_a_huge_robots_txt_what_fits_is_read(body: bytes, headers: tuple[str, ...]) -> None:
    async with site({"/robots.txt": answer(body, *headers)}) as (client, at):
        fetched = await client.fetch(Request(f"{at}/robots.txt", Purpose.ROBOTS))
        assert fetched.outcome.kind is OutcomeKind.OK
        assert fetched.body.startswith(RULES)
        assert MAX_ROBOTS_BYTES < len(fetched.body) <= 512 * 1024


async def test_of_a_large_error_page_the_beginning_is_kept() -> None:
    body = b"<title>Just a moment...</title>" + b" " * ERROR_BODY_BYTES
    async with site({"/": answer(body, status="404 Not Found")}) as (client, at):
        fetched = await client.fetch(Request(f"{at}/"))
        assert fetched.body == body[:ERROR_BODY_BYTES]
