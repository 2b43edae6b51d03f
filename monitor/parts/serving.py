"""Who answers over one connection. Each question is a task of its own, cancelled where its answer is not wanted any
more; when the connection ends, all of them are."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from msgspec import Struct

from monitor import __version__
from monitor.errors import step_of
from monitor.parts.asking import MAX_CALLS
from monitor.parts.connection import Connection, hear_alone, say_alone, was_taken_back
from monitor.parts.frames import (
    MAX_FDS,
    MAX_FRAME_BODY,
    MAX_FRAME_HEADER,
    BadMessage,
    FrameKind,
    Parcel,
    Prelude,
    check_sizes,
    close_files,
)
from monitor.parts.greeting import PROTOCOL, Greeting, Layer, PartFailed
from monitor.parts.messages import OneOf, most_of, one_of, packed, tag_of
from monitor.parts.starting import ENDS_WITHIN_S, ProgramPart
from monitor.parts.talk import Sent, Talk, TalkHeard, TalkOver
from monitor.room import lack_in

LOOP_ENDS_WITHIN_S = ENDS_WITHIN_S + 2

Question = TypeVar("Question", bound=Struct)


@dataclass(frozen=True, slots=True)
class Answering:
    """talks: what may be said to it, where it is a talk."""

    function: Callable[..., Awaitable[Any]]
    max_body: int
    max_fds: int
    talks: OneOf[Any] | None = None


class Handlers:
    """What a part answers. Questions that are not here are outside of its limits."""

    def __init__(self) -> None:
        self._by_type: dict[type[Struct], Answering] = {}

    def answer(
        self,
        question: type[Question],
        function: Callable[[Sent[Question]], Awaitable[Struct | Sent[Any]]],
        *,
        max_body: int = 0,
        max_fds: int = 0,
    ) -> None:
        """function: gets the question with what came beside it; what it returns is the answer. What it raises fails
        this question alone, and is told by its kind and place, not by its words: these may be a site's."""
        self._add(question, Answering(function, max_body, max_fds))

    def talk(
        self,
        opening: type[Question],
        function: Callable[[Sent[Question], Talk[TalkHeard]], Awaitable[None]],
        *,
        heard: type[TalkHeard] | OneOf[TalkHeard],
        max_body: int = 0,
        max_fds: int = 0,
    ) -> None:
        """function: when it returns, the talk is over. max_body, max_fds: of the opening, and of all that is said."""
        self._add(opening, Answering(function, max_body, max_fds, one_of(heard)))

    def _add(self, question: type[Struct], handler: Answering) -> None:
        if any(tag_of(known) == tag_of(question) for known in self._by_type):
            raise ValueError(f"{question.__name__} is answered already")
        self._by_type[question] = handler

    def of(self, question: Struct) -> Answering:
        return self._by_type[type(question)]

    def questions(self) -> OneOf[Struct]:
        return OneOf[Struct](*self._by_type)

    @property
    def max_body(self) -> int:
        return max(handler.max_body for handler in self._by_type.values())

    @property
    def max_fds(self) -> int:
        return max(handler.max_fds for handler in self._by_type.values())


