"""Bytes from one connection to another, both ways, counted and never for ever."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from monitor.outbound.dialling import Streams

PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. head: for a whole request, as slowly as it may drip; the browser sends it at once. idle: without a byte
    either way; half: the same, when one side has ended. linger: for the last bytes to be taken."""

    head: float = 10.0
    idle: float = 60.0
    half: float = 10.0
    linger: float = 5.0


class Counted(Protocol):
    """bytes: that came through so far, of all connections that count together. is_over: more than may."""

    bytes: int

    @property
    def is_over(self) -> bool: ...


@dataclass(slots=True)
class Relay:
    """pieces: that have come through, either way."""

    counted: Counted
    pieces: int = 0

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        counted = self.counted
        with contextlib.suppress(OSError):
            while not counted.is_over and (piece := await reader.read(PIECE)):
                counted.bytes += len(piece)
                self.pieces += 1
                writer.write(piece)
                await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            if counted.is_over:
                writer.transport.abort()
            elif writer.can_write_eof():
                writer.write_eof()

    async def go_on(self, patience: Patience, enough: int, *ways: Coroutine[Any, Any, None]) -> None:
        """Until `enough` of the two ways have ended, or nothing has come by either for too long."""
        tasks = {asyncio.ensure_future(way) for way in ways}
        left = tasks
        try:
            while len(tasks) - len(left) < enough:
                before, wait = self.pieces, patience.idle if left == tasks else patience.half
                done, left = await asyncio.wait(left, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                if not done and self.pieces == before:
                    return
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def both_ways(one: Streams, other: Streams, counted: Counted, patience: Patience) -> None:
    relay = Relay(counted)
    await relay.go_on(patience, 2, relay.pump(one[0], other[1]), relay.pump(other[0], one[1]))
