"""Frames on a stream socket between two parts: a prelude of fixed size, a header (one packed message), a body of plain
bytes, and open files that belong to this frame and to no other.

A reader says of each prelude whether such a frame may come, before it takes a byte of it: whoever is at the other end
is taken to be in a site's hands. Needs no event loop: `connection` brings one.
"""

from __future__ import annotations

import array
import contextlib
import os
import socket
import stat
import struct
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from io import BytesIO
from typing import NamedTuple

MAX_FRAME_HEADER = 4 * 1024 * 1024
MAX_FRAME_BODY = 1024 * 1024 * 1024
MAX_FDS = 4
"""Of any frame; what is asked states less."""

SEND_BUFFER = 1024 * 1024  # asked for; what the kernel grants mostly holds a whole picture
_PRELUDE = struct.Struct(">BBHIII")
PRELUDE_BYTES = _PRELUDE.size
_SCRATCH = 32 * 1024
_DESCRIPTOR = struct.calcsize("i")
_ANCILLARY = socket.CMSG_SPACE(MAX_FDS * _DESCRIPTOR)


class FrameKind(IntEnum):
    GREETING = 1  # from the part, first; its form stays in every version
    SETUP = 2  # from the core, the answer to it
    READY = 3  # from the part: it has set itself up
    ASK = 4  # begins a call
    ANSWER = 5  # ends it
    FAILED = 6  # ends it: whoever was to answer failed
    SAY = 7  # within a call, both ways
    MORE = 8  # some of what was said has been heard: as many may follow
    OVER = 9  # ends a talk
    GIVE_UP = 10  # from who asked: the answer is not wanted any more
    GIVEN_UP = 11  # ends a call: so it was


class BadMessage(Exception):
    """The other end sent what no part of ours sends."""


class Prelude(NamedTuple):
    """Sizes are in bytes; files: how many go with it."""

    kind: FrameKind
    files: int
    call: int
    header: int
    body: int


class Parcel(NamedTuple):
    """One frame that came. files: open descriptors, which now belong to whoever took it."""

    kind: FrameKind
    call: int
    header: bytes
    body: bytes
    files: tuple[int, ...]


def check_sizes(prelude: Prelude, *, header: int = 0, body: int = 0, files: int = 0) -> None:
    """Raises BadMessage where one is over."""
    if prelude.header > header:
        raise BadMessage(f"a header of {prelude.header} bytes, more than {header}")
    if prelude.body > body:
        raise BadMessage(f"a body of {prelude.body} bytes, more than {body}")
    if prelude.files > files:
        raise BadMessage(f"{prelude.files} open files, more than {files}")


def prelude_of(packed: bytes | memoryview, at: int = 0) -> Prelude:
    """Raises BadMessage where no frame may be so."""
    number, files, nothing, call, header, body = _PRELUDE.unpack_from(packed, at)
    try:
        prelude = Prelude(FrameKind(number), files, call, header, body)
    except ValueError:
        raise BadMessage(f"a frame of kind {number}") from None
    if nothing:
        raise BadMessage("a prelude with more in it")
    check_sizes(prelude, header=MAX_FRAME_HEADER, body=MAX_FRAME_BODY, files=MAX_FDS)
    return prelude


def plain_frame(kind: FrameKind, header: bytes = b"", call: int = 0) -> bytes:
    """A frame with nothing beside its header."""
    return _PRELUDE.pack(kind, 0, 0, call, len(header), 0) + header


