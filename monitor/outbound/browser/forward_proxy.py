"""The browser's only way out: a forward proxy of our own on loopback.

Every page load has a token of its own. A connection goes out only with a token, to a host that a page of that
load has named: the address that was visited, what its redirects lead to, and what its frames, images,
styles and scripts are asked from. The browser's own errands (updates, safe browsing, its maker's hosts)
carry no token and go nowhere. Where it goes, who dials and the guard decide, as for every other request.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from monitor.hosts import host_of
from monitor.model.page import Outcome, OutcomeKind
from monitor.outbound.browser.ad_hosts import ad_owner
from monitor.outbound.dialling import DialFailed, Dialler, Streams
from monitor.outbound.relaying import PIECE, Patience, Relay, both_ways

MAX_HEAD_BYTES = 64 * 1024
NAMED_WITHIN_S = 2.0  # the browser may dial before it tells of the request
MAX_CONNECTIONS = 64  # of one load; Chromium itself opens at most 32 to one proxy
MAX_UNNAMED = 64  # that have not said yet whose they are: anybody on this computer can open one
MAX_INTERIM = 10  # announcements (103) before an answer


@dataclass(slots=True, eq=False)
class PageLoad:
    """named: hosts that its pages have named. ips: what was dialled. failures: why a host could not be
    reached. asked: every host and port that was asked for, with whether it was let through. document: URL, status and
    headers of the last answer to where the page itself went. withheld: how often advertisers were asked for, by host;
    nobody is let out to them, but where one of them is what is visited. hello: a host that is the proxy itself, for the
    browser to be asked for the token; no page can guess it. beside: another load shared the browser at
    some time. stopped: why it is not worth going on."""

    token: str
    visited: str  # the host
    max_bytes: int
    dialler: Dialler
    named: set[str] = field(default_factory=set)
    ips: dict[str, str] = field(default_factory=dict)
    failures: dict[str, Outcome] = field(default_factory=dict)
    asked: list[tuple[str, int, bool]] = field(default_factory=list)
    document: tuple[str, int, Mapping[str, str]] | None = None
    withheld: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    hello: str = field(default_factory=lambda: f"{secrets.token_hex(8)}.invalid")
    beside: bool = False
    stopped: Outcome | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def name(self, host: str) -> None:
        """A page of this load asks for something there."""
        if host and host not in self.named:
            self.named.add(host)
            self._news.set()

    def stop(self, why: Outcome) -> None:
        """The first reason stands."""
        self.stopped = self.stopped or why
        self.stopping.set()

    @property
    def is_over(self) -> bool:
        return self.bytes > self.max_bytes

    async def may_reach(self, host: str) -> bool:
        if (owner := ad_owner(host)) and owner != ad_owner(self.visited):
            self.withheld[host] = self.withheld.get(host, 0) + 1
            return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(NAMED_WITHIN_S):
                while host not in self.named:
                    self._news.clear()
                    await self._news.wait()
        return host in self.named


class ForwardProxy:
    """patience: for tests."""

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self._loads: dict[str, PageLoad] = {}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._unnamed: dict[asyncio.StreamWriter, None] = {}  # oldest first
        self.strangers: list[str] = []  # the last request lines that came without a token

    @property
    def url(self) -> str:
        assert self._server is not None  # noqa: S101 - asked for after `start`
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def is_listening(self) -> bool:
        return self._server is not None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)

    async def aclose(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    def open_load(self, url: str, dialler: Dialler, *, max_bytes: int) -> PageLoad:
        load = PageLoad(secrets.token_urlsafe(24), host_of(url), max_bytes, dialler)
        load.name(load.visited)
        self._loads[load.token] = load
        return load

    async def close_load(self, load: PageLoad) -> None:
        self._loads.pop(load.token, None)
        for task in list(load._tasks):
            task.cancel()
        await asyncio.gather(*load._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = _Head.of(await self._head(reader, writer))
            load = self._loads.get(request.token)
            if load is None:
                self.strangers = [*self.strangers[-99:], request.line]
                writer.write(_answer(407, 'Proxy-Authenticate: Basic realm="visit"\r\n'))
            elif len(load._tasks) >= MAX_CONNECTIONS or load.is_over:
                writer.write(_answer(429))
            elif request.host == load.hello:
                writer.write(_answer(200))
            else:
                await self._forward(load, request, (reader, writer))
        except (OSError, ValueError, TimeoutError, EOFError, asyncio.LimitOverrunError):
            pass  # the browser went away, or sent what is not a request
        finally:
            self._end(writer)

    async def _head(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """Who says nothing does not keep out who does: the oldest of them goes. Raises what reading does."""
        if len(self._unnamed) >= MAX_UNNAMED:
            oldest = next(iter(self._unnamed))
            del self._unnamed[oldest]
            oldest.transport.abort()
        self._unnamed[writer] = None
        try:
            async with asyncio.timeout(self._patience.head):
                return await reader.readuntil(b"\r\n\r\n")
        finally:
            self._unnamed.pop(writer, None)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        """Closing waits for what is still to be taken, for ever where nobody takes it."""
        writer.close()
        asyncio.get_running_loop().call_later(self._patience.linger, writer.transport.abort)

    async def _forward(self, load: PageLoad, request: _Head, browser: Streams) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in one
        load._tasks.add(task)
        task.add_done_callback(load._tasks.discard)
        allowed = await load.may_reach(request.host)
        load.asked.append((request.host, request.port, allowed))
        if not allowed:
            browser[1].write(_answer(403))
            return
        try:
            site, load.ips[request.host] = await load.dialler.dial(request.host, request.port)
        except DialFailed as error:
            load.failures[request.host] = error.outcome
            browser[1].write(_answer(502))
            return
        try:
            if request.method == "CONNECT":
                browser[1].write(b"HTTP/1.1 200 OK\r\n\r\n")
                await both_ways(browser, site, load, self._patience)
            else:
                await _one_exchange(request, browser, site, load, self._patience)
        except ValueError:
            load.failures[request.host] = Outcome(OutcomeKind.UNREADABLE, "the answer is not proper HTTP")
            browser[1].write(_answer(502))
        except TimeoutError:
            load.failures[request.host] = Outcome(OutcomeKind.TIMEOUT, "no answer in time")
            browser[1].write(_answer(504))
        finally:
            self._end(site[1])


@dataclass(frozen=True, slots=True)
class _Head:
    method: str
    host: str
    port: int
    token: str
    line: str
    length: int  # of what follows the head of a plain request
    rewritten: bytes  # of a plain request: as its server wants it

    @classmethod
    def of(cls, head: bytes) -> _Head:
        """Raises ValueError."""
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        if method != "CONNECT" and parts.scheme != "http":
            raise ValueError("no absolute address")
        host = (parts.hostname or "").lower().rstrip(".")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kept = [
            "Connection: keep-alive"
            if line[:17].lower() == "proxy-connection:"
            else line  # in its place, as without us
            for line in lines[1:-2]
            if line.partition(":")[0].strip().lower()
            not in ("proxy-authorization", "connection", "keep-alive", "upgrade")
        ]
        rewritten = "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "", ""])
        return cls(
            method,
            host,
            parts.port or 80,
            _token(_field(lines, "proxy-authorization")),
            lines[0][:300],
            int(_field(lines, "content-length") or 0),
            rewritten.encode("latin-1"),
        )


def _field(lines: list[str], wanted: str) -> str:
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() == wanted:
            return value.strip()
    return ""


def _token(credentials: str) -> str:
    try:
        user = base64.b64decode(credentials.removeprefix("Basic "), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return user.decode("latin-1").partition(":")[0]


async def _one_exchange(request: _Head, browser: Streams, site: Streams, load: PageLoad, patience: Patience) -> None:
    """A plain request and its answer, and no second one: on a connection that stays open the browser might
    ask for another host. So the answer says that it ends, whatever the site says. Raises TimeoutError."""
    site[1].write(request.rewritten)
    async with asyncio.timeout(patience.idle):
        site[1].write(await browser[0].readexactly(min(request.length, load.max_bytes)))
        await site[1].drain()
    async with asyncio.timeout(patience.idle):
        head = await _answer_head(site[0], load)
    browser[1].write(_closing(head))
    relay = Relay(load)
    gone = _ended(browser[0])  # the browser has all it wants
    await relay.go_on(patience, 1, relay.pump(site[0], browser[1]), gone)


async def _ended(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        while await reader.read(PIECE):
            pass


async def _answer_head(site: asyncio.StreamReader, load: PageLoad) -> bytes:
    """Of the answer itself, without what may come before it (103); lines may end as old servers end them. Raises
    ValueError, EOFError, LimitOverrunError."""
    for _ in range(MAX_INTERIM):
        head, line = b"", b""
        while line not in (b"\r\n", b"\n"):
            line = await site.readuntil(b"\n")
            head += line
            load.bytes += len(line)
            if len(head) > MAX_HEAD_BYTES:
                raise ValueError("a head without end")
        if not head[:5].upper() == b"HTTP/":
            raise ValueError("no HTTP")  # a browser would show it as a page of text where the port is the usual one
        status = head.split(b" ", 2)[1:2]
        if not (status and status[0][:1] == b"1" and len(status[0]) == 3) or status[0] == b"101":
            return head
    raise ValueError("nothing but announcements")


def _closing(head: bytes) -> bytes:
    lines = [line.removesuffix(b"\r") for line in head.rstrip(b"\r\n").split(b"\n")]
    kept = [line for line in lines[1:] if line.partition(b":")[0].strip().lower() not in (b"connection", b"keep-alive")]
    return b"\r\n".join([lines[0], *kept, b"Connection: close", b"", b""])


def _answer(status: int, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status} -\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n".encode("ascii")
