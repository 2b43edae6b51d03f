"""The part that uses the network: what it answers, and how it begins. It has no key, no store and no `data_dir`."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from monitor import memory
from monitor.outbound.dial_line import answer_dial_lines
from monitor.outbound.hop_serving import answer_hops
from monitor.outbound.own_serving import answer_own
from monitor.parts.confine.attempts import fetcher_attempts
from monitor.parts.confine.fetcher import confine_fetcher
from monitor.parts.messages.fetching import FetcherSetup
from monitor.parts.serving import Handlers, run_part
from monitor.parts.starting import ProgramPart
from monitor.parts.trying import answer_tries


def main(pipe: socket.socket) -> None:
    """pipe: to who asked for it, and the end of this process when it closes."""
    memory.few_arenas()
    memory.look_seldom()
    run_part(pipe, ProgramPart.FETCHER, FetcherSetup, opened_fetcher, layers=confine_fetcher())


@asynccontextmanager
async def opened_fetcher(setup: FetcherSetup) -> AsyncIterator[Handlers]:
    """Each subject brings what it answers (`answer_X(handlers, closing)`), and closes it with the stack."""
    async with AsyncExitStack() as closing:
        handlers = Handlers()
        answer_hops(handlers, closing)
        answer_dial_lines(handlers, closing)
        answer_tries(handlers, fetcher_attempts)
        answer_own(handlers, closing)
        yield handlers
