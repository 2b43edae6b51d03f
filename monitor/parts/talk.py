"""A talk between two parts, the same on both sides: each says what it has to say, and hears the other. Neither sends
more than the other has room for: what is said ahead of what was heard is bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from monitor.parts.connection import Connection, was_taken_back
from monitor.parts.frames import BadMessage, FrameKind, Parcel, Prelude, check_sizes, close_files
from monitor.parts.messages import OneOf, packed

AHEAD = 16  # messages that wait to be heard, each way
_HALF = AHEAD // 2

TalkHeard = TypeVar("TalkHeard", bound=Struct)


class Sent(NamedTuple, Generic[TalkHeard]):
    """A message with what goes beside it. fds: open descriptors; what is sent is given away (it is closed here once it
    is sent, and also where that fails), what came belongs to whoever got it."""

    message: TalkHeard
    body: bytes = b""
    fds: tuple[int, ...] = ()


class TalkOver(Exception):
    """The other side has said all it had to say."""


class Talk(Generic[TalkHeard]):
    """overdue: called when nothing was heard for too long; returns what is raised."""

    def __init__(
        self,
        connection: Connection,
        call: int,
        heard: OneOf[TalkHeard],
        *,
        max_body: int = 0,
        max_fds: int = 0,
        max_bodies: int | None = None,
        overdue: Callable[[], None] | None = None,
    ) -> None:
        """max_bodies: of all that is heard together; None where that has no end."""
        self._connection, self._call, self._heard, self._overdue = connection, call, heard, overdue
        self._max_body, self._max_fds, self._bodies_left = max_body, max_fds, max_bodies
        self._unheard: deque[Sent[TalkHeard]] = deque()
        self._since_more = 0
        self._room = AHEAD
        self._ended: Exception | None = None
        self._changed: set[asyncio.Future[None]] = set()

    async def say(self, message: Struct, body: bytes | memoryview = b"", fds: Sequence[int] = ()) -> None:
        """Waits while the other side has more to hear than it has room for. Raises PartLost, or TalkOver."""
        given = list(fds)
        try:
            header = packed(message)
            while not self._room:
                self._raise_ended()
                await self._change()
            self._raise_ended()
            self._room -= 1
            out, given = given, []
            await self._connection.send(FrameKind.SAY, self._call, header, body, out)
        except asyncio.CancelledError as cancelled:
            self._room += was_taken_back(cancelled)
            raise
        except OSError:
            if self._ended is None:
                raise
            self._raise_ended()
        finally:
            close_files(given)

    async def hear(self, within_s: float | None = None) -> Sent[TalkHeard]:
        """Raises TalkOver, PartLost; that too where nothing came within the time."""
        timer = None
        if within_s is not None and self._overdue is not None and not self._unheard:
            timer = self._connection.loop.call_later(within_s, self._overdue)
        try:
            while not self._unheard:
                self._raise_ended()
                await self._change()
        finally:
            if timer is not None:
                timer.cancel()
        said = self._unheard.popleft()
        self._since_more += 1
        if self._since_more == _HALF and self._ended is None:
            self._since_more = 0
            self._connection.post(FrameKind.MORE, self._call)
        return said

    def __aiter__(self) -> AsyncIterator[Sent[TalkHeard]]:
        return self._all()

    async def _all(self) -> AsyncIterator[Sent[TalkHeard]]:
        while True:
            try:
                yield await self.hear()
            except TalkOver:
                return

    # -- for who owns the connection

    def expects(self, prelude: Prelude) -> None:
        """Raises BadMessage."""
        if prelude.kind is FrameKind.MORE:
            check_sizes(prelude)
            if self._room + _HALF > AHEAD:
                raise BadMessage("more was heard than was said")
            return
        left = self._bodies_left
        most = self._max_body if left is None else min(self._max_body, left)
        check_sizes(prelude, header=self._heard.most, body=most, files=self._max_fds)
        if left is not None:
            self._bodies_left = left - prelude.body
        if len(self._unheard) + self._since_more >= AHEAD:
            raise BadMessage("said more than there is room for")

    def takes(self, parcel: Parcel) -> None:
        """Raises BadMessage."""
        if parcel.kind is FrameKind.MORE:
            self._room += _HALF
        else:
            try:
                message = self._heard.unpack(parcel.header)
            except BadMessage:
                close_files(parcel.files)
                raise
            self._unheard.append(Sent(message, parcel.body, parcel.files))
        self._wake()

    def end(self, why: Exception) -> None:
        """What was said before is still heard; a talk that broke is not."""
        if self._ended is None:
            self._ended = why
        if not isinstance(why, TalkOver):
            self.forget()
        self._wake()

    def forget(self) -> None:
        for said in self._unheard:
            close_files(said.fds)
        self._unheard.clear()

    def _raise_ended(self) -> None:
        if self._ended is not None:
            raise self._ended

    async def _change(self) -> None:
        """Until anything is otherwise."""
        waiting: asyncio.Future[None] = self._connection.loop.create_future()
        self._changed.add(waiting)
        try:
            await waiting
        finally:
            self._changed.discard(waiting)

    def _wake(self) -> None:
        for waiting in self._changed:
            if not waiting.done():
                waiting.set_result(None)
