"""`run` as the process that a person, or systemd, started: small, it starts the core as its child and stays. What it is
told it passes on; how the core ends is how it ends, unless a signal killed the core: then it starts another.

The core is a fork, and not another program: words, environment, terminal and Python's own options stay what they were.
It has a process group of its own, so that Ctrl-C reaches it once, through here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from types import FrameType
from typing import NoReturn

from monitor.clock import monotonic
from monitor.lifeline import stay_with
from monitor.parts.parent.inherited import WORKED_AFTER_S, FromParent, inherit
from monitor.parts.parent.spawning import PartProcesses, tell_on_stderr
from monitor.parts.parent.tending import Tending
from monitor.tracking.falls import AT_WORK, STARTING, FallingPart, Falls

STARTED_WITHIN_S = 120.0  # so long systemd's watchdog is fed for a core that was started anew
FED_EVERY_S = 10.0  # or as often as systemd wants it
NOTIFY_AT = "NOTIFY_SOCKET"

_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_STOP = (signal.SIGTERM, signal.SIGINT)
_MOST_TOLD = 4096


def watch_over(*, debug: bool = False) -> int | None:
    """The exit code. None in the core, which goes on from here: as often as it is started."""
    return WatchOver(debug=debug).run()


class WatchOver:
    def __init__(self, *, debug: bool) -> None:
        self._before = {number: signal.getsignal(number) for number in (*_PASSED_ON, signal.SIGTSTP, signal.SIGCONT)}
        self._tending = Tending(PartProcesses(debug=debug))
        self._systemd, self._heard = Systemd(), list[int]()
        self._starts = Falls(FallingPart.CORE, STARTING, name="core, starting")
        self._work = Falls(FallingPart.CORE, AT_WORK, name="core")
        self._core, self._killed_by, self._stopping = 0, 0, False
        self._reads_anew = False  # once it is ready: before, that signal would end it, and this process with it
        self._began = self._ready_at = 0.0  # 0: not yet

    def run(self) -> int | None:
        self._take_signals()
        while True:
            try:
                if self._begin_core():
                    return None
            except OSError as error:  # no room for another process, or for its descriptors
                from monitor.room import lack_in  # the parent is small, and ends here

                lack = lack_in(error, starting=True)
                tell_on_stderr(f"error: the program could not start its core: {lack.why if lack else error.strerror}")
                if lack:
                    tell_on_stderr(f"  {lack.right}")
                self._tending.end_parts()
                return 1
            code = self._until_ended()
            self._pass_signals_on()
            if code >= 0 or self._stopping or -code in _PASSED_ON:
                self._tending.end_parts()
                return code if code >= 0 else _die_by(-code)
            self._note_fall(-code)
            if not self._rest():
                self._tending.end_parts()
                return 0

    # -- a core

    def _begin_core(self) -> bool:
        """True in the core."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        hears, tells = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, self._before)
        try:
            core = os.fork()
        except OSError:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._before)
            raise
        if core == 0:
            for number, handler in self._before.items():
                signal.signal(number, handler)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._tending.let_go()
            ours.close()
            hears.close()
            _in_its_own_group()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._before)
            stay_with(parent)
            tells.setblocking(False)
            self._systemd.hand_down(tells.detach(), parent)
            inherit(FromParent(theirs, parent, self._killed_by, self._work if self._work.state.falls else self._starts))
            return True
        with contextlib.suppress(OSError):  # it has done so itself
            os.setpgid(core, core)
        theirs.close()
        tells.close()
        self._systemd.hears(hears)
        self._tending.serve(ours)
        self._core, self._began, self._ready_at = core, monotonic(), 0.0
        self._reads_anew = False
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._before)
        return False

    def _until_ended(self) -> int:
        """Its exit code, or minus the signal that killed it."""
        while True:
            self._pass_signals_on()
            ended, status = os.waitpid(self._core, os.WNOHANG)
            if self._systemd.pass_on() and not self._ready_at:
                self._ready_at = monotonic()
                self._starts.worked()
                if self._reads_anew:  # what it read may be older than what this is about
                    self._tell_core(signal.SIGHUP)
            if ended:
                self._core = 0
                self._tending.leave()
                return os.waitstatus_to_exitcode(status)
            is_starting = bool(self._killed_by) and not self._ready_at
            if is_starting and monotonic() - self._began < STARTED_WITHIN_S:
                self._systemd.feed()
            self._tending.wait(self._systemd.fed_every_s if is_starting else None, self._systemd.descriptor)

    def _note_fall(self, killed_by: int) -> None:
        now = monotonic()
        self._killed_by = killed_by
        if not self._ready_at:
            self._starts.fell(now, f"signal {killed_by}")
            return
        if now - self._ready_at >= WORKED_AFTER_S:
            self._work.worked()
        self._work.fell(now, f"signal {killed_by}")

    def _rest(self) -> bool:
        """Until the next core may be started; False where it was asked to stop meanwhile."""
        falls = self._work if self._ready_at else self._starts
        self._systemd.fell(self._killed_by)
        if wait := falls.wait_s(monotonic()):
            mark = "<4>" if "JOURNAL_STREAM" in os.environ else ""
            tell_on_stderr(
                f"{mark}the core was killed {falls.state.falls} times in a row; the next is started in {wait:.0f} s"
            )
        while (left := falls.wait_s(monotonic())) > 0 and not self._stopping:
            self._systemd.feed()
            self._tending.wait(min(left, self._systemd.fed_every_s))
            self._pass_signals_on()
        return not self._stopping

    # -- signals

    def _take_signals(self) -> None:
        for number in self._before:
            signal.signal(number, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._heard.append(number)

    def _pass_signals_on(self) -> None:
        while self._heard:
            number = self._heard.pop(0)
            if number in _STOP:
                self._stopping = True
            if number == signal.SIGHUP and not self._ready_at:
                self._reads_anew = True
            elif number == signal.SIGTSTP:  # Ctrl-Z: both, the core first
                self._tell_core(signal.SIGSTOP)
                os.kill(os.getpid(), signal.SIGSTOP)
            else:
                self._tell_core(number)

    def _tell_core(self, number: int) -> None:
        if self._core:
            with contextlib.suppress(OSError):  # ended, and noticed in a moment
                os.kill(self._core, number)


class Systemd:
    """What systemd started is the parent, and it listens to no other process: what the core tells is passed on."""

    def __init__(self) -> None:
        path = os.environ.get(NOTIFY_AT, "")
        self._address = "\0" + path[1:] if path.startswith("@") else path  # @: an abstract name
        self._hears: socket.socket | None = None
        watchdog = os.environ.get("WATCHDOG_USEC", "")
        self._is_watched = watchdog.isdecimal() and int(watchdog) > 0
        self.fed_every_s = min(int(watchdog) / 2_000_000, FED_EVERY_S) if self._is_watched else FED_EVERY_S

    @property
    def descriptor(self) -> int:
        """What the core tells is read from it; -1 where there is none."""
        return -1 if self._hears is None else self._hears.fileno()

    def hears(self, heard: socket.socket) -> None:
        if self._hears is not None:
            self._hears.close()
        heard.setblocking(False)
        self._hears = heard

    def hand_down(self, tells: int, parent: int) -> None:
        """In the core."""
        if self._hears is not None:
            self._hears.close()
        os.environ[NOTIFY_AT] = f"fd:{tells}"
        if os.environ.get("WATCHDOG_PID") == str(parent):
            os.environ["WATCHDOG_PID"] = str(os.getpid())

    def pass_on(self) -> bool:
        """Everything told so far. Whether it says that the core is ready."""
        is_ready = False
        while self._hears is not None:
            try:
                told = self._hears.recv(_MOST_TOLD)
            except OSError:  # nothing, for now
                break
            if not told:
                break
            is_ready = is_ready or told.startswith(b"READY=1")
            self._send(told)
        return is_ready

    def feed(self) -> None:
        """While there is no core that could: a rest, or a start, is no hang."""
        if self._is_watched:
            self._send(b"WATCHDOG=1")

    def fell(self, killed_by: int) -> None:
        self._send(f"STATUS=The core was killed by signal {killed_by} and is started anew".encode())

    def _send(self, told: bytes) -> None:
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            out.sendto(told, self._address)


def _in_its_own_group() -> None:
    """What it writes to a terminal is written all the same; it reads from none."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)


def _die_by(number: int) -> NoReturn:
    """As the core did, so that whoever waits sees the same."""
    signal.signal(number, signal.SIG_DFL) if number not in (signal.SIGKILL, signal.SIGSTOP) else None
    os.kill(os.getpid(), number)
    os._exit(128 + number)
