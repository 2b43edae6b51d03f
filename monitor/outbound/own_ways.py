"""The ways out to what the owner wrote, and nothing that a site named: alert channels, time-stamp authorities, the
address that is told that all is well; and the one door, on this machine's own address, for a Prometheus of the owner's.

Whoever has them opens no connection: `own_local` does in this process, the fetcher part for one that may not
(`own_link`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from monitor.outbound.alerts.senders import Senders
from monitor.parts.messages.own import OwnReply, OwnRequest

REDIRECTS = frozenset({301, 302, 303, 307, 308})


class CountsDoor(Protocol):
    async def open(self, port: int, counts: Callable[[], str]) -> int:
        """The port, by now listened on. counts: the text, asked for each time; '' where there is none now. Raises
        OSError where another program has the port."""
        ...

    async def aclose(self) -> None:
        """Nobody listens any more when it returns. May be called twice."""
        ...


class OwnWays(Protocol):
    @property
    def senders(self) -> Senders: ...

    async def ask(self, request: OwnRequest, body: bytes = b"") -> tuple[OwnReply, bytes]:
        """One request, dialled as it is written, by its proxy where it names one, and led nowhere else. Never
        raises."""
        ...

    def door(self) -> CountsDoor: ...
    async def aclose(self) -> None:
        """May be called twice."""
        ...
