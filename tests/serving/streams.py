"""Servers of tests whose connections are gone when they end: one left open is told of in whatever test runs next."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Connections:
    """What a server is to do with each: `end` leaves none open, whatever became of it."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        task = asyncio.ensure_future(self._handler(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self, *, patience: float = 0) -> None:
        if self._tasks and patience:
            await asyncio.wait(self._tasks, timeout=patience)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()  # what nobody reads any more would keep it open
        await asyncio.sleep(0)


@asynccontextmanager
async def listening(
    handler: Handler, tls: ssl.SSLContext | None = None, *, host: str = "127.0.0.1", port: int = 0, patience: float = 0
) -> AsyncIterator[int]:
    """Its port. patience: seconds in which what goes on at the end may end by itself."""
    connections = Connections(handler)
    server = await asyncio.start_server(connections, host, port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await connections.end(patience=patience)
