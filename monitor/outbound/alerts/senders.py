"""Where Apprise runs, as who has an alert to send sees it: in children of this process (`pool`), or of another part of
the program, which may open connections (`own_link`)."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from monitor.parts.messages import own


class SenderLost(Exception):
    """It ended, or said what none of ours says. Its text is why, in a word or two, without secrets. is_its_own: it was
    the sender itself that fell, and not what leads to it."""

    def __init__(self, why: str, *, is_its_own: bool = True) -> None:
        super().__init__(why)
        self.is_its_own = is_its_own


class SenderTalk(Protocol):
    async def hear(self) -> own.OfSender:
        """What it asks or notes next. Raises SenderLost."""
        ...

    async def say(self, reply: own.ToSender) -> None:
        """To what it asked last. Raises SenderLost."""
        ...


class Senders(Protocol):
    def talk(self, job: own.SendJob) -> AbstractAsyncContextManager[SenderTalk]:
        """One alert through one channel, up to `TalkEnded`. A sender whose talk is left before that is ended: it waits
        for no answer, and hands nothing over. Raises SenderLost."""
        ...

    async def aclose(self) -> None:
        """Ends what goes on. May be called twice."""
        ...
