"""The browser's way out, without a browser: who comes without a token, or asks for what no page named, gets nowhere."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network

import pytest

from monitor.model.page import OutcomeKind
from monitor.outbound.browser import forward_proxy as module
from monitor.outbound.browser.forward_proxy import MAX_CONNECTIONS, MAX_UNNAMED, ForwardProxy, PageLoad, Patience
from monitor.outbound.dial import LocalDialler
from monitor.outbound.guard import AddressRules
from tests.patience import WITHIN_S
from tests.serving.streams import listening

NAMES = {"good.test": ["127.0.0.1"], "inside.test": ["10.0.0.1"], "mixed.test": ["127.0.0.1", "10.0.0.1"]}


async def resolve(host: str, port: int) -> Sequence[str]:
    return NAMES.get(host, [host])


@asynccontextmanager
async def echoing() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A plain server that keeps its connections open, whatever it is told."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello")
        except (EOFError, OSError):
            pass
        finally:
            writer.close()

    async with listening(serve) as port:
        yield port, heads


@asynccontextmanager
async def standing(
    port: int, visited: str = "http://good.test/", patience: Patience | None = None
) -> AsyncIterator[tuple[ForwardProxy, PageLoad]]:
    rules = AddressRules((ip_network("127.0.0.1/32"),), {80, 443, port})
    made = ForwardProxy(patience)
    await made.start()
    visit = made.open_load(visited, LocalDialler(rules, resolve), max_bytes=100_000)
    try:
        yield made, visit
    finally:
        await made.close_load(visit)
        await made.aclose()


async def ask(made: ForwardProxy, line: str, token: str | None, more: str = "") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(made.url.rpartition(":")[2]))
    credentials = base64.b64encode(f"{token}:-".encode()).decode()
    told = f"Proxy-Authorization: Basic {credentials}\r\n" if token is not None else ""
    writer.write(f"{line} HTTP/1.1\r\nHost: x\r\n{told}{more}\r\n".encode())
    try:
        async with asyncio.timeout(WITHIN_S):
            if line.startswith("CONNECT"):
                return await reader.readuntil(b"\r\n\r\n")
            answer = b""
            while not answer.endswith(b"hello") and (piece := await reader.read(65536)):
                answer += piece
            return answer
    except asyncio.IncompleteReadError as error:
        return error.partial
    finally:
        writer.close()


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMED_WITHIN_S", 0.05)


@pytest.mark.parametrize(
    ("line", "status", "why"),
    [
        pytest.param("GET http://good.test:{port}/a?b", b"200", None, id="what was visited"),
        pytest.param("CONNECT good.test:{port}", b"200", None, id="a tunnel to it"),
        pytest.param("CONNECT GOOD.test.:{port}", b"200", None, id="in another spelling"),
        pytest.param("GET http://other.test:{port}/", b"403", None, id="a host that no page named"),
        pytest.param("CONNECT update.googleapis.com:443", b"403", None, id="the maker's hosts"),
        pytest.param("GET http://doubleclick.net/", b"403", None, id="a host that only counts"),
        pytest.param("GET http://inside.test:{port}/", b"502", OutcomeKind.REFUSED, id="a name that leads inside"),
        pytest.param("CONNECT mixed.test:{port}", b"502", OutcomeKind.REFUSED, id="a name that leads both ways"),
        pytest.param("CONNECT 10.0.0.1:443", b"502", OutcomeKind.REFUSED, id="an inside address"),
        pytest.param("CONNECT good.test:22", b"502", OutcomeKind.REFUSED, id="a port that is not asked"),
        pytest.param("CONNECT [::1]:443", b"502", OutcomeKind.REFUSED, id="inside by IPv6"),
        pytest.param("CONNECT [::ffff:127.0.0.1]:443", b"502", OutcomeKind.REFUSED, id="IPv4 as IPv6"),
        pytest.param("GET /a", b"", None, id="no proxy request"),
        pytest.param("GET ftp://good.test/", b"", None, id="another scheme"),
        pytest.param("GET file:///etc/passwd", b"", None, id="a file"),
        pytest.param("nonsense", b"", None, id="nonsense"),
        pytest.param("CONNECT good.test:99999", b"", None, id="a port that is none"),
    ],
)
async def test_who_gets_where(line: str, status: bytes, why: OutcomeKind | None) -> None:
    async with echoing() as (port, heads), standing(port) as (made, visit):
        for host in ("doubleclick.net", "inside.test", "mixed.test", "10.0.0.1", "::1", "::ffff:127.0.0.1"):
            visit.name(host)
        answer = await ask(made, line.replace("{port}", str(port)), visit.token)
        assert answer[9:12] == status
        assert [failure.kind for failure in visit.failures.values()] == ([why] if why else [])
        if status != b"200":
            assert heads == []


@pytest.mark.parametrize("token", [None, "", "guessed", "\xff"])
async def test_without_its_token_nobody_is_let_out(token: str | None) -> None:
    async with echoing() as (port, heads), standing(port) as (made, visit):
        assert (await ask(made, f"GET http://good.test:{port}/", token))[9:12] == b"407"
        assert (heads, visit.asked) == ([], [])
        assert made.strangers == [f"GET http://good.test:{port}/ HTTP/1.1"]


async def test_a_visit_s_token_ends_with_it() -> None:
    async with echoing() as (port, heads), standing(port) as (made, visit):
        await made.close_load(visit)
        assert (await ask(made, f"GET http://good.test:{port}/", visit.token))[9:12] == b"407"
        assert heads == []


async def test_what_a_page_names_meanwhile_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMED_WITHIN_S", 5.0)
    async with echoing() as (port, _), standing(port, "http://first.test/") as (made, visit):
        asked = asyncio.ensure_future(ask(made, f"GET http://good.test:{port}/", visit.token))
        await asyncio.sleep(0)
        visit.name("another.test")
        visit.name("good.test")
        assert (await asked)[9:12] == b"200"


async def test_a_plain_request_is_one_exchange_and_tells_nothing_of_the_proxy() -> None:
    async with echoing() as (port, heads), standing(port) as (made, visit):
        answer = await ask(
            made, f"GET http://good.test:{port}/a?b=c", visit.token, "Connection: keep-alive\r\nX-Own: 1\r\n"
        )
        assert answer.endswith(b"\r\nConnection: close\r\n\r\nhello")  # so that no second one comes after it
        assert b"keep-alive" not in answer
        (head,) = heads
        assert head.startswith(b"GET /a?b=c HTTP/1.1\r\n")
        assert b"X-Own: 1" in head and b"Proxy-" not in head and visit.token.encode() not in head
        assert visit.ips == {"good.test": "127.0.0.1"}


async def test_a_visit_is_bounded_in_bytes() -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not writer.is_closing():
                writer.write(bytes(20_000))
                await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    async with listening(flood) as port, standing(port) as (made, visit):
        try:
            answer = await ask(made, f"GET http://good.test:{port}/", visit.token)
        except ConnectionError:
            answer = b""
        assert len(answer) < 400_000
        assert visit.is_over
        assert (await ask(made, f"GET http://good.test:{port}/", visit.token))[9:12] == b"429"


async def test_a_visit_is_bounded_in_connections() -> None:
    async with echoing() as (port, _), standing(port) as (made, visit):
        held = []
        for _ in range(MAX_CONNECTIONS):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(made.url.rpartition(":")[2]))
            credentials = base64.b64encode(f"{visit.token}:-".encode()).decode()
            writer.write(
                f"CONNECT good.test:{port} HTTP/1.1\r\nProxy-Authorization: Basic {credentials}\r\n\r\n".encode()
            )
            await reader.readuntil(b"\r\n\r\n")
            held.append(writer)
        assert (await ask(made, f"CONNECT good.test:{port}", visit.token))[9:12] == b"429"
        for writer in held:
            writer.close()


async def test_its_own_address_is_answered_to_who_knows_it() -> None:
    async with echoing() as (port, heads), standing(port) as (made, visit):
        assert (await ask(made, f"GET http://{visit.hello}/", visit.token))[9:12] == b"200"
        assert (await ask(made, f"GET http://{visit.hello}/", None))[9:12] == b"407"
        other = made.open_load("http://good.test/", visit.dialler, max_bytes=1000)
        assert (await ask(made, f"GET http://{visit.hello}/", other.token))[9:12] == b"403"
        assert heads == [] and len({visit.hello, other.hello}) == 2


async def test_a_plain_request_goes_on_with_its_lines_in_their_place() -> None:
    async with echoing() as (port, heads), standing(port) as (made, visit):
        credentials = base64.b64encode(f"{visit.token}:-".encode()).decode()
        sent = [
            "Host: good.test",
            "Proxy-Connection: keep-alive",
            "A: 1",
            f"Proxy-Authorization: Basic {credentials}",
            "B: 2",
        ]
        lines = "\r\n".join([f"GET http://good.test:{port}/a HTTP/1.1", *sent, "", ""])
        reader, writer = await connect(made, lines.encode())
        await reader.readuntil(b"hello")
        writer.close()
        assert heads == [b"GET /a HTTP/1.1\r\nHost: good.test\r\nConnection: keep-alive\r\nA: 1\r\nB: 2\r\n\r\n"]


# -- who says nothing, or stops in the middle

SOON = Patience(head=0.3, idle=0.3, half=0.1, linger=0.1)


async def connect(made: ForwardProxy, first: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(made.url.rpartition(":")[2]))
    writer.write(first)
    return reader, writer


def head(line: str, visit: PageLoad, more: str = "") -> bytes:
    credentials = base64.b64encode(f"{visit.token}:-".encode()).decode()
    return f"{line} HTTP/1.1\r\nProxy-Authorization: Basic {credentials}\r\n{more}\r\n".encode()


async def is_let_go(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(WITHIN_S):  # far more than any patience here
            with suppress(ConnectionError):
                while await reader.read(65536):
                    pass
            return True
    except TimeoutError:
        return False


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"CONNECT good.test:443 HTTP/1.1\r\nProxy-Auth", id="half a head"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", id="TLS"),
    ],
)
async def test_400_that_say_nothing_keep_nobody_out(said: bytes) -> None:
    async with echoing() as (port, _), standing(port) as (made, visit):  # with the patience of every day
        before = descriptors()
        crowd = [await connect(made, said) for _ in range(400)]
        assert (await ask(made, f"GET http://good.test:{port}/", visit.token))[9:12] == b"200"
        assert (await ask(made, f"CONNECT good.test:{port}", visit.token))[9:12] == b"200"
        for reader, _ in crowd[: 400 - MAX_UNNAMED]:  # the oldest went first
            assert await is_let_go(reader)
        assert descriptors() - before <= 400 + MAX_UNNAMED + 4  # 400 are the crowd's own ends
        for _, writer in crowd:
            writer.transport.abort()


async def test_a_crowd_that_goes_on_coming_keeps_nobody_out() -> None:
    async with echoing() as (port, _), standing(port, patience=SOON) as (made, visit):
        crowd = []
        for _ in range(60):
            crowd += [await connect(made) for _ in range(10)]
            assert (await ask(made, f"GET http://good.test:{port}/", visit.token))[9:12] == b"200"
        for _, writer in crowd:
            writer.transport.abort()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    await reader.read()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while not writer.is_closing():
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.02)


async def half_a_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhell")
    await reader.read()


async def ends_its_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write_eof()
    await reader.read()


@pytest.mark.parametrize(
    ("site", "line", "more", "answer"),
    [
        pytest.param(silent, "GET http://good.test:{port}/", "", b"504", id="a site that says nothing"),
        pytest.param(breaks_off, "GET http://good.test:{port}/", "", b"504", id="half an answer's head"),
        pytest.param(drips, "GET http://good.test:{port}/", "", b"504", id="a head that drips"),
        pytest.param(half_a_body, "GET http://good.test:{port}/", "", b"200", id="half a body"),
        pytest.param(
            silent, "POST http://good.test:{port}/", "Content-Length: 9\r\n", b"504", id="a body that is not sent"
        ),
        pytest.param(silent, "CONNECT good.test:{port}", "", b"200", id="a tunnel without a word"),
        pytest.param(ends_its_half, "CONNECT good.test:{port}", "", b"200", id="a tunnel that one side has ended"),
    ],
)
async def test_what_stands_still_is_let_go(
    site: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], line: str, more: str, answer: bytes
) -> None:
    async with listening(site) as port, standing(port, patience=SOON) as (made, visit):
        reader, writer = await connect(made, head(line.replace("{port}", str(port)), visit, more))
        async with asyncio.timeout(WITHIN_S):
            assert (await reader.readuntil(b"\r\n"))[9:12] == answer
        assert await is_let_go(reader)
        if visit._tasks:
            await asyncio.wait(visit._tasks, timeout=WITHIN_S)
        assert not visit._tasks
        writer.close()


async def test_one_talk_does_not_keep_another_from_being_let_go() -> None:
    async with listening(silent) as quiet, listening(drips) as port, standing(port, patience=SOON) as (made, visit):
        assert isinstance(visit.dialler, LocalDialler)
        visit.dialler.rules.ports.add(quiet)
        lively, writer = await connect(made, head(f"CONNECT good.test:{port}", visit))
        still, other = await connect(made, head(f"CONNECT good.test:{quiet}", visit))
        assert await is_let_go(still)
        assert len(visit._tasks) == 1  # and it goes on, for longer than a silence may last
        assert await lively.readuntil(b"\r\n\r\n")
        writer.transport.abort()
        other.close()


async def test_who_does_not_take_the_answer_is_let_go() -> None:
    async def pours(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(50_000_000))
            await writer.drain()

    async with listening(pours) as port, standing(port, patience=SOON) as (made, visit):
        visit.max_bytes = 100_000_000
        before = descriptors()
        _, writer = await connect(made, head(f"GET http://good.test:{port}/", visit))
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(WITHIN_S):
            while descriptors() - before > 1 or visit._tasks:  # the one that is left is ours
                await asyncio.sleep(0.02)
        writer.transport.abort()
