"""The core's side: parts that its parent starts, or a launcher beside a command. See `control`."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import subprocess
import threading
from collections.abc import Callable
from typing import TypeVar

from monitor.parts.interpreter import fresh_interpreter
from monitor.parts.parent.control import (
    MAX_PACKET,
    BadControl,
    ControlReply,
    ControlRequest,
    EndOfPart,
    EndPart,
    PartNotStarted,
    PartStarted,
    StartPart,
    pack_request,
    unpack_reply,
)
from monitor.parts.parent.inherited import from_parent
from monitor.parts.parent.spawning import part_environment
from monitor.parts.starting import PartEnded, ProgramPart

LAUNCHER = "monitor.parts.parent.launcher"
ANSWERS_WITHIN_S = 30.0  # beyond the time that was asked for: a process is started in milliseconds
LAUNCHER_ENDS_WITHIN_S = 15.0

Done = TypeVar("Done")


class LaunchedParts:
    """By the parent, where there is one; else by a launcher, which is started when the first part is wanted. Of no
    event loop: each question is asked in a thread, one at a time."""

    def __init__(self, *, debug: bool = False, gives_up: Callable[[], object] | None = None) -> None:
        """gives_up: called once a launcher runs: what this process itself needs no more by then."""
        given = from_parent()
        self._debug, self._control = debug, given.control if given is not None else None
        self._has_parent = given is not None
        self._launcher: subprocess.Popen[bytes] | None = None
        self._launches, self._gives_up = True, gives_up
        self._one = threading.Lock()
        self._turn = 0
        self._numbers: dict[socket.socket, int] = {}

    def begin(self) -> None:
        """A launcher now, where there is no parent. Raises OSError."""
        with self._one:
            if self._control is None:
                self._launched()

    async def connect(self, part: ProgramPart) -> socket.socket:
        """Raises OSError."""
        return await _beside(lambda: self._start(part), dropped=lambda pipe: pipe.close())

    async def end(self, pipe: socket.socket, *, within_s: float = 0.0) -> PartEnded:
        """It has so long to end by itself."""
        number = self._numbers.pop(pipe, None)
        pipe.close()
        if number is None:
            return PartEnded()
        return await _beside(lambda: self._end(number, within_s), dropped=lambda _: None)

    async def aclose(self) -> None:
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Ends every part, and the launcher. May be called twice."""
        with self._one:
            for pipe in self._numbers:
                pipe.close()
            self._numbers.clear()
            if self._has_parent:
                return
            if self._control is not None:
                self._control.close()
                self._control = None
            launcher, self._launcher = self._launcher, None
        if launcher is not None:
            try:
                launcher.wait(LAUNCHER_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                launcher.kill()
                launcher.wait()

    # -- in a thread

    def _start(self, part: ProgramPart) -> socket.socket:
        with self._one:
            said, pipe = self._asked(StartPart(part.value), ANSWERS_WITHIN_S)
            if isinstance(said, PartStarted) and pipe is not None:
                pipe.setblocking(False)
                self._numbers[pipe] = said.number
                return pipe
        if pipe is not None:
            pipe.close()
        if isinstance(said, PartStarted):  # its connection came, and this process could not take one more file
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        raise OSError(0, said.words if isinstance(said, PartNotStarted) else "the parent answered something else")

    def _end(self, number: int, within_s: float) -> PartEnded:
        with self._one:
            if self._control is None:  # closed meanwhile: so is the part
                return PartEnded()
            try:
                said, _ = self._asked(EndPart(number, round(within_s * 1000)), within_s + ANSWERS_WITHIN_S)
            except OSError:
                return PartEnded()
        return PartEnded(said.code, said.words) if isinstance(said, EndOfPart) else PartEnded()

    def _asked(self, asked: ControlRequest, within_s: float) -> tuple[ControlReply, socket.socket | None]:
        """Raises OSError."""
        control = self._control or self._launched()
        self._turn = (self._turn + 1) % 2**32
        try:
            control.settimeout(within_s)
            control.send(pack_request(self._turn, asked))
            while True:
                packet, found, _, _ = socket.recv_fds(control, MAX_PACKET, 1)
                pipe = socket.socket(fileno=found[0]) if found else None
                turn, said = unpack_reply(packet)
                if turn == self._turn:
                    return said, pipe
                if pipe is not None:  # the answer to a question that nobody waits for any more
                    pipe.close()
        except (OSError, BadControl) as error:
            if isinstance(error, TimeoutError):
                raise OSError(0, f"it was not started within {within_s:g} s") from error
            self._lost()
            raise OSError(0, "the process that starts them has ended") from error

    def _lost(self) -> None:
        """A launcher that was killed, and all that it had started. The next question starts another."""
        if self._control is not None and not self._has_parent:
            self._control.close()
            self._control = None
        if self._launcher is not None:
            self._launcher.kill()
            self._launcher.wait()
            self._launcher = None

    def _launched(self) -> socket.socket:
        if not self._launches:  # a second one would be as shut off from the network as this process is by now
            raise OSError(0, "the process that starts them has ended")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._launcher = subprocess.Popen(  # noqa: S603  # our own interpreter and words
                fresh_interpreter(LAUNCHER, "debug" if self._debug else ""),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=None if self._debug else subprocess.DEVNULL,
                env=part_environment(os.environ),
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._control = ours
        if self._gives_up is not None:
            self._launches = False
            self._gives_up()
        return ours


async def _beside(work: Callable[[], Done], *, dropped: Callable[[Done], None]) -> Done:
    """In a thread. Where nobody waits for it any more, what it gives is dropped."""
    doing = asyncio.get_running_loop().run_in_executor(None, work)

    def drop(done: asyncio.Future[Done]) -> None:
        with contextlib.suppress(BaseException):
            dropped(done.result())

    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        doing.add_done_callback(drop)
        raise
