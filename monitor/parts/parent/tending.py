"""What parent and launcher do alike: answer their core, take their parts' last words, note who ended."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
from typing import NamedTuple

from monitor.clock import monotonic
from monitor.parts.parent.control import (
    MAX_PACKET,
    BadControl,
    ControlReply,
    EndPart,
    PartNotStarted,
    PartStarted,
    StartPart,
    pack_reply,
    unpack_request,
)
from monitor.parts.parent.spawning import PartProcesses

PARTS_END_WITHIN_S = 5.0  # by themselves, once their core is gone; then they are killed
KILLED_WITHIN_S = 10.0  # one that waits for a disk comes to its end later


class Tending:
    """One at a time in a process: signals wake it."""

    def __init__(self, parts: PartProcesses) -> None:
        self.parts = parts
        self.control: socket.socket | None = None
        self._ends_asked: list[_EndAsked] = []
        self._woken, self._wakes = socket.socketpair()
        self._woken.setblocking(False)
        self._wakes.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)

    def serve(self, control: socket.socket) -> None:
        """Another core."""
        self.leave()
        self.control = control

    def leave(self) -> None:
        """The core is gone, or to be left alone; what it had of parts ends by itself."""
        if self.control is not None:
            self.control.close()
        self.control = None
        self._ends_asked.clear()

    def let_go(self) -> None:
        """In a core that was forked from here."""
        signal.set_wakeup_fd(-1)
        self.leave()
        self.parts.let_go()
        self._woken.close()
        self._wakes.close()

    def wait(self, within_s: float | None = None, also: int = -1) -> None:
        """Until something was to be done, a signal came, or there is something to read on `also`."""
        heard = select.poll()
        heard.register(self._woken, select.POLLIN)
        if also >= 0:
            heard.register(also, select.POLLIN)
        if self.control is not None:
            heard.register(self.control, select.POLLIN)
        for part in self.parts.to_hear():
            if part.stderr is not None:
                heard.register(part.stderr, select.POLLIN)
        found = {at for at, _ in heard.poll(self._milliseconds(within_s))}
        if self._woken.fileno() in found:
            with contextlib.suppress(BlockingIOError):
                while self._woken.recv(4096):
                    pass
        for part in tuple(self.parts.to_hear()):
            if part.stderr is not None and part.stderr.fileno() in found:
                part.hear()
        self.parts.reap()
        if self.control is not None and self.control.fileno() in found:
            self._answer(self.control)
        self._tell_ends()

    def end_parts(self) -> None:
        """Returns when none is left, or only what cannot be killed: it has lost its connection, and ends with this."""
        self.leave()
        deadline = monotonic() + PARTS_END_WITHIN_S
        while self.parts and (left := deadline - monotonic()) > -KILLED_WITHIN_S:
            if left <= 0:
                self.parts.kill_all()
            self.wait(left if left > 0 else 1.0)

    def _answer(self, control: socket.socket) -> None:
        """What comes outside the form ends the talk: the core is to be trusted, and one that talks like this is not."""
        try:
            packet = control.recv(MAX_PACKET)
            turn, asked = unpack_request(packet)
        except (OSError, BadControl):
            self.leave()
            return
        match asked:
            case StartPart(name):
                self._start(control, turn, name)
            case EndPart(number, within_ms):
                self._ends_asked.append(_EndAsked(turn, number, monotonic() + within_ms / 1000))

    def _start(self, control: socket.socket, turn: int, name: str) -> None:
        try:
            part = self.parts.start(name)
        except OSError as error:
            _reply(control, turn, PartNotStarted(error.strerror or type(error).__name__))
            return
        _reply(control, turn, PartStarted(part.number, part.pid), part.connection)
        part.connection.close()  # or it would never see the core's end of it closed

    def _tell_ends(self) -> None:
        for asked in tuple(self._ends_asked):
            if (end := self.parts.end_of(asked.number)) is not None:
                self._ends_asked.remove(asked)
                if self.control is not None:
                    _reply(self.control, asked.turn, end)
            elif monotonic() >= asked.at:
                self.parts.kill(asked.number)

    def _milliseconds(self, within_s: float | None) -> int | None:
        """Until the wait is over, or a part has had its time to end; one that was killed is heard of."""
        now = monotonic()
        moments = [asked.at for asked in self._ends_asked if asked.at > now]
        if within_s is not None:
            moments.append(now + max(within_s, 0.0))
        return round((min(moments) - now) * 1000) + 1 if moments else None


class _EndAsked(NamedTuple):
    """at: when it is killed."""

    turn: int
    number: int
    at: float


def _reply(control: socket.socket, turn: int, said: ControlReply, connection: socket.socket | None = None) -> None:
    """A core that has gone, or takes nothing, hears nothing."""
    with contextlib.suppress(OSError):
        fds = [] if connection is None else [connection.fileno()]
        socket.send_fds(control, [pack_reply(turn, said)], fds, socket.MSG_DONTWAIT)
