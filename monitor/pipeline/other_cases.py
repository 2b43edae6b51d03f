"""The index over the photos of all cases, kept up with what is enrolled: looked after when it is asked, a few seconds
after it was looked after last, and at once where somebody rings.

What is new is read and built in beside what is asked meanwhile, and swapped in. Only who has not asked for a while (the
index may have missed much) waits until it is up to date.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextvars import Context
from typing import NamedTuple

from monitor.acting import acting_for_all
from monitor.clock import monotonic
from monitor.errors import StoreError
from monitor.model.fingerprint import ImageReading
from monitor.model.hash_lot import HashLot, LotKey
from monitor.model.ids import CaseId
from monitor.model.settings import MatchSettings
from monitor.ports.other_cases import NearCase, PhotoHashes

log = logging.getLogger(__name__)

LOOKED_AFTER_S = 5.0
AWAY_S = 30.0  # nobody asked for so long: what is asked then waits for what was enrolled meanwhile
_PAGE = 500  # lots read in one go, between which others have their turn
_BESIDE_THE_LOOP = 1 << 22  # turns times hashes: more than a few milliseconds, and the loop is not kept for them


class IndexStanding(NamedTuple):
    """photos: their hashes, so many, with all versions. stamp: of what it was built from, '' while it is not there yet.
    looked_after_s: how long ago."""

    photos: int
    stamp: str
    looked_after_s: float | None


class IndexOverCases:
    """`monitor.ports.other_cases.OtherCases`."""

    def __init__(
        self, hashes: PhotoHashes, settings: MatchSettings, monotonic: Callable[[], float] = monotonic
    ) -> None:
        from monitor.matching.all_cases import AllHashes  # loads NumPy

        self._hashes, self._settings, self._monotonic = hashes, settings, monotonic
        self._index = AllHashes()
        self._size = 0
        self._held: dict[LotKey, int] = {}
        self._cases = frozenset[CaseId]()
        self._stamp: tuple[int, int] | None = None
        self._looked: float | None = None
        self._one_at_a_time = asyncio.Lock()
        self._beside: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._again = False  # something changed since the look that is under way began

    async def near(self, reading: ImageReading, *, beside: Collection[CaseId]) -> Sequence[NearCase]:
        from monitor.matching.all_cases import every_turn_of

        await self._look_after()
        if self._cases <= frozenset(beside):
            return []
        turns, qualities = every_turn_of(reading)

        def asked() -> list[NearCase]:
            least, index = self._settings.min_quality, self._index
            return [NearCase(*found) for found in index.near(turns, qualities, least_quality=least, but=beside)]

        is_quick = len(turns) * self._size <= _BESIDE_THE_LOOP
        return asked() if is_quick else await asyncio.to_thread(asked)

    def rung(self) -> None:
        """Something was enrolled, or taken out: somewhere. What nobody has asked yet is read when somebody does."""
        if self._looked is not None:
            self._begin()

    def standing(self) -> IndexStanding:
        stamp = "" if self._stamp is None else f"{self._stamp[0]}-{self._stamp[1]:x}"
        ago = None if self._looked is None else self._monotonic() - self._looked
        return IndexStanding(self._size, stamp, ago)

    async def aclose(self) -> None:
        under_way = [task for task in (self._listening, self._beside) if task is not None]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _look_after(self) -> None:
        ago = None if self._looked is None else self._monotonic() - self._looked
        if ago is None or ago > AWAY_S:
            await self._refresh()
            if self._listening is None:
                self._listening = asyncio.create_task(self._hashes.listen(self.rung), context=Context())
        elif ago > LOOKED_AFTER_S:
            self._begin()

    def _begin(self) -> None:
        self._again = True
        if self._beside is None or self._beside.done():  # for nobody's case, and under nobody's lease
            self._beside = asyncio.create_task(self._refresh_beside(), context=Context())

    async def _refresh_beside(self) -> None:
        while self._again:
            self._again = False
            try:
                await self._refresh()
            except StoreError as error:
                self._looked = self._monotonic()  # and again in a few seconds; until then by what is there
                log.warning("the index over all cases is behind", extra={"action": "index_behind", "why": str(error)})

    async def _refresh(self) -> None:
        async with self._one_at_a_time:
            began = self._monotonic()
            with acting_for_all():
                stamp = self._hashes.stamp()
                revisions = self._hashes.revisions() if stamp != self._stamp else None
            if revisions is not None:
                await self._follow(revisions)
            self._stamp, self._looked = stamp, began

    async def _follow(self, revisions: Mapping[LotKey, int]) -> None:
        gone = {key for key, revision in self._held.items() if revisions.get(key) != revision}
        come = [key for key, revision in revisions.items() if self._held.get(key) != revision]
        index, held = self._index, {key: revision for key, revision in self._held.items() if key not in gone}
        async for lots in self._read(come):
            index = await asyncio.to_thread(index.changed, gone, lots)
            gone = set()
            held |= {lot.key: lot.revision for lot in lots}
        if gone:
            index = await asyncio.to_thread(index.changed, gone, ())
        self._index, self._held, self._size = index, held, len(index)
        self._cases = frozenset(key.case for key in held)

    async def _read(self, keys: Sequence[LotKey]) -> AsyncIterator[list[HashLot]]:
        """As many at once as a segment takes: so it is built once."""
        from monitor.matching.all_cases import SEGMENT

        lots, photos = list[HashLot](), 0
        for page in _pages(keys):
            with acting_for_all():
                read = self._hashes.lots(page)
            lots += read
            photos += sum(len(lot.qualities) for lot in read)
            if photos >= SEGMENT:
                yield lots
                lots, photos = [], 0
            await asyncio.sleep(0)
        if lots:
            yield lots


def _pages(keys: Sequence[LotKey]) -> Iterator[Sequence[LotKey]]:
    for start in range(0, len(keys), _PAGE):
        yield keys[start : start + _PAGE]
