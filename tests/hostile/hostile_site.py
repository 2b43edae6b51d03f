"""A site that sends whatever a row wants, and the ways to it: straight, by SOCKS and by an HTTP proxy.

Good hosts stand on 127.0.0.1, which the tests allow; 127.0.0.2 is "inside": a server listens there too, and counts
whoever reaches it. The guard is fully on: only 127.0.0.1/32 is let through.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from monitor.model.settings import NetworkSettings
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from tests.parts.hops import wire_apart
from tests.serving.streams import Connections, listening

Answer = bytes | Callable[[str, asyncio.StreamWriter], Awaitable[None]]
USUAL_TLS = httpx.create_ssl_context(trust_env=False)


def ok(body: bytes = b"<p>hello</p>", headers: str = "Content-Type: text/html", status: str = "200 OK") -> bytes:
    lines = f"HTTP/1.1 {status}\r\n{headers}\r\n" if headers else f"HTTP/1.1 {status}\r\n"
    return f"{lines}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body


def to(location: str | bytes, status: str = "302 Found") -> bytes:
    raw = location if isinstance(location, bytes) else location.encode("utf-8")
    return f"HTTP/1.1 {status}\r\nLocation: ".encode() + raw + b"\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Site:
    """heads: of every request that came. inside: connections that reached 127.0.0.2."""

    answer: Answer
    port: int = 0
    heads: list[bytes] = field(default_factory=list)
    inside: int = 0

    def url(self, path: str = "/", host: str = "good.test", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def answer_to(self, head: bytes) -> Answer:
        return self.answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                path = "/" + head.split(b" ", 2)[1].decode("latin-1").removeprefix("http://").partition("/")[2]
                if path in ("/fine", "/favicon.ico"):
                    writer.write(ok())
                elif isinstance(answer := self.answer_to(head), bytes):
                    writer.write(answer.replace(b"{port}", str(self.port).encode()))
                    if b"Content-Length" not in answer:
                        break
                else:
                    await answer(path, writer)
                    break
                await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    async def touched(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.inside += 1
        writer.write(ok(b"inside"))
        writer.close()


@asynccontextmanager
async def site(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    served = Site(answer)
    connections = [Connections(served.serve), Connections(served.touched)]
    good, inside = _two_sockets()
    served.port = good.getsockname()[1]
    servers = [
        await asyncio.start_server(connections[0], sock=good, ssl=tls),
        await asyncio.start_server(connections[1], sock=inside),
    ]
    try:
        yield served
    finally:
        for server in servers:
            server.close()
        for each in connections:
            await each.end()


def _two_sockets() -> tuple[socket.socket, socket.socket]:
    """One port on both addresses."""
    for _ in range(20):
        good = socket.create_server(("127.0.0.1", 0))
        try:
            return good, socket.create_server(("127.0.0.2", good.getsockname()[1]))
        except OSError:
            good.close()
    raise AssertionError("no port is free on both addresses")


class Names:
    """A resolver that answers as the rows want. A list of lists: a new answer each time, the last one for ever."""

    def __init__(self, **names: Sequence[Sequence[str]]) -> None:
        self.answers: dict[str, list[Sequence[str]]] = {
            "good.test": [["127.0.0.1"]],
            "other.test": [["127.0.0.1"]],
            **{name.replace("_", "-") + ".test": list(answers) for name, answers in names.items()},
        }
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = [[host]] if host[0].isdigit() else self.answers.get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == ["never"]:
            await asyncio.Event().wait()
        return answer


@asynccontextmanager
async def client(
    port: int,
    *,
    names: Names | None = None,
    proxy: str = "",
    timeout_s: float = 1.5,
    max_page_bytes: int = 300_000,
    tls: ssl.SSLContext | None = None,
    apart: bool = False,
) -> AsyncIterator[GuardedClient]:
    """apart: a part of its own takes the hops."""
    settings = NetworkSettings(
        proxy=proxy,
        allow_networks=("127.0.0.1/32",),
        allow_ports=(port,),
        timeout_s=timeout_s,
        max_page_bytes=max_page_bytes,
        max_image_bytes=max_page_bytes,
    )
    here: dict[str, Any] = {"resolve": names or Names(), "tls": tls or USUAL_TLS}
    if apart:
        async with wire_apart(**here) as (wire, parts):
            yield GuardedClient(settings, AddressRules.of(settings), wire=wire)
            assert parts.started <= 1, "a site brought the fetcher down, or had it answer outside its limits"
        return
    made = GuardedClient(settings, AddressRules.of(settings), **here)
    try:
        yield made
    finally:
        await made.aclose()


@dataclass
class TestProxy:
    """Speaks SOCKS5 or HTTP on the same port; looks names up as `Names` says; counts what it was asked for."""

    __test__ = False
    names: Names
    port: int = 0
    asked: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)  # of requests by HTTP

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pumps: list[asyncio.Task[None]] = []
        onward: asyncio.StreamWriter | None = None
        try:
            first = await reader.readexactly(1)
            if first == b"\x05":
                host, port, head = *await self._socks(reader, writer), b""
            else:
                host, port, head = await self._http(first, reader, writer)
            self.asked.append(host)
            try:
                addresses = await self.names(host, port)
                source, onward = await asyncio.open_connection(addresses[0], port)
            except OSError:
                fault = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
                writer.write(b"\x05\x04\x00\x01" + bytes(6) if first == b"\x05" else fault)
                return
            if first == b"\x05":
                writer.write(b"\x05\x00\x00\x01" + bytes(6))
            elif not head:
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            onward.write(head)
            pumps = [asyncio.ensure_future(_pump(reader, onward)), asyncio.ensure_future(_pump(source, writer))]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, EOFError):
            pass
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for end in (writer, onward):
                if end is not None:
                    end.close()

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(bytes([5, methods[0]]))
        if methods[0] == 2:  # as Tor, whatever the name is
            await reader.readexactly(1)
            for _ in range(2):
                await reader.readexactly((await reader.readexactly(1))[0])
            writer.write(b"\x01\x00")
        kind = (await reader.readexactly(4))[3]
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            size = 4 if kind == 1 else 16
            host = socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, await reader.readexactly(size))
        return host, int.from_bytes(await reader.readexactly(2), "big")

    async def _http(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[str, int, bytes]:
        head = first + await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        method, target, rest = head.split(b" ", 2)
        url = httpx.URL(f"http://{target.decode()}" if method == b"CONNECT" else target.decode())
        if method == b"CONNECT":
            return url.host, url.port or 80, b""
        return url.host, url.port or 80, b" ".join([method, url.raw_path, rest])


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()


@asynccontextmanager
async def proxy(names: Names, tls: ssl.SSLContext | None = None) -> AsyncIterator[TestProxy]:
    made = TestProxy(names)
    async with listening(made.serve, tls, patience=2) as made.port:  # both ends are gone by then: it ends by itself
        yield made


@asynccontextmanager
async def way(kind: str, port: int, *, names: Names | None = None, **more: object) -> AsyncIterator[GuardedClient]:
    """`straight`, `socks` or `http`; each with `, apart` behind it."""
    names = names or Names()
    kind, *behind = kind.split(", ")
    more["apart"] = behind == ["apart"]
    if kind == "straight":
        async with client(port, names=names, **more) as made:  # type: ignore[arg-type]
            yield made
        return
    async with proxy(names) as through:
        url = f"{'socks5' if kind == 'socks' else 'http'}://127.0.0.1:{through.port}"
        async with client(port, proxy=url, **more) as made:  # type: ignore[arg-type]
            yield made
