"""What the sending child and its parent say to each other, on the child's side.

Before a message is handed over, the parent is asked: it writes that down first. So whatever kills either of them, the
next sender knows who has it, who may have it, and who does not.
"""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from monitor.model.alert import Answer


class ChannelFailed(Exception):
    """Why a channel did not take it, in words that hold no secret."""


class LogInRefused(ChannelFailed):
    """The server is the right one; user name or password are not."""


class Parent:
    """One line of JSON each way. A target is a digest, a label its place in the URL: neither tells an address."""

    def __init__(self, lines: TextIO, replies: TextIO) -> None:
        self._lines, self._replies = lines, replies
        self.let_in = False  # a server of this talk did, whatever it said to the message

    def wanted(self, targets: Sequence[str]) -> list[bool]:
        return list(self._ask({"ask": "wanted", "targets": list(targets)})["wanted"])

    def may_hand_over(self, target: str, label: str) -> bool:
        return bool(self._ask({"ask": "hand", "target": target, "label": label})["go"])

    def has_it(self, target: str) -> bool:
        return bool(self._ask({"ask": "has", "target": target})["has"])

    def answer(self, target: str, label: str, answer: Answer, said: str = "") -> None:
        self.tell({"tell": "answer", "target": target, "label": label, "answer": answer, "said": said})

    def tell(self, line: dict[str, Any]) -> None:
        self._replies.write(json.dumps(line) + "\n")
        self._replies.flush()

    def _ask(self, line: dict[str, Any]) -> dict[str, Any]:
        self.tell(line)
        answer: dict[str, Any] = json.loads(self._lines.readline())
        return answer


def target_of(*what: str) -> str:
    return hashlib.sha256("\0".join(what).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in the block when it takes longer, however slowly bytes come. Main thread only."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def ring(*_: object) -> None:
    """The handler of SIGALRM."""
    raise TimeoutError("the channel took too long")
