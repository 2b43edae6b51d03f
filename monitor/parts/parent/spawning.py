"""Processes of parts: each fresh, with nothing but its connection, until it ends or is ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping

from monitor.parts.interpreter import fresh_interpreter
from monitor.parts.parent.control import MAX_LAST_WORDS_CHARS, EndOfPart

BEGINNING = "monitor.parts.parent.beginning"
STARTED_PARTS = ("fetcher", "browser")
PASSED = (
    *("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "XDG_RUNTIME_DIR"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH"),
    *("PLAYWRIGHT_BROWSERS_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH"),
)
"""What a part sees of the environment: where it is. No proxy (the configuration decides), no folder of credentials, no
screen (a window's goes with the word that opens it), and none of the program's own variables, which can hold
secrets."""

MAX_KEPT_ENDS = 64
_SAID_AT_ONCE = 65_536


def part_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in PASSED if name in environ}


class PartProcess:
    """stderr: of it, to be read while it is there; None with --debug, where it goes to the person's own."""

    def __init__(self, part: str, number: int, *, debug: bool) -> None:
        """Raises OSError."""
        self.number, self._said = number, b""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and words
                fresh_interpreter(BEGINNING, part, str(os.getpid())),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=None if debug else subprocess.PIPE,
                env=part_environment(os.environ),
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the core, which ends its parts in order
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self.connection, self.pid, self.stderr = ours, self._process.pid, self._process.stderr
        if self.stderr is not None:
            os.set_blocking(self.stderr.fileno(), False)

    def hear(self) -> None:
        """What it writes to its standard error is taken, so that it never waits, and the end of it kept."""
        if self.stderr is None:
            return
        try:
            said = os.read(self.stderr.fileno(), _SAID_AT_ONCE)
        except BlockingIOError:
            return
        self._said = (self._said + said)[-4 * MAX_LAST_WORDS_CHARS :]
        if not said:
            self.let_go()

    def kill(self) -> None:
        """May have ended; may be another account's by now, in a container that lets not even root kill that."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:  # or before it began a session of its own
            with contextlib.suppress(OSError):
                self._process.kill()

    def end(self) -> EndOfPart | None:
        """None as long as it runs."""
        if self._process.returncode is None and not self._has_ended():
            return None
        code = self._process.wait()
        self.hear()
        self.let_go()
        return EndOfPart(self.number, code, self._last_line())

    def _has_ended(self) -> bool:
        """What it started ends with it: a driver of a browser that hangs does not by itself. Before its number is given
        back, which may be another's then."""
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        return True

    def let_go(self) -> None:
        self.connection.close()
        if self.stderr is not None:
            self.stderr.close()
            self.stderr = None

    def _last_line(self) -> str:
        lines = self._said.decode("utf-8", "replace").strip().splitlines()
        return "".join(c if c.isprintable() else "?" for c in lines[-1])[:MAX_LAST_WORDS_CHARS] if lines else ""


class PartProcesses:
    """All of one core."""

    def __init__(self, *, debug: bool) -> None:
        self._debug, self._number = debug, 0
        self._running: dict[int, PartProcess] = {}
        self._ends: dict[int, EndOfPart] = {}  # of those that have ended, for who asks later

    def __bool__(self) -> bool:
        return bool(self._running)

    def start(self, part: str) -> PartProcess:
        """Raises OSError."""
        if part not in STARTED_PARTS:
            raise OSError(0, "there is no such part")
        self._number += 1
        started = PartProcess(part, self._number, debug=self._debug)
        self._running[started.number] = started
        return started

    def to_hear(self) -> Iterator[PartProcess]:
        """Those that have something to say, perhaps."""
        return (part for part in self._running.values() if part.stderr is not None)

    def reap(self) -> None:
        """Takes note of those that have ended since."""
        for number, part in tuple(self._running.items()):
            if (end := part.end()) is not None:
                del self._running[number]
                self._ends[number] = end
        for old in tuple(self._ends)[:-MAX_KEPT_ENDS]:
            del self._ends[old]

    def kill(self, number: int) -> None:
        if (part := self._running.get(number)) is not None:
            part.kill()

    def kill_all(self) -> None:
        for part in self._running.values():
            part.kill()

    def end_of(self, number: int) -> EndOfPart | None:
        """None as long as it runs. Of one that nobody knows: that it has ended."""
        if number in self._running:
            return None
        return self._ends.get(number, EndOfPart(number, 0, ""))

    def let_go(self) -> None:
        """In a core that was forked beside them: their ends are not its own."""
        for part in self._running.values():
            part.let_go()


def tell_on_stderr(text: str) -> None:
    """One line of the parent's own, where the program's go."""
    if sys.__stderr__ is not None:  # else its number is by now another file's
        with contextlib.suppress(OSError):
            os.write(sys.__stderr__.fileno(), f"{text}\n".encode())
