"""The index over the photos of all cases, kept up with what is enrolled: looked after when it is asked, a few seconds
after it was looked after last, and at once where somebody rings.

What is new is read and built in beside what is asked meanwhile, and swapped in. Only who has not asked for a while (the
index may have missed much) waits until it is up to date.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import Context
from typing import NamedTuple

from monitor.acting import acting_for_all
from monitor.clock import monotonic
from monitor.errors import NewerStore, StoreAway, StoreBusy, StoreError
from monitor.measures import Measure, note_measure
from monitor.memory import large_apart
from monitor.model.fingerprint import ImageReading
from monitor.model.hash_lot import HashLot, LotKey
from monitor.model.ids import CaseId
from monitor.model.settings import MatchSettings
from monitor.ports.other_cases import NearCase, PhotoHashes

log = logging.getLogger(__name__)

LOOKED_AFTER_S = 5.0
AWAY_S = 30.0  # nobody asked for so long: what is asked then waits for what was enrolled meanwhile
_PAGE = 500  # lots that are read in one go, about; between two of these others have their turn
_BESIDE_THE_LOOP = 1 << 22  # turns times hashes: more than a few milliseconds, and the loop is not kept for them

_DAMAGED = {"action": "index_lacks_a_case"}


class IndexStanding(NamedTuple):
    """photos: their hashes, so many, with all versions. stamp: of what it was built from, '' while it is not there yet.
    looked_after_s: how long ago."""

    photos: int
    stamp: str
    looked_after_s: float | None


class _Read(NamedTuple):
    """held: by bucket, as it is with what was read."""

    gone: set[LotKey]
    lots: Sequence[HashLot]
    held: Mapping[int, Mapping[LotKey, int]]


class IndexOverCases:
    """`monitor.ports.other_cases.OtherCases`."""

    def __init__(
        self, hashes: PhotoHashes, settings: MatchSettings, monotonic: Callable[[], float] = monotonic
    ) -> None:
        from monitor.matching.all_cases import AllHashes  # loads NumPy

        self._hashes, self._settings, self._monotonic = hashes, settings, monotonic
        self._index = AllHashes()
        self._size = 0
        self._held: dict[int, Mapping[LotKey, int]] = {}  # by bucket, as the stamps
        self._cases = Counter[CaseId]()  # how many lots of each
        self._stamps: Mapping[int, tuple[int, int]] = {}
        self._looked: float | None = None
        self._one_at_a_time = asyncio.Lock()
        self._beside: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._again = False  # something changed since the look that is under way began

    async def near(self, reading: ImageReading, *, beside: Collection[CaseId]) -> Sequence[NearCase]:
        from monitor.matching.all_cases import every_turn_of

        await self._look_after()
        if len(self._cases) <= len(beside) and all(case in beside for case in self._cases):
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
        stamp = "" if self._looked is None else f"{self._revision():012x}"
        ago = None if self._looked is None else self._monotonic() - self._looked
        return IndexStanding(self._size, stamp, ago)

    def _revision(self) -> int:
        """The same wherever the same is held; of so many bits as any number keeps that it is told as."""
        return sum(revisions for _, revisions in self._stamps.values()) % (1 << 48)

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
                stamps = self._hashes.stamps()
            changed = [bucket for bucket in {*stamps, *self._stamps} if stamps.get(bucket) != self._stamps.get(bucket)]
            if changed:
                lots = sum(count for count, _ in stamps.values())
                await self._follow(changed, max(1, _PAGE * len(stamps) // max(lots, 1)))
            self._stamps, self._looked = stamps, began
            note_measure(Measure.INDEX_REVISION, self._revision())

    async def _follow(self, buckets: Sequence[int], at_once: int) -> None:
        """What is new is built in as many at a time as a segment takes: so it is built once."""
        from monitor.matching.all_cases import SEGMENT

        large_apart()
        index, gone, lots, photos = self._index, set[LotKey](), list[HashLot](), 0
        held, cases = dict(self._held), Counter[CaseId]()
        for start in range(0, len(buckets), at_once):
            read = self._read(buckets[start : start + at_once])
            gone |= read.gone
            lots += read.lots
            photos += sum(len(lot.qualities) for lot in read.lots)
            held |= read.held
            cases.update(lot.key.case for lot in read.lots)
            cases.subtract(key.case for key in read.gone)
            if photos >= SEGMENT:
                index = await asyncio.to_thread(index.changed, gone, lots)
                gone, lots, photos = set(), [], 0
            await asyncio.sleep(0)
        if gone or lots:
            index = await asyncio.to_thread(index.changed, gone, lots)
        self._index, self._held, self._size = index, held, len(index)
        for case, more in cases.items():
            self._cases[case] += more
            if not self._cases[case]:
                del self._cases[case]
        note_measure(Measure.INDEX_HASHES, self._size)

    def _read(self, buckets: Sequence[int]) -> _Read:
        """What is not as it is held."""
        with acting_for_all():
            found = self._hashes.revisions(buckets)
            before = {bucket: self._held.get(bucket, {}) for bucket in buckets}
            gone = {
                key
                for bucket, known in before.items()
                for key, revision in known.items()
                if found.get(bucket, {}).get(key) != revision
            }
            come = [
                key
                for bucket, known in found.items()
                for key, revision in known.items()
                if before[bucket].get(key) != revision
            ]
            lots = self._readable(come)
        read = {lot.key: lot.revision for lot in lots}
        held = dict[int, Mapping[LotKey, int]]()
        for bucket, known in before.items():
            stays = {key: revision for key, revision in known.items() if key not in gone}
            held[bucket] = stays | {key: read[key] for key in found.get(bucket, {}) if key in read}
        return _Read(gone, lots, held)

    def _readable(self, keys: Sequence[LotKey]) -> Sequence[HashLot]:
        """One that is damaged is its case's trouble, and no other's: who works for that case is told by her matcher."""
        try:
            return self._hashes.lots(keys)
        except (StoreAway, StoreBusy, NewerStore):
            raise
        except StoreError:
            if len(keys) == 1:
                log.warning("hashes of a case cannot be read: its photos are missing here", extra=_DAMAGED)
                return []
        half = len(keys) // 2
        return [*self._readable(keys[:half]), *self._readable(keys[half:])]
