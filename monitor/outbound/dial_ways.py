"""Where the lines lead by which a browser dials: to the part that uses the network, or to this process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_network
from typing import Protocol

from monitor.errors import PartLost
from monitor.outbound.guard import AddressRules
from monitor.parts.link import Link
from monitor.parts.messages.browsing import LetDial, LineOver
from monitor.parts.talk import Talk, TalkOver

LINE_ENDS_WITHIN_S = 5.0
"""A load that is over has closed its end by then."""


class OpenLine:
    """lost: the part that dials by it was lost meanwhile. is_bad: the other end said what no browser of ours says;
    known when it was left."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self.lost: PartLost | None = None
        self.is_bad = False

    def take(self) -> int:
        """The end for whoever is to dial: a descriptor, which is now the caller's."""
        return self._end.detach()

    def close(self) -> None:
        self._end.close()


class DialWays(Protocol):
    def line(self, terms: LetDial) -> AbstractAsyncContextManager[OpenLine]:
        """It may be dialled by until the block is left. Raises PartLost."""
        ...


def line_terms(rules: AddressRules, proxy: str, *, max_bytes: int, max_dials: int, identity: str) -> LetDial:
    return LetDial(
        ports=tuple(sorted(rules.ports)),
        networks=tuple(map(str, rules.networks)),
        proxy=proxy,
        max_bytes=max_bytes,
        max_dials=max_dials,
        identity=identity,
    )


def rules_of(terms: LetDial) -> AddressRules:
    """Raises ValueError."""
    return AddressRules(tuple(ip_network(network) for network in terms.networks), set(terms.ports))


class LinkDialWays:
    """link: to the part that uses the network."""

    def __init__(self, link: Link) -> None:
        self._link = link

    @asynccontextmanager
    async def line(self, terms: LetDial) -> AsyncIterator[OpenLine]:
        browser, fetcher = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line = OpenLine(browser)
        try:
            async with self._link.talk(terms, fds=(fetcher.detach(),), heard=LineOver) as talk:
                over = asyncio.ensure_future(_over(talk, line))
                try:
                    yield line
                    line.close()
                    await asyncio.wait((over,), timeout=LINE_ENDS_WITHIN_S)
                finally:
                    over.cancel()
                    await asyncio.gather(over, return_exceptions=True)
        finally:
            line.close()


async def _over(talk: Talk[LineOver], line: OpenLine) -> None:
    try:
        line.is_bad = (await talk.hear()).message.is_bad
    except PartLost as lost:
        line.lost = lost
    except TalkOver:
        pass
