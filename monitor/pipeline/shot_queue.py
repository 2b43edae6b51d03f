"""What waits in memory to be drawn: one after the other, since a browser takes the memory of all else."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from monitor.acting import acting_for
from monitor.model.ids import CaptureId, ContentDigest
from monitor.pipeline.sealable_page import SealablePage
from monitor.ports import Screenshots

log = logging.getLogger(__name__)

MOST_WAITING_BYTES = 64 * 2**20  # of pages, pictures and style sheets


class Drawing(Protocol):
    """What is to be drawn of one find."""

    @property
    def case(self) -> str: ...
    @property
    def capture(self) -> CaptureId: ...
    def bodies(self) -> Iterable[bytes]:
        """That are kept in memory for it; what several have in common is the same object."""
        ...

    async def make(self, queue: ShotQueue) -> None: ...
    def has_no_room(self) -> None: ...


class ShotQueue:
    """In one event loop. last: of the page that was drawn last, as it is sealed, by the digest that it came with."""

    def __init__(self, screenshots: Callable[[], Screenshots]) -> None:
        """screenshots: asked for with the first that is to be made."""
        self.screenshots = screenshots
        self.last: tuple[ContentDigest, SealablePage] | None = None
        self._waiting: deque[Drawing] = deque()
        self._working: asyncio.Task[None] | None = None

    def add(self, wanted: Drawing) -> None:
        if _held([*self._waiting, wanted]) > MOST_WAITING_BYTES:
            wanted.has_no_room()
            return
        self._waiting.append(wanted)
        if self._working is None or self._working.done():
            # It outlives the pass that begins it: neither its cases nor its claim are those of the next drawing.
            self._working = asyncio.get_running_loop().create_task(self._work(), context=contextvars.Context())

    @property
    def left(self) -> int:
        """How many are not made yet."""
        return len(self._waiting)

    def waits_for(self, capture: CaptureId) -> int:
        """How many, the one under way among them."""
        return sum(one.capture == capture for one in self._waiting)

    async def settle(self, seconds: float) -> int:
        """Until none is left, and no longer than so many seconds. Returns how many are left."""
        if self._working is not None and not self._working.done():
            await asyncio.wait([self._working], timeout=seconds)
        return self.left

    async def aclose(self) -> None:
        """What is left is not made."""
        self._waiting.clear()
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)

    async def _work(self) -> None:
        while self._waiting:
            wanted = self._waiting[0]
            try:
                with acting_for(wanted.case):
                    await wanted.make(self)
            except Exception as error:  # a find stands without its screenshot
                log.error("no screenshot", exc_info=error, extra={"action": "no_screenshot"})
            finally:
                if self._waiting and self._waiting[0] is wanted:
                    self._waiting.popleft()
        self.last = None


def _held(waiting: Iterable[Drawing]) -> int:
    held = {id(body): len(body) for one in waiting for body in one.bodies()}
    return sum(held.values())
