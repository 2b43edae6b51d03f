"""Somebody at a terminal of 80 x 24: types what README says, reads what comes, answers what is asked.

What she answers depends on the question's words alone. A question that nothing here answers ends the walk: README and
the question itself did not prepare for it.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from tests.patience import WITHIN_S

PROMPT = re.compile(r"\[(\d+)\] walk% $")
SHELL = {"PS1": "[$?] walk% ", "TERM": "xterm", "LANG": "C.UTF-8", "HISTFILE": "/dev/null"}
_ASKED = re.compile(r"(?:[:?\]] |\n> )$")
_CODES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])")
_QUIET_S = 0.3  # a line that ends as a question does is one when nothing follows it


class Lost(AssertionError):
    """She does not know how to go on; the message has what she saw."""


@dataclass(frozen=True, slots=True)
class Answer:
    """about: a pattern over the question's line, or, where none is about that, over what was told just before it.
    typed: what she types, or how she takes it from what was told."""

    about: str
    typed: str | Callable[[str], str]


@dataclass
class Person:
    """command: starts her shell. answers: the first whose pattern is in the question counts."""

    command: Sequence[str]
    answers: Sequence[Answer]
    environment: Mapping[str, str]
    commands: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    seen: str = ""
    _child: int = 0
    _terminal: int = -1

    def __enter__(self) -> Person:
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.execvpe(self.command[0], list(self.command), {**self.environment, **SHELL})
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._read(lambda text: bool(PROMPT.search(text)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._terminal)
        try:
            os.kill(self._child, signal.SIGHUP)
            os.waitpid(self._child, 0)
        except OSError:
            pass

    def types(self, line: str, *, code: int = 0, within_s: float = WITHIN_S) -> str:
        """To the end of the command, which ends with `code`; each question is answered. What was shown."""
        self.commands.append(line)
        return self._until_prompt(line, code, within_s)

    def starts(self, line: str, until: Callable[[], bool], *, within_s: float = WITHIN_S) -> str:
        """A command that goes on by itself: until that is so, then Ctrl-C. What was shown."""
        self.commands.append(line)
        self._write(f"{line}\n")
        shown = self._read(lambda text: until() or bool(PROMPT.search(text)), within_s=within_s)
        if PROMPT.search(shown):
            raise Lost(f"{line!r} ended by itself:\n{shown}")
        self._write("\x03")
        return shown + self._read(lambda text: bool(PROMPT.search(text)), within_s=within_s)

    def _until_prompt(self, line: str, code: int, within_s: float) -> str:
        end = time.monotonic() + within_s
        self._write(f"{line}\n")
        whole, fresh = "", ""
        while True:
            fresh += self._read(
                lambda text: bool(PROMPT.search(text) or _ASKED.search(text)), within_s=end - time.monotonic()
            )
            if ended := PROMPT.search(fresh):
                whole += fresh
                if int(ended[1]) != code:
                    raise Lost(f"{line!r} ended with {ended[1]}:\n{whole}")
                return whole
            whole += fresh
            self._answer(whole, fresh)
            fresh = ""

    def _answer(self, whole: str, fresh: str) -> None:
        question = fresh[-1500:]
        asked = next((line for line in reversed(fresh.splitlines()) if line.strip("> ")), "")
        if self.questions[-1:] == [asked]:
            raise Lost(f"what she answered was not taken:\n{whole}")
        self.questions.append(asked)
        for told in (asked, question):
            for answer in self.answers:
                if re.search(answer.about, told, re.IGNORECASE):
                    typed = answer.typed if isinstance(answer.typed, str) else answer.typed(whole)
                    self._write(f"{typed}\n")
                    return
        raise Lost(f"nobody prepared her for this question:\n{whole}")

    def _write(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def _read(self, is_enough: Callable[[str], bool], *, within_s: float = WITHIN_S) -> str:
        """Until enough has been shown, and nothing follows."""
        end, text, raw = time.monotonic() + within_s, "", b""
        while time.monotonic() < end:
            if not select.select([self._terminal], [], [], _QUIET_S)[0]:
                if is_enough(text):
                    self.seen += text
                    return text
                continue
            try:
                raw += os.read(self._terminal, 65536)
            except OSError as gone:
                raise Lost(f"the terminal closed:\n{text}") from gone
            text = _plain(raw)
        raise Lost(f"nothing came any more after {within_s:.0f} s:\n{text[-3000:]}")


def _plain(raw: bytes) -> str:
    """As it stands on the screen: without colours, and of a line that is written over the last state."""
    text = _CODES.sub("", raw.decode("utf-8", "replace")).replace("\r\n", "\n")
    return "\n".join(line.rpartition("\r")[2] for line in text.split("\n"))
