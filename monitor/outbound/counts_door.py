"""Where a Prometheus of the person's own is answered (`[monitoring] metrics`): on a port of this machine's own address
alone, three questions: `GET /metrics`, and whether all is well (`/health`) and work is taken (`/ready`), which the same
text says. What a page in a browser could send is not answered: it names another host, or asks
by another way. What is told is not made here: whoever knows it is asked each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable

HERE = "127.0.0.1"
MOST_HEAD_BYTES = 4096
HEAD_WITHIN_S = 5.0
ANSWER_WITHIN_S = 3.0  # who knows it and does not say so by then, does not get on
MOST_ASKING = 8

_ASKED = re.compile(rb"GET /(metrics|health|ready)(\?[!-~]*)? HTTP/1\.[01]\r\n")
_SAYS = {b"health": "monitor_well 1", b"ready": "monitor_ready 1"}  # the lines of `daemon.metrics`
_HOST = re.compile(rb"\r\nhost:[ \t]*(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?[ \t]*\r\n", re.IGNORECASE)


class CountsServer:
    """counts: the text; '' where there is none now, and nothing is answered."""

    def __init__(self, counts: Callable[[], Awaitable[str]]) -> None:
        self._counts, self._open = counts, 0
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> int:
        """The port. Raises OSError where another program has it."""
        server = await asyncio.start_server(self._answer, HERE, port, limit=MOST_HEAD_BYTES)
        self._server = server
        found: int = server.sockets[0].getsockname()[1]
        return found

    async def aclose(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open > MOST_ASKING:
                return
            async with asyncio.timeout(HEAD_WITHIN_S):
                head = await reader.readuntil(b"\r\n\r\n")
                refused = refusal_of(head)
                answer = (refused, "") if refused else await self._told(head)
                if answer is not None:
                    writer.write(http_answer(*answer))
                    await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            self._open -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _told(self, head: bytes) -> tuple[str, str] | None:
        """Status and text. None: there are no counts now, and nothing is answered."""
        asked = _ASKED.match(head)
        wanted = _SAYS.get(asked[1]) if asked is not None else None
        if wanted is None:
            text = await self._counts()
            return ("200 OK", text) if text else None
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                is_so = wanted in (await self._counts()).splitlines()
        except (TimeoutError, OSError):
            is_so = False
        return ("200 OK", "yes\n") if is_so else ("503 Service Unavailable", "no\n")


class LocalDoor:
    """`own_ways.CountsDoor` in this process."""

    def __init__(self) -> None:
        self._server: CountsServer | None = None

    async def open(self, port: int, counts: Callable[[], str]) -> int:
        async def asked() -> str:
            return counts()

        self._server = CountsServer(asked)
        return await self._server.start(port)

    async def aclose(self) -> None:
        if self._server is not None:
            await self._server.aclose()


def refusal_of(untrusted_head: bytes) -> str:
    """The status with which this request is refused; '': it is answered."""
    if _ASKED.match(untrusted_head) is None:
        return "404 Not Found"
    if len(_HOST.findall(untrusted_head)) != 1 or untrusted_head.lower().count(b"\r\nhost:") != 1:
        return "403 Forbidden"
    return ""


def http_answer(status: str, body: str) -> bytes:
    content = body.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n"
        "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + content
