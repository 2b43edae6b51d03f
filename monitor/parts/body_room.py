"""How much all parts together may bring into this process at once: each answer fits, and several at once do not add up.

Whoever is in a site's hands sends as much as its question allows. So who asks for much takes room for all of it first,
and waits where others have it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

MAX_BODIES_AT_ONCE = 286 * 1024 * 1024
"""Just below the 300 MB by which this process may grow; two page loads and a screenshot have room beside each other."""


class BodyRoom:
    def __init__(self, most: int = MAX_BODIES_AT_ONCE) -> None:
        self._most = self._left = most
        self._waiting = deque[tuple[int, asyncio.Future[None]]]()

    @asynccontextmanager
    async def taken(self, wanted: int) -> AsyncIterator[None]:
        """In the order in which it is asked for. What is larger than all of it (the owner's settings allow it) has it
        alone."""
        size = min(wanted, self._most)
        if self._waiting or size > self._left:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((size, turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._left += size  # it was given at that very moment
                self._give()
                raise
        else:
            self._left -= size
        try:
            yield
        finally:
            self._left += size
            self._give()

    def _give(self) -> None:
        while self._waiting:
            size, turn = self._waiting[0]
            if not turn.done():
                if size > self._left:
                    return
                self._left -= size
                turn.set_result(None)
            self._waiting.popleft()


def body_room() -> BodyRoom:
    """That of all links of the running loop."""
    loop = asyncio.get_running_loop()
    return _ROOMS.setdefault(loop, BodyRoom())


_ROOMS: WeakKeyDictionary[asyncio.AbstractEventLoop, BodyRoom] = WeakKeyDictionary()
