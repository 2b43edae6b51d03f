"""What the child that runs Apprise says and hears: see `monitor.parts.messages.own`.

Before a message is handed over, the core is asked: it writes that down first. So whatever kills any of them, the next
sender knows who has it, who may have it, and who does not.
"""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

from monitor.model.alert import Answer
from monitor.parts.frames import BadMessage
from monitor.parts.messages import own

Reply = TypeVar("Reply", own.WantedOnes, own.HadIt, own.MayHand)


class ChannelFailed(Exception):
    """Why a channel did not take it, in words that hold no secret."""


class LogInRefused(ChannelFailed):
    """The server is the right one; user name or password are not."""


class Parent:
    """Whoever started this child, and through it the core."""

    def __init__(self, heard: BinaryIO, said: BinaryIO) -> None:
        self._heard, self._said = heard, said
        self.let_in = False  # a server of this talk did, whatever it said to the message

    def next_job(self) -> own.SendJob | None:
        """None: there are no more."""
        content = self._hear(own.MOST_JOB_BYTES)
        return None if content is None else own.JOB.unpack(content)

    def wanted(self, targets: Sequence[str], labels: Sequence[str]) -> list[bool]:
        return self._ask(own.AskWanted(list(targets), list(labels)), own.WantedOnes).wanted

    def may_hand_over(self, target: str, label: str) -> bool:
        return self._ask(own.AskHand(target, label), own.MayHand).go

    def has_it(self, target: str) -> bool:
        return self._ask(own.AskHas(target), own.HadIt).has

    def answer(self, target: str, label: str, answer: Answer, said: str = "") -> None:
        self._say(own.NoteAnswer(target, label, answer, words(said)))

    def end(self, said: str, *, login_refused: bool) -> None:
        self._say(own.TalkEnded(words(said), login_refused, self.let_in))

    def _ask(self, question: own.OfSender, kind: type[Reply]) -> Reply:
        self._say(question)
        content = self._hear(own.MOST_SAID_BYTES)
        reply = own.TO_SENDER.unpack(content) if content is not None else None
        if not isinstance(reply, kind):
            raise BadMessage("another answer, or none")
        return reply

    def _say(self, message: own.OfSender) -> None:
        self._said.write(own.child_frame(message))
        self._said.flush()

    def _hear(self, most: int) -> bytes | None:
        head = self._heard.read(own.HEAD_BYTES)
        if len(head) < own.HEAD_BYTES:
            return None
        length = own.frame_length(head, most)
        content = self._heard.read(length)
        return content if len(content) == length else None


def words(said: str) -> str:
    """As much of it as may be said."""
    return said[: own.MOST_SAID_CHARS]


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
