"""One small HTTP server for all the places, in the loop of who runs it: every place has addresses of its own in
127.0.0.0/8, all with one port. It can also do what bad servers do: cut off, say nothing, hang up."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

HTML = "text/html; charset=utf-8"
REASONS = {200: "OK", 302: "Found", 304: "Not Modified", 403: "Forbidden", 404: "Not Found", 410: "Gone"}
_STALLED_S = 600.0


@dataclass(frozen=True)
class Ask:
    """host: without port. path: as it was asked, with its query."""

    host: str
    path: str
    headers: dict[str, str]

    @property
    def bare(self) -> str:
        return urlsplit(self.path).path

    @property
    def query(self) -> dict[str, str]:
        pairs = (part.partition("=") for part in urlsplit(self.path).query.split("&") if part)
        return {name: value for name, _, value in pairs}


@dataclass(frozen=True)
class Reply:
    """act: send, cut (half the body, then the end), stall (no answer), reset (hung up)."""

    body: bytes = b""
    status: int = 200
    kind: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    act: str = "send"
    etag: bool = True

    @staticmethod
    def page(text: str, status: int = 200, *headers: tuple[str, str], etag: bool = True) -> Reply:
        return Reply(text.encode(), status, headers=headers, etag=etag)

    @staticmethod
    def picture(body: bytes, *headers: tuple[str, str], etag: bool = True) -> Reply:
        return Reply(body, kind="image/jpeg" if body[:2] == b"\xff\xd8" else "image/png", headers=headers, etag=etag)

    @staticmethod
    def to(address: str) -> Reply:
        return Reply(status=302, headers=(("Location", address),))


@dataclass
class Counts:
    pages: int = 0
    pictures: int = 0
    not_modified: int = 0
    bytes: int = 0
    by_host: dict[str, int] = field(default_factory=dict)


@contextlib.asynccontextmanager
async def served(
    answer: Callable[[Ask], Reply], hosts: tuple[str, ...], port: int, counts: Counts
) -> AsyncIterator[None]:
    talking: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking.add(task)
        try:
            while await _one(reader, writer, answer, counts):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            talking.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(talk, list(hosts), port)
    try:
        yield
    finally:
        server.close()
        for task in list(talking):
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)


async def _one(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Callable[[Ask], Reply], counts: Counts
) -> bool:
    """Whether the connection goes on."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    if length := int(headers.get("content-length", 0)):
        headers["-body"] = (await reader.readexactly(length)).decode("utf-8", "replace")
    host = headers.get("host", "").partition(":")[0]
    reply = answer(Ask(host, path, headers))
    counts.by_host[host] = counts.by_host.get(host, 0) + 1
    if reply.act == "reset":
        return False
    if reply.act == "stall":
        await asyncio.sleep(_STALLED_S)
        return False
    status, body, extra = reply.status, reply.body, list(reply.headers)
    if status == 200 and reply.etag:
        tag = f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()[:16]}"'
        extra.append(("ETag", tag))
        if headers.get("if-none-match") == tag:
            status, body = 304, b""
            counts.not_modified += 1
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Said')}", f"Content-Type: {reply.kind}"]
    if status != 304:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in extra]
    counts.pictures += reply.kind.startswith("image/")
    counts.pages += not reply.kind.startswith("image/")
    counts.bytes += len(body)
    if reply.act == "cut":
        body = body[: len(body) // 2]
    writer.write("\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + (b"" if method == "HEAD" else body))
    await writer.drain()
    return reply.act == "send"