class FrameReader:
    """Takes what comes. expects: raises BadMessage for a frame that may not come now. takes: gets each when it is
    whole, at once, so that what it makes of one counts for the next. A body is `bytes` that were copied nowhere."""

    def __init__(self, expects: Callable[[Prelude], None], takes: Callable[[Parcel], None]) -> None:
        self._expects, self._takes = expects, takes
        self._scratch = memoryview(bytearray(_SCRATCH))
        self._held = 0  # bytes of a prelude that is not whole
        self._files: deque[int] = deque()  # came with bytes whose prelude is not whole
        self._open: _Open | None = None
        self._closed = False

    def read(self, pipe: socket.socket) -> None:
        """What one call gives. Raises EOFError, OSError (BlockingIOError where there is nothing), BadMessage."""
        into = self._open.views() if self._open is not None else [self._scratch[self._held :]]
        count, ancillary, flags, _ = pipe.recvmsg_into(into, _ANCILLARY, socket.MSG_CMSG_CLOEXEC)
        self._take_files(ancillary)
        if flags & socket.MSG_CTRUNC or len(self._files) > MAX_FDS:
            raise BadMessage(f"more than {MAX_FDS} open files")
        if count == 0:
            raise EOFError
        if self._open is not None:
            if self._files:  # they come with a frame's first byte
                raise BadMessage("open files in the middle of a frame")
            del into
            if self._open.grew(count):
                self._give(self._open)
        else:
            self._parse(self._held + count)

    @property
    def is_within(self) -> bool:
        """More of a frame is to come."""
        return self._open is not None

    def close(self) -> None:
        """Closes what came with a frame that will never be whole."""
        self._closed = True
        close_files(self._files)
        self._files.clear()
        if self._open is not None:
            close_files(self._open.files)
            self._open = None

    def _parse(self, end: int) -> None:
        at = 0
        while end - at >= _PRELUDE.size and not self._closed:
            opened = self._opened(at)
            at += _PRELUDE.size
            at += opened.fill(self._scratch[at:end])
            if not opened.is_whole():
                self._open = opened
                break
            self._give(opened)
        if self._closed:
            return
        self._held = end - at
        if self._files and not self._held:  # the bytes that they came with are among those that were read
            raise BadMessage("open files that no frame named")
        if self._held and at:
            self._scratch[: self._held] = bytes(self._scratch[at:end])

    def _opened(self, at: int) -> _Open:
        prelude = prelude_of(self._scratch, at)
        self._expects(prelude)
        if prelude.files > len(self._files):
            raise BadMessage("open files were named that did not come")
        return _Open(prelude, tuple(self._files.popleft() for _ in range(prelude.files)))

    def _give(self, opened: _Open) -> None:
        self._open = None
        self._takes(opened.parcel())

    def _take_files(self, ancillary: Iterable[tuple[int, int, bytes]]) -> None:
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors = array.array("i")
                descriptors.frombytes(data[: len(data) - len(data) % _DESCRIPTOR])
                self._files.extend(descriptors)


class _Open:
    """A frame on its way in. Bytes are read into a `BytesIO`, which gives them out as `bytes` without a copy."""

    __slots__ = ("_at", "_body", "_header", "files", "prelude")

    def __init__(self, prelude: Prelude, files: tuple[int, ...]) -> None:
        self.prelude, self.files, self._at = prelude, files, 0
        self._header, self._body = BytesIO(bytes(prelude.header)), BytesIO(bytes(prelude.body))

    def views(self) -> list[memoryview]:
        """What is still to come."""
        header = self.prelude.header
        views = [self._header.getbuffer()[self._at :]] if self._at < header else []
        if self.prelude.body:
            views.append(self._body.getbuffer()[max(self._at - header, 0) :])
        return views

    def fill(self, come: memoryview) -> int:
        """Takes what is its own of it; how much that was."""
        taken = 0
        for view in self.views():
            count = min(len(view), len(come) - taken)
            view[:count] = come[taken : taken + count]
            taken += count
        self._at += taken
        return taken

    def grew(self, count: int) -> bool:
        self._at += count
        return self.is_whole()

    def is_whole(self) -> bool:
        return self._at == self.prelude.header + self.prelude.body

    def parcel(self) -> Parcel:
        kind, _, call, _, _ = self.prelude
        return Parcel(kind, call, self._header.getvalue(), self._body.getvalue(), self.files)


class Outgoing:
    """A frame on its way out. files are given away: closed once they are sent, or when nothing of it is any more."""

    __slots__ = ("_left", "begun", "files")

    def __init__(
        self, kind: FrameKind, call: int, header: bytes = b"", body: bytes | memoryview = b"", files: Sequence[int] = ()
    ) -> None:
        prelude = _PRELUDE.pack(kind, len(files), 0, call, len(header), len(body))
        self._left = [memoryview(prelude + header), *([memoryview(body)] if body else [])]
        self.files, self.begun = tuple(files), False

    def write(self, pipe: socket.socket) -> bool:
        """Whether all of it is out. Raises OSError, BlockingIOError where the other end has no room."""
        while self._left:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", self.files))] if self.files else []
            count = pipe.sendmsg(self._left, rights, socket.MSG_NOSIGNAL)
            self.begun = True
            self.drop_files()
            while self._left and count >= len(self._left[0]):
                count -= len(self._left.pop(0))
            if count:
                self._left[0] = self._left[0][count:]
        return True

    def drop_files(self) -> None:
        files, self.files = self.files, ()
        close_files(files)


def close_files(files: Iterable[int]) -> None:
    for descriptor in files:
        with contextlib.suppress(OSError):
            os.close(descriptor)


def line_of(descriptor: int) -> socket.socket:
    """The stream socket between two processes that a frame brought, non-blocking. Raises BadMessage, and closes it,
    for anything else: a part could send an open file, or a socket that leads elsewhere."""
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            raise BadMessage("an open file that is no line between two parts")
        line = socket.socket(fileno=descriptor)
    except BaseException:
        close_files((descriptor,))
        raise
    if line.family != socket.AF_UNIX or line.type not in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        line.close()
        raise BadMessage("a socket that is no line between two parts")
    line.setblocking(False)
    return line
