"""A browser of its own whose lines lead to this process: for tests, and for who embeds one without the other."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor.outbound.dial_line import serve_terms
from monitor.outbound.dial_ways import LINE_ENDS_WITHIN_S, OpenLine
from monitor.outbound.guard import Resolve
from monitor.parts.messages.browsing import LetDial


class LocalDialWays:
    """`DialWays`."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve

    @asynccontextmanager
    async def line(self, terms: LetDial) -> AsyncIterator[OpenLine]:
        browser, fetcher = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line = OpenLine(browser)
        serving = asyncio.ensure_future(serve_terms(terms, fetcher, self._resolve))
        try:
            yield line
            line.close()
            await asyncio.wait((serving,), timeout=LINE_ENDS_WITHIN_S)
            line.is_bad = serving.done() and serving.result().is_bad
        finally:
            line.close()
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
