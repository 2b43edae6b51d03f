"""Counts for a Prometheus of the person's own (`[monitoring] metrics`), on a port of this machine's own address alone.
Counts and ages: no name, no address, nothing that was found. Off by default.

Answers one question, `GET /metrics`, as text (https://prometheus.io/docs/instrumenting/exposition_formats/). What a
page in a browser could send is not answered: it names another host, or asks by another way.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from monitor.errors import MonitorError
from monitor.model.progress import Loop

HERE = "127.0.0.1"
MOST_HEAD_BYTES = 4096
HEAD_WITHIN_S = 5.0
MOST_ASKING = 8

_ASKED = re.compile(rb"GET /metrics(\?[!-~]*)? HTTP/1\.[01]\r\n")
_HOST = re.compile(rb"\r\nhost:[ \t]*(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?[ \t]*\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Counts:
    """ages: seconds since each loop got on; in_hand: pieces of work. up_s: since the start. stalls: since then."""

    up_s: float
    ages: Mapping[Loop, float]
    in_hand: Mapping[Loop, int]
    watches: int
    waiting: int
    stalls: int


def metrics_text(counts: Counts) -> str:
    lines = [
        "# TYPE monitor_up_seconds gauge",
        f"monitor_up_seconds {counts.up_s:.0f}",
        "# TYPE monitor_loop_age_seconds gauge",
        *(f'monitor_loop_age_seconds{{loop="{loop.value}"}} {age:.0f}' for loop, age in sorted(counts.ages.items())),
        "# TYPE monitor_in_hand gauge",
        *(f'monitor_in_hand{{loop="{loop.value}"}} {counts.in_hand.get(loop, 0)}' for loop in sorted(Loop)),
        "# TYPE monitor_checks gauge",
        f"monitor_checks {counts.watches}",
        "# TYPE monitor_messages_waiting gauge",
        f"monitor_messages_waiting {counts.waiting}",
        "# TYPE monitor_stalls_total counter",
        f"monitor_stalls_total {counts.stalls}",
    ]
    return "\n".join(lines) + "\n"


class MetricsServer:
    def __init__(self, counts: Callable[[], Counts]) -> None:
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
                writer.write(answer_to(await reader.readuntil(b"\r\n\r\n"), self._counts))
                await writer.drain()
        except MonitorError:  # of the store: told where it is told
            return
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            self._open -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def answer_to(untrusted_head: bytes, counts: Callable[[], Counts]) -> bytes:
    if _ASKED.match(untrusted_head) is None:
        return _whole("404 Not Found", "")
    if len(_HOST.findall(untrusted_head)) != 1 or untrusted_head.lower().count(b"\r\nhost:") != 1:
        return _whole("403 Forbidden", "")
    return _whole("200 OK", metrics_text(counts()))


def _whole(status: str, body: str) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return (head + body).encode()
