"""A connection that keeps nobody else waiting: in a task that can be left (`aside`), other tasks go on while the server
works. Nothing here waits for long: a server that is gone is said to be after seconds."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Loader
from psycopg.waiting import Ready, Wait

from monitor.aside import can_pause, pause_until
from monitor.clock import monotonic

DIAL_S = 5
STATEMENT_S = 5
_ANSWER_S = 8.0
"""Of one exchange, over what the server allows a statement: it may be stopped, or the way to it cut."""

AT_ONCE_S = 0.005
"""So long a task is not left: most statements take a tenth of it, and to leave it costs more than they do."""

_EVENTS = {Wait.R: select.POLLIN, Wait.W: select.POLLOUT, Wait.RW: select.POLLIN | select.POLLOUT}
_Came = TypeVar("_Came")


class PausingConnection(psycopg.Connection[Any]):
    def wait(self, gen: Generator[Any, Any, _Came], interval: float = 0.0, timeout: float | None = None) -> _Came:
        """Cut off in the middle (a task that is cancelled, Ctrl-C), the connection is closed: what it was about to
        answer is nobody's."""
        try:
            return _driven(gen, self.pgconn.socket, monotonic() + (_ANSWER_S if timeout is None else timeout))
        except psycopg.Error:
            raise
        except BaseException:
            self.pgconn.finish()
            raise


class _Counted(Loader):
    """A sum of whole numbers, which PostgreSQL gives as one that could have a fraction."""

    def load(self, data: Any) -> int:
        return int(bytes(data))


def connected(conninfo: str) -> PausingConnection:
    """Raises psycopg.Error."""
    if can_pause():  # the name of a host is looked up on the way, which nothing can be done beside
        return pause_until(asyncio.get_running_loop().run_in_executor(None, _connected, conninfo))
    return _connected(conninfo)


def _connected(conninfo: str) -> PausingConnection:
    connection = PausingConnection.connect(conninfo, autocommit=True)
    connection.adapters.register_loader("numeric", _Counted)
    return connection


def _driven(work: Generator[Any, Any, _Came], socket: int, give_up: float) -> _Came:
    poll = select.poll()
    try:
        wanted = next(work)
        while True:
            poll.register(socket, _EVENTS[wanted])
            ready = _ready(poll, socket, wanted, give_up)
            if ready is None:
                raise psycopg.OperationalError("the server does not answer")
            wanted = work.send(ready)
    except StopIteration as end:
        came: _Came = end.value
        return came


def _ready(poll: select.poll, socket: int, wanted: Wait, give_up: float) -> Ready | None:
    """None: in vain."""
    while True:
        left_s = give_up - monotonic()
        is_left = can_pause()
        found = poll.poll(max(0.0, min(left_s, AT_ONCE_S) if is_left else left_s) * 1000)
        if found:
            events = found[0][1]
            reads = Ready.R if events & ~select.POLLOUT else Ready.NONE
            return Ready(reads | (Ready.W if events & select.POLLOUT else Ready.NONE))
        if left_s <= 0:
            return None
        if is_left:
            pause_until(_turned(socket, wanted, left_s))


async def _turned(socket: int, wanted: Wait, for_s: float) -> None:
    loop = asyncio.get_running_loop()
    turned: asyncio.Future[None] = loop.create_future()

    def turn() -> None:
        if not turned.done():
            turned.set_result(None)

    late = loop.call_later(for_s, turn)
    if wanted & Wait.R:
        loop.add_reader(socket, turn)
    if wanted & Wait.W:
        loop.add_writer(socket, turn)
    try:
        await turned
    finally:
        late.cancel()
        loop.remove_reader(socket)
        loop.remove_writer(socket)