class Server:
    """Answers from when it is made, on the running loop. The socket is closed with it."""

    def __init__(self, pipe: socket.socket, handlers: Handlers) -> None:
        self._handlers, self._questions = handlers, handlers.questions()
        self._calls: dict[int, _Task] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self.broke: BadMessage | None = None
        self._connection = Connection(pipe, self._expects, self._takes, self._ended)

    def ready(self) -> None:
        self._connection.post(FrameKind.READY, 0)

    async def run(self) -> None:
        """Until the connection ended; everything that was in hand is cancelled by then, and has ended. Raises
        BadMessage for what no core of ours says."""
        try:
            await self._over.wait()
        finally:
            self.close()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=ENDS_WITHIN_S)
        if self.broke is not None:
            raise self.broke

    def close(self) -> None:
        self._connection.close()
        self._ended(EOFError())

    def _ended(self, error: Exception) -> None:
        if isinstance(error, BadMessage):
            self.broke = error
        self._over.set()
        for call in tuple(self._calls.values()):
            call.drop()
        for task in self._tasks:
            task.cancel()

    def _expects(self, prelude: Prelude) -> None:
        call = self._calls.get(prelude.call)
        match prelude.kind:
            case FrameKind.ASK if call is None and len(self._calls) < MAX_CALLS:
                most = self._handlers
                check_sizes(prelude, header=self._questions.most, body=most.max_body, files=most.max_fds)
            case FrameKind.GIVE_UP:
                check_sizes(prelude)
            case FrameKind.SAY | FrameKind.MORE if call is not None:
                if call.talk is None:
                    raise BadMessage("said something about a question that is no talk")
                call.talk.expects(prelude)
            case FrameKind.SAY | FrameKind.MORE:  # crossed the end of that talk
                check_sizes(prelude, header=MAX_FRAME_HEADER, body=MAX_FRAME_BODY, files=MAX_FDS)
            case _:
                raise BadMessage(f"{prelude.kind.name}, which cannot come now")

    def _takes(self, parcel: Parcel) -> None:
        call = self._calls.get(parcel.call)
        if parcel.kind is FrameKind.ASK:
            self._begin(parcel)
        elif parcel.kind is FrameKind.GIVE_UP:
            if call is not None and call.task is not None:
                call.task.cancel()
        elif call is not None and call.talk is not None:
            call.talk.takes(parcel)
        else:
            close_files(parcel.files)

    def _begin(self, parcel: Parcel) -> None:
        try:
            question = self._questions.unpack(parcel.header)
            handler = self._handlers.of(question)
            if len(parcel.body) > handler.max_body or len(parcel.files) > handler.max_fds:
                raise BadMessage(f"more with {type(question).__name__} than may go with it")
        except BadMessage:
            close_files(parcel.files)
            raise
        call = _Task(parcel.call)
        if handler.talks is not None:
            call.talk = Talk(
                self._connection, parcel.call, handler.talks, max_body=handler.max_body, max_fds=handler.max_fds
            )
        self._calls[parcel.call] = call
        sent = Sent(question, parcel.body, parcel.files)
        call.task = asyncio.get_running_loop().create_task(self._answer(call, handler, sent))
        self._tasks.add(call.task)
        call.task.add_done_callback(lambda task: self._done(call, sent, task))

    async def _answer(self, call: _Task, handler: Answering, sent: Sent[Any]) -> None:
        call.is_begun = True
        if call.talk is not None:
            await handler.function(sent, call.talk)
            self._finish(call, FrameKind.OVER)
            return
        said = await handler.function(sent)
        answer = said if isinstance(said, Sent) else Sent(said)
        try:
            header = packed(answer.message)
        except BaseException:
            close_files(answer.fds)
            raise
        self._calls.pop(call.number, None)
        call.is_finished = True
        try:
            await self._connection.send(FrameKind.ANSWER, call.number, header, answer.body, answer.fds)
        except asyncio.CancelledError as cancelled:
            call.is_finished = not was_taken_back(cancelled)
            raise

    def _done(self, call: _Task, sent: Sent[Any], task: asyncio.Task[None]) -> None:
        """Every call ends with a frame that says how, also one that was cancelled before it began."""
        self._tasks.discard(task)
        if not call.is_begun:
            close_files(sent.fds)
        if task.cancelled():
            self._finish(call, FrameKind.GIVEN_UP)
        elif (error := task.exception()) is not None:
            self._finish(call, FrameKind.FAILED, packed(failure_of(error)))

    def _finish(self, call: _Task, kind: FrameKind, header: bytes = b"") -> None:
        if not call.is_finished:
            call.is_finished = True
            self._calls.pop(call.number, None)
            call.drop()
            self._connection.post(kind, call.number, header)


class _Task:
    def __init__(self, number: int) -> None:
        self.number, self.is_begun, self.is_finished = number, False, False
        self.task: asyncio.Task[None] | None = None
        self.talk: Talk[Any] | None = None

    def drop(self) -> None:
        if self.talk is not None:
            self.talk.end(TalkOver())
            self.talk.forget()


async def serve_part(
    pipe: socket.socket,
    part: ProgramPart,
    setup: type[Question],
    opened: Callable[[Question], AbstractAsyncContextManager[Handlers]],
    *,
    layers: Sequence[Layer] = (),
) -> None:
    """What a part does from its first word to its last: greets, is told its setup, opens what it answers with, and
    answers until its connection ends. Raises BadMessage for what no core of ours says."""
    pipe.setblocking(False)
    greeting = Greeting(PROTOCOL, __version__, part, os.getpid(), tuple(layers))
    try:
        await say_alone(pipe, FrameKind.GREETING, packed(greeting))
        _, told = await hear_alone(pipe, {FrameKind.SETUP: most_of(setup)})
    except (OSError, EOFError):  # who asked has gone, or is of another version
        pipe.close()
        return
    try:
        async with opened(one_of(setup).unpack(told)) as handlers:
            server = Server(pipe, handlers)
            server.ready()
            await server.run()
    except Exception as error:
        if pipe.fileno() >= 0:
            with contextlib.suppress(OSError):  # who asked has gone meanwhile
                await say_alone(pipe, FrameKind.FAILED, packed(failure_of(error)))
            pipe.close()
        raise


def run_part(
    pipe: socket.socket,
    part: ProgramPart,
    setup: type[Question],
    opened: Callable[[Question], AbstractAsyncContextManager[Handlers]],
    *,
    layers: Sequence[Layer] = (),
    shut_in: Callable[[Question], None] | None = None,
) -> None:
    """`serve_part`, as a process of its own does it: ends with its connection, even where its loop stands still.
    shut_in: gives up what can be given up only when the setup is known, while there is no second thread; what it raises
    fails the start."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks, and ends its parts in order
    watching = threading.Thread(target=_end_with, args=(pipe.fileno(),), name="connection", daemon=True)

    @asynccontextmanager
    async def begun(told: Question) -> AsyncIterator[Handlers]:
        if shut_in is not None:
            shut_in(told)
        watching.start()
        async with opened(told) as handlers:
            yield handlers

    asyncio.run(serve_part(pipe, part, setup, begun, layers=layers))


def _end_with(descriptor: int) -> None:
    watched = select.poll()
    watched.register(descriptor, select.POLLRDHUP)
    watched.poll()
    threading.Event().wait(LOOP_ENDS_WITHIN_S)  # it sees the same
    os._exit(1)


def failure_of(error: BaseException) -> PartFailed:
    """By its kind and place; its words may be a site's."""
    if lack := lack_in(error, starting=True):
        return PartFailed(lack.why)
    return PartFailed(", ".join(filter(None, (type(error).__name__, step_of(error))))[:1000])
