"""The line by which the browser dials, where sockets may be opened: one for each page load, and whoever holds its other
end may dial as long as it is open. So a load that is over leaves nothing by which anybody could get out.

Each message on it is one `Dial` with one end of a fresh stream between two processes. Where it leads is checked by the
guard as for every other request; then bytes are relayed. The browser itself never holds a socket of a network: with
one, it could connect it to anything else.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from contextlib import AsyncExitStack
from dataclasses import dataclass

from monitor.model.page import Outcome, OutcomeKind
from monitor.outbound.browser.page_telling import outcome_told
from monitor.outbound.dial import LocalDialler
from monitor.outbound.dial_ways import rules_of
from monitor.outbound.dialling import DialFailed, Dialler
from monitor.outbound.guard import Resolve, SystemResolver
from monitor.outbound.relaying import Patience, both_ways
from monitor.parts.frames import BadMessage, close_files, line_of
from monitor.parts.messages import one_of, packed
from monitor.parts.messages.browsing import MAX_DIAL_BYTES, Dial, Dialled, LetDial, LineOver, NothingMore
from monitor.parts.serving import Handlers
from monitor.parts.talk import Sent, Talk

MAX_DIALLED = 64  # open at once by one line; Chromium itself opens at most 32 to one proxy
ANSWER_LENGTH_BYTES = 2
"""Before the answer on a stream, big-endian."""


@dataclass(slots=True)
class _Count:
    max_bytes: int
    bytes: int = 0

    @property
    def is_over(self) -> bool:
        return self.bytes > self.max_bytes


class DialLine:
    """Closed with `serve`, and everything that was dialled by it."""

    def __init__(
        self, line: socket.socket, dialler: Dialler, *, max_bytes: int, max_dials: int, patience: Patience | None = None
    ) -> None:
        """line: SOCK_SEQPACKET. max_bytes, max_dials: of the whole."""
        line.setblocking(False)
        self._line, self._dialler, self._patience = line, dialler, patience or Patience()
        self._count, self._max_dials, self._dials = _Count(max_bytes), max_dials, 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._not_begun: set[socket.socket] = set()  # a task that is cut off before it began closes nothing

    async def serve(self) -> LineOver:
        """Until whoever dials has closed it, or says what no browser of ours says."""
        is_bad = False
        try:
            while (asked := await self._next()) is not None:
                self._begin(*asked)
        except BadMessage:
            is_bad = True
        except OSError:
            pass  # it was closed in the middle
        finally:
            self._line.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for stream in self._not_begun:
                stream.close()
        return LineOver(bytes=self._count.bytes, dials=self._dials, is_bad=is_bad)

    async def _next(self) -> tuple[Dial, socket.socket] | None:
        """None at the end. Raises BadMessage, OSError."""
        while True:
            try:
                said, files, flags, _ = socket.recv_fds(self._line, MAX_DIAL_BYTES, 4, socket.MSG_CMSG_CLOEXEC)
                break
            except BlockingIOError:
                await _ready(self._line)
        if not said:
            close_files(files)
            return None
        try:
            if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC) or len(files) != 1:
                raise BadMessage("a dial that is too long, or without its one stream")
            dial = one_of(Dial).unpack(said)
        except BaseException:
            close_files(files)
            raise
        stream = line_of(files[0])
        if stream.type != socket.SOCK_STREAM:
            stream.close()
            raise BadMessage("what came with a dial is no stream")
        return dial, stream

    def _begin(self, dial: Dial, stream: socket.socket) -> None:
        """Raises BadMessage for more than any page load of ours dials."""
        self._dials += 1
        if self._dials > self._max_dials or len(self._tasks) >= MAX_DIALLED:
            stream.close()
            if self._dials > self._max_dials:
                raise BadMessage("it dials without end")
            return
        self._not_begun.add(stream)
        task = asyncio.get_running_loop().create_task(self._dialled(dial, stream))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _dialled(self, dial: Dial, stream: socket.socket) -> None:
        self._not_begun.discard(stream)
        browser = await asyncio.open_unix_connection(sock=stream)
        try:
            if self._count.is_over:
                raise DialFailed(Outcome(OutcomeKind.TOO_LARGE, "too large: the page loads more than it may"))
            site, ip = await self._dialler.dial(dial.host, dial.port)
        except DialFailed as error:
            with contextlib.suppress(OSError):
                browser[1].write(_told(Dialled(failure=outcome_told(error.outcome))))
            self._end(browser[1])
            return
        except BaseException:
            browser[1].transport.abort()
            raise
        try:
            browser[1].write(_told(Dialled(ip=ip)))
            await both_ways(browser, site, self._count, self._patience)
        finally:
            self._end(site[1])
            self._end(browser[1])

    def _end(self, writer: asyncio.StreamWriter) -> None:
        """Closing waits for what is still to be taken, for ever where nobody takes it."""
        writer.close()
        asyncio.get_running_loop().call_later(self._patience.linger, writer.transport.abort)


async def serve_terms(terms: LetDial, line: socket.socket, resolve: Resolve) -> LineOver:
    """Raises ValueError where the terms cannot be read."""
    with line:
        dialler = LocalDialler(rules_of(terms), resolve, terms.proxy, terms.identity)
        return await DialLine(line, dialler, max_bytes=terms.max_bytes, max_dials=terms.max_dials).serve()


def answer_dial_lines(handlers: Handlers, closing: AsyncExitStack, resolve: Resolve | None = None) -> None:
    """resolve: injected by tests."""
    system = SystemResolver()  # its threads start with the first name
    closing.callback(system.close)
    asked = resolve or system

    async def let_dial(sent: Sent[LetDial], talk: Talk[NothingMore]) -> None:
        if len(sent.fds) != 1:
            close_files(sent.fds)
            raise BadMessage("it came without its one line")
        line = line_of(sent.fds[0])
        if line.type != socket.SOCK_SEQPACKET:
            line.close()
            raise BadMessage("what came is no dial line")
        await talk.say(await serve_terms(sent.message, line, asked))

    handlers.talk(LetDial, let_dial, heard=NothingMore, max_fds=1)


def _told(answer: Dialled) -> bytes:
    said = packed(answer)
    return len(said).to_bytes(ANSWER_LENGTH_BYTES, "big") + said


async def _ready(line: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    something: asyncio.Future[None] = loop.create_future()
    loop.add_reader(line.fileno(), _now, something)
    try:
        await something
    finally:
        loop.remove_reader(line.fileno())


def _now(something: asyncio.Future[None]) -> None:
    if not something.done():
        something.set_result(None)
