"""A command on a terminal of 80 x 24, and a person who reads and types."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.patience import WITHIN_S

PROGRAM = (sys.executable, "-m", "monitor")
CTRL_C, CTRL_D = "\x03", "\x04"

_OWNING = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """text: everything that stood on it so far, what was typed and shown too, without colours."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.text = ""
        self._process, self._end, self._read = process, end, 0

    def until(self, words: str) -> str:
        """What came since the last call, up to these words. An AssertionError where they never come."""
        end = time.monotonic() + WITHIN_S
        while words not in self.text[self._read :]:
            assert self._more(end), f"{words!r} never came. What stands there:\n{self.text}"
        at = self.text.index(words, self._read) + len(words)
        found, self._read = self.text[self._read : at], at
        return found

    def type(self, words: str, *, enter: bool = True) -> None:
        os.write(self._end, words.encode("utf-8", "surrogateescape") + (b"\n" if enter else b""))

    def answer(self, question: str, words: str) -> str:
        """Waits for the question. What came before it."""
        before = self.until(question)
        self.type(words)
        return before

    def ended(self) -> int:
        """The exit code, once everything was read."""
        end = time.monotonic() + WITHIN_S
        while self._more(end):
            pass
        return self._process.wait(WITHIN_S)

    def is_seen(self) -> bool:
        """Whether what is typed is shown."""
        return bool(termios.tcgetattr(self._end)[3] & termios.ECHO)

    def _more(self, end: float) -> bool:
        while time.monotonic() < end:
            if not select.select([self._end], [], [], 1)[0]:
                continue
            try:
                piece = os.read(self._end, 65536)
            except OSError:  # so Linux says that nobody has the other end any more
                return False
            self.text += _CODES.sub("", piece.decode("utf-8", "replace")).replace("\r\n", "\n")
            return bool(piece)
        return False


@contextmanager
def terminal(
    *words: object,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    size: tuple[int, int] = (24, 80),
) -> Iterator[Terminal]:
    """environ: None = this process's own. size: lines and columns."""
    end, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _OWNING, *map(str, words)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env=environ,
        cwd=cwd,
    )
    os.close(theirs)
    try:
        yield Terminal(process, end)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        os.close(end)
