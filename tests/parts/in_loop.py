"""Parts in this process, over real sockets: a task on the running loop stands in for the process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar

from msgspec import Meta

from monitor.parts.greeting import Layer
from monitor.parts.messages import OneOf, PartMessage
from monitor.parts.serving import Handlers, serve_part
from monitor.parts.starting import PartEnded, ProgramPart
from monitor.parts.talk import Sent, Talk


class Told(PartMessage, frozen=True):
    """The setup."""

    word: str = ""


class Ping(PartMessage, frozen=True):
    most: ClassVar[int] = 1000

    text: Annotated[str, Meta(max_length=100)] = ""


class Pong(PartMessage, frozen=True):
    most: ClassVar[int] = 1000

    text: Annotated[str, Meta(max_length=100)] = ""


class Wait(PartMessage, frozen=True):
    """Until it is given up."""


class Fail(PartMessage, frozen=True):
    pass


class Line(PartMessage, frozen=True):
    """Gives one end of a line back, and writes what it was sent to the other."""


class Count(PartMessage, frozen=True):
    """A talk: so many Pongs are said unasked, then as many Pings are heard as Pongs."""

    to: int


MOST_BODY = 8 * 1024 * 1024
HEARD = OneOf[Ping | Pong](Ping, Pong)


class Echo:
    """What the stand-in answers. given_up: of `Wait`."""

    def __init__(self, word: str = "") -> None:
        self.word, self.waiting, self.given_up = word, 0, 0

    def handlers(self) -> Handlers:
        handlers = Handlers()
        handlers.answer(Ping, self.ping, max_body=MOST_BODY)
        handlers.answer(Wait, self.wait)
        handlers.answer(Fail, self.fail)
        handlers.answer(Line, self.line, max_fds=1)
        handlers.talk(Count, self.count, heard=HEARD, max_body=MOST_BODY)
        return handlers

    async def ping(self, sent: Sent[Ping]) -> Sent[Pong]:
        return Sent(Pong(sent.message.text + self.word), sent.body)

    async def wait(self, sent: Sent[Wait]) -> Pong:
        self.waiting += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return Pong()

    async def fail(self, sent: Sent[Fail]) -> Pong:
        raise ValueError("words of a site")

    async def line(self, sent: Sent[Line]) -> Sent[Pong]:
        (theirs,) = sent.fds
        os.write(theirs, b"through the line")
        os.close(theirs)
        one, other = socket.socketpair()
        other.close()
        return Sent(Pong(), b"", (one.detach(),))

    async def count(self, sent: Sent[Count], talk: Talk[Ping | Pong]) -> None:
        for number in range(sent.message.to):
            await talk.say(Pong(str(number)), b"x" * number)
        for _ in range(sent.message.to):
            heard = await talk.hear()
            await talk.say(Pong(heard.message.text), heard.body)


Begins = Callable[[socket.socket], Awaitable[None]]


class PartsInLoop:
    """`ProgramParts`. begins: what each process does in turn; the last does it again and again."""

    def __init__(self, *begins: Begins, refuses: Sequence[Exception] = ()) -> None:
        self._begins, self._refuses = list(begins), list(refuses)
        self.started = 0
        self.ended: list[float] = []
        self.tasks: dict[socket.socket, asyncio.Task[None]] = {}

    async def connect(self, part: ProgramPart) -> socket.socket:
        if self._refuses:
            raise self._refuses.pop(0)
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        begin = self._begins.pop(0) if len(self._begins) > 1 else self._begins[0]
        self.started += 1

        async def run() -> None:
            with contextlib.suppress(Exception):
                await begin(theirs)

        task = asyncio.get_running_loop().create_task(run())
        task.add_done_callback(lambda _: theirs.close())
        self.tasks[ours] = task
        return ours

    async def end(self, pipe: socket.socket, *, within_s: float = 0.0) -> PartEnded:
        self.ended.append(within_s)
        pipe.close()
        task = self.tasks.pop(pipe)
        if not within_s:
            task.cancel()
        await asyncio.wait((task,))
        return PartEnded(0, "its last words")

    async def aclose(self) -> None:
        for pipe in tuple(self.tasks):
            await self.end(pipe)


def serving(echo: Echo, part: ProgramPart = ProgramPart.FETCHER, layers: Sequence[Layer] = ()) -> Begins:
    @asynccontextmanager
    async def opened(told: Told) -> AsyncIterator[Handlers]:
        echo.word += told.word
        yield echo.handlers()

    return lambda pipe: serve_part(pipe, part, Told, opened, layers=layers)
