"""What this machine's own resolver says of a name: asked where the network is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

from monitor.model.outcome import OutcomeKind
from monitor.outbound.failures import outcome_of_error
from monitor.parts.messages.fetching import MAX_FAILURE_CHARS, MAX_NAME_ADDRESSES, NameTold

LOOK_UP_S = 20.0

_Look = Callable[[str], Awaitable[tuple[Sequence[str], str]]]
"""A name's addresses, and what it is an alias of. Raises OSError, UnicodeError."""


async def told_by_system(host: str, look: _Look | None = None) -> NameTold:
    """look: injected by tests."""
    try:
        async with asyncio.timeout(LOOK_UP_S):
            answers, alias = await (look or _by_system)(host)
    except TimeoutError:
        return NameTold(why="its name could not be looked up in time", retry=True)
    except (OSError, UnicodeError, RuntimeError, MemoryError) as error:  # the last two: no room for a thread
        outcome = outcome_of_error(error)
        nobody_asked = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        retry = nobody_asked or outcome.kind in (OutcomeKind.OFFLINE, OutcomeKind.PART)
        return NameTold(why=outcome.message[:MAX_FAILURE_CHARS], retry=retry)
    # Each once and IPv4 first, so that what a flood is cut to is what is of use.
    found = sorted(dict.fromkeys(answers), key=lambda text: ":" in text)[:MAX_NAME_ADDRESSES]
    return NameTold(tuple(one for one in found if len(one) <= 64), alias[:1024])


async def _by_system(host: str) -> tuple[Sequence[str], str]:
    told = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    return [str(sockaddr[0]) for *_, sockaddr in told], next((name for *_, name, _ in told if name), "")
