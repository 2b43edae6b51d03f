"""Connections by identity: what one opened carries no other's request, and its TLS sessions go with it. A site, or who
stands before many, could else tell from one connection that two of them are one person's program."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import cast

import httpx

from monitor.clock import monotonic

OF_IDENTITY = "identity"  # of a request's extensions; none: an identity of its own
MOST_POOLS = 24  # at once, beside those with a request under way: each keeps some sockets for a while
POOL_IDLE_S = 30.0  # a pool that nobody used for so long is closed; its connections ended before

Make = Callable[[str], httpx.AsyncBaseTransport]


@dataclass(slots=True)
class _Pool:
    transport: httpx.AsyncBaseTransport
    used_at: float
    under_way: int = 0


class Pools(httpx.AsyncBaseTransport):
    """make: a transport for one identity."""

    def __init__(self, make: Make, *, most: int = MOST_POOLS, passed: Callable[[], float] = monotonic) -> None:
        self._make, self._most, self._passed = make, most, passed
        self._pools: OrderedDict[str, _Pool] = OrderedDict()  # the one used longest ago first
        self._timer: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._pools)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pool = self._of(str(request.extensions.get(OF_IDENTITY, "")))
        pool.under_way += 1
        self._tidy()
        try:
            response = await pool.transport.handle_async_request(request)
        except BaseException:
            pool.under_way -= 1
            raise
        response.stream = _UnderWay(cast(httpx.AsyncByteStream, response.stream), pool, self._passed)
        return response

    def _of(self, identity: str) -> _Pool:
        pool = self._pools.get(identity)
        if pool is None:
            pool = self._pools[identity] = _Pool(self._make(identity), self._passed())
        self._pools.move_to_end(identity)
        pool.used_at = self._passed()
        return pool

    def _left_over(self) -> list[_Pool]:
        """Those that nothing is under way on, and that are idle or too many; they are no pools of ours any more."""
        now, idle = self._passed(), [name for name, pool in self._pools.items() if not pool.under_way]
        many = idle[: max(0, len(self._pools) - self._most)]
        gone = {*many, *(name for name in idle if now - self._pools[name].used_at > POOL_IDLE_S)}
        return [self._pools.pop(name) for name in gone]

    def _tidy(self) -> None:
        """Now, and again after a while, as long as there is one."""
        for pool in self._left_over():
            task = asyncio.ensure_future(pool.transport.aclose())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        if self._timer is None and self._pools:
            self._timer = asyncio.get_running_loop().call_later(POOL_IDLE_S, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._tidy()

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        pools = list(self._pools.values())
        self._pools.clear()
        for pool in pools:
            await pool.transport.aclose()
        await asyncio.gather(*self._closing, return_exceptions=True)


class _UnderWay(httpx.AsyncByteStream):
    """An answer, until it is closed."""

    def __init__(self, stream: httpx.AsyncByteStream, pool: _Pool, passed: Callable[[], float]) -> None:
        self._stream, self._pool, self._passed, self._is_open = stream, pool, passed, True

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        if self._is_open:
            self._is_open = False
            self._pool.under_way -= 1
            self._pool.used_at = self._passed()
        await self._stream.aclose()
