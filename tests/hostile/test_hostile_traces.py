"""What goes out tells nothing of who is asking, and what one host gave another never sees."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from monitor.model.page import OutcomeKind as K
from monitor.model.page import Purpose, Request
from tests.hostile.hostile_site import Names, ok, site, to, way

WAYS = ("straight", "socks", "http", "straight, apart")


def fields(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}


@pytest.mark.parametrize("kind", WAYS)
async def test_headers_are_those_of_an_ordinary_browser(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # the environment decides nothing
    async with site(ok()) as served, way(kind, served.port) as client:
        await client.fetch(Request(served.url("/a"), referrer="http://secret.example/"))
        sent = fields(served.heads[0])
        usual = {"host", "connection", "user-agent", "accept", "accept-language", "accept-encoding"}
        assert set(sent) == {*usual, "upgrade-insecure-requests"}  # in what order: test_hostile_headers.py
        assert sent["user-agent"] == client.settings.user_agent
        assert b"python" not in served.heads[0].lower() and b"secret.example" not in served.heads[0]


@pytest.mark.parametrize("kind", WAYS)
async def test_no_cookie_outlives_its_request(kind: str) -> None:
    async with site(ok(headers="Set-Cookie: id=1")) as served, way(kind, served.port) as client:
        await client.fetch(Request(served.url("/a")))
        await client.fetch(Request(served.url("/b")))
        assert all("cookie" not in fields(head) for head in served.heads)


@pytest.mark.parametrize("kind", WAYS)
async def test_a_cookie_goes_along_on_its_own_host_only(kind: str) -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/":
            writer.write(b"HTTP/1.1 302 x\r\nSet-Cookie: id=1; Path=/\r\nLocation: /own\r\nContent-Length: 0\r\n\r\n")
        else:
            writer.write(to(f"http://other.test:{served.port}/fine"))

    async with site(answer) as served, way(kind, served.port) as client:
        fetched = await client.fetch(Request(served.url()))
        assert fetched.outcome.kind is K.OK
        assert [fields(head).get("cookie") for head in served.heads] == [None, "id=1", None]
        assert fetched.redirects == (served.url("/"), served.url("/own"))
        assert fetched.url == served.url("/fine", host="other.test")


@pytest.mark.parametrize("kind", WAYS)
@pytest.mark.parametrize(("target", "kept"), [("good.test", True), ("other.test", False)])
async def test_a_source_s_key_stays_on_its_host(kind: str, target: str, kept: bool) -> None:
    async with site(to(f"http://{target}:{{port}}/fine")) as served, way(kind, served.port) as client:
        request = Request(served.url(), Purpose.API, headers=(("Authorization", "Bearer secret"),))
        assert (await client.fetch(request)).outcome.kind is K.OK
        assert b"secret" in served.heads[0]
        assert (b"secret" in served.heads[1]) is kept


@pytest.mark.parametrize("kind", WAYS)
async def test_conditional_requests(kind: str) -> None:
    async with site(b"HTTP/1.1 304 Not Modified\r\n\r\n") as served, way(kind, served.port) as client:
        request = Request(served.url(), etag='"x"', last_modified="Sun, 22 Nov 2026 20:00:00 GMT")
        fetched = await client.fetch(request)
        assert (fetched.outcome.kind, fetched.body, fetched.status) == (K.NOT_MODIFIED, b"", 304)
        sent = fields(served.heads[0])
        assert (sent["if-none-match"], sent["if-modified-since"]) == ('"x"', "Sun, 22 Nov 2026 20:00:00 GMT")


async def test_what_is_kept_of_an_answer() -> None:
    async with (
        site(ok(b"<p>x</p>", 'ETag: "a"\r\nX-Two: 1\r\nX-Two: 2')) as served,
        way("straight", served.port) as client,
    ):
        fetched = await client.fetch(Request(served.url("/a#part")))
        assert fetched.header("ETag") == '"a"'
        assert [value for name, value in fetched.headers if name == "x-two"] == ["1", "2"]
        assert (fetched.status, fetched.wire_bytes, fetched.ip) == (200, 8, "127.0.0.1")
        assert fetched.digest == hashlib.sha256(b"<p>x</p>").hexdigest()
        assert b"part" not in served.heads[0]


async def test_connections_are_kept() -> None:
    names = Names()
    async with site(ok()) as served, way("straight", served.port, names=names) as client:
        for n in range(5):
            await client.fetch(Request(served.url(f"/{n}")))
        assert names.asked == ["good.test"]


async def test_by_proxy_names_are_looked_up_there_and_nowhere_else() -> None:
    here, there = Names(), Names()
    from tests.hostile.hostile_site import client as straight
    from tests.hostile.hostile_site import proxy

    async with site(ok()) as served, proxy(there) as through:
        async with straight(served.port, names=here, proxy=f"socks5h://127.0.0.1:{through.port}") as client:
            assert (await client.fetch(Request(served.url()))).outcome.kind is K.OK
        assert (here.asked, there.asked, through.asked) == ([], ["good.test"], ["good.test"])


async def test_a_page_beside_sixteen_hostile_ones_is_read_at_once() -> None:
    async def drip(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with site(drip) as served, way("straight", served.port, timeout_s=2.0) as client:
        slow = [asyncio.ensure_future(client.fetch(Request(served.url(f"/{n}")))) for n in range(16)]
        await asyncio.sleep(0)
        beside = await client.fetch(Request(served.url("/fine", host="other.test")))
        assert beside.outcome.kind is K.OK
        assert not any(one.done() for one in slow)
        assert {(await one).outcome.kind for one in slow} == {K.TIMEOUT}
