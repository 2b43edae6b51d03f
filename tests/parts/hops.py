"""The fetcher's side of a hop behind a real socket, as a task of this process."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from monitor.outbound.guard import Resolve
from monitor.outbound.hop import LocalWire
from monitor.outbound.hop_serving import answer_hops
from monitor.outbound.link_wire import LinkWire
from monitor.parts.link import Link
from monitor.parts.messages.fetching import FetcherSetup
from monitor.parts.serving import Handlers, serve_part
from monitor.parts.starting import ProgramPart
from tests.parts.in_loop import Begins, PartsInLoop


def fetching(wire: LocalWire) -> Begins:
    @asynccontextmanager
    async def opened(setup: FetcherSetup) -> AsyncIterator[Handlers]:
        async with AsyncExitStack() as closing:
            handlers = Handlers()
            answer_hops(handlers, closing, wire)
            yield handlers

    return lambda pipe: serve_part(pipe, ProgramPart.FETCHER, FetcherSetup, opened)


@asynccontextmanager
async def wire_apart(
    *, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[LinkWire, PartsInLoop]]:
    parts = PartsInLoop(lambda pipe: fetching(LocalWire(resolve=resolve, tls=tls))(pipe))
    link = Link(parts, ProgramPart.FETCHER, FetcherSetup)
    try:
        yield LinkWire(link), parts
    finally:
        await link.aclose()
        await parts.aclose()
