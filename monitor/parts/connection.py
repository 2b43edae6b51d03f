"""One end of a connection, on an event loop. It always reads, whatever waits to be written, so that two ends never wait
for each other; what waits to be written is bounded by whoever waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from monitor.parts.frames import (
    PRELUDE_BYTES,
    SEND_BUFFER,
    BadMessage,
    FrameKind,
    FrameReader,
    Outgoing,
    Parcel,
    Prelude,
    check_sizes,
    plain_frame,
    prelude_of,
)

_AT_ONCE = 16  # reads of one frame before others have their turn: its pieces come one close behind the other
_MOST_READS = 10_000  # of what is left in a socket, which is bounded: beyond it somebody goes on writing


class Connection:
    """expects, takes: of `FrameReader`. ended: called once, when it broke; not by `close`."""

    def __init__(
        self,
        pipe: socket.socket,
        expects: Callable[[Prelude], None],
        takes: Callable[[Parcel], None],
        ended: Callable[[Exception], None],
    ) -> None:
        """The socket is closed with it. Its events go to the running loop."""
        pipe.setblocking(False)
        with contextlib.suppress(OSError):
            pipe.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.loop, self._pipe, self._ended = asyncio.get_running_loop(), pipe, ended
        self._reader = FrameReader(expects, takes)
        self._waiting: deque[tuple[Outgoing, asyncio.Future[None] | None]] = deque()
        self.is_open = True
        self._mute = False  # the other end takes nothing any more; what it had said is still read
        self.loop.add_reader(pipe.fileno(), self._readable)

    async def send(
        self,
        kind: FrameKind,
        call: int,
        header: bytes = b"",
        body: bytes | memoryview = b"",
        files: Sequence[int] = (),
    ) -> None:
        """Until it is out. Raises OSError where the connection is closed. When cancelled, a frame of which nothing is
        out yet is taken back (`was_taken_back`)."""
        frame = Outgoing(kind, call, header, body, files)
        if self._written(frame):
            return
        out: asyncio.Future[None] = self.loop.create_future()
        self._waiting.append((frame, out))
        try:
            await out
        except asyncio.CancelledError:
            if frame.begun or (frame, out) not in self._waiting:
                raise
            self._waiting.remove((frame, out))
            frame.drop_files()
            raise asyncio.CancelledError(True) from None

    def post(self, kind: FrameKind, call: int, header: bytes = b"") -> None:
        """A small one that nobody waits for. Where the connection is closed, nothing."""
        frame = Outgoing(kind, call, header)
        with contextlib.suppress(OSError):
            if not self._written(frame):
                self._waiting.append((frame, None))

    def close(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        if not self.loop.is_closed():
            self.loop.remove_reader(self._pipe.fileno())
            self.loop.remove_writer(self._pipe.fileno())
        self._reader.close()
        waiting, self._waiting = self._waiting, deque()
        for frame, out in waiting:
            frame.drop_files()
            if out is not None and not out.done():
                out.set_exception(BrokenPipeError("the connection was closed"))
        self._pipe.close()

    def _written(self, frame: Outgoing) -> bool:
        """False: it has to wait. Raises OSError."""
        if not self.is_open or self._mute:
            frame.drop_files()
            raise BrokenPipeError("the connection is closed")
        if self._waiting:
            return False
        try:
            return frame.write(self._pipe)
        except BlockingIOError:
            self.loop.add_writer(self._pipe.fileno(), self._writable)
            return False
        except OSError as error:
            frame.drop_files()
            self._cannot_write(error)
            raise

    def _writable(self) -> None:
        try:
            while self._waiting:
                frame, out = self._waiting[0]
                frame.write(self._pipe)
                self._waiting.popleft()
                if out is not None and not out.done():
                    out.set_result(None)
        except BlockingIOError:
            return
        except OSError as error:
            self._cannot_write(error)
            return
        self.loop.remove_writer(self._pipe.fileno())

    def _cannot_write(self, error: OSError) -> None:
        """What it said before it went is still to be heard. Not from here: this may be within what is being read."""
        self._mute = True
        self.loop.call_soon(self._hear_the_rest, error)

    def _hear_the_rest(self, error: OSError) -> None:
        for _ in range(_MOST_READS):
            if not self.is_open:
                return
            try:
                self._reader.read(self._pipe)
            except (OSError, EOFError, BadMessage):
                break
        self._broke(error)

    def _readable(self) -> None:
        try:
            self._reader.read(self._pipe)
            for _ in range(_AT_ONCE):
                if not self._reader.is_within:
                    return
                self._reader.read(self._pipe)
        except (BlockingIOError, InterruptedError):
            pass
        except (OSError, EOFError, BadMessage) as error:
            self._broke(error)
        except Exception as error:  # a fault of ours, or no memory: half of what came would be read as a beginning
            self._broke(BadMessage(f"it could not be taken in: {type(error).__name__}"))
            raise

    def _broke(self, error: Exception) -> None:
        if self.is_open:
            self.close()
            self._ended(error)


def was_taken_back(cancelled: asyncio.CancelledError) -> bool:
    """Nothing went out of the frame that was being sent."""
    return cancelled.args == (True,)


async def say_alone(pipe: socket.socket, kind: FrameKind, header: bytes = b"") -> None:
    """A frame before there is a `Connection`. Raises OSError."""
    await asyncio.get_running_loop().sock_sendall(pipe, plain_frame(kind, header))


async def hear_alone(pipe: socket.socket, most: Mapping[FrameKind, int]) -> tuple[FrameKind, bytes]:
    """One of these kinds, with so long a header and nothing beside it, and not a byte of what follows. Raises EOFError,
    OSError, BadMessage."""
    prelude = prelude_of(await _exactly(pipe, PRELUDE_BYTES))
    if prelude.kind not in most:
        raise BadMessage(f"{prelude.kind.name}, which cannot come now")
    check_sizes(prelude, header=most[prelude.kind])
    return prelude.kind, await _exactly(pipe, prelude.header)


async def _exactly(pipe: socket.socket, size: int) -> bytes:
    loop, come = asyncio.get_running_loop(), b""
    while len(come) < size:
        more = await loop.sock_recv(pipe, size - len(come))
        if not more:
            raise EOFError
        come += more
    return come
