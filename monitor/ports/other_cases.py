"""Photos of other cases that a picture in hand may show, by their hashes alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from monitor.model.fingerprint import ImageReading
from monitor.model.hash_lot import HashLot, LotKey
from monitor.model.ids import CaseId


class PhotoHashes(Protocol):
    """Kept beside what is enrolled, in the same transactions. Read in the scope of all cases; what is read is that of
    the cases that the scope has."""

    def stamps(self) -> Mapping[int, tuple[int, int]]:
        """Of each bucket, of 256 at most, into which lots are dealt out: another after any change in it. Costs as many
        rows, whatever is kept."""
        ...

    def revisions(self, buckets: Iterable[int]) -> Mapping[int, Mapping[LotKey, int]]:
        """Of what is in them, by bucket."""
        ...

    def lots(self, keys: Iterable[LotKey]) -> Sequence[HashLot]:
        """Those of them that are still there."""
        ...

    async def listen(self, heard: Callable[[], None]) -> None:
        """Until it is cancelled, where others can tell of a change; else this returns at once. What is not heard is
        found by the stamp."""
        ...


class NearCase(NamedTuple):
    """distance: bits, of the nearest photo of the case."""

    case: CaseId
    distance: int


class OtherCases(Protocol):
    async def near(self, reading: ImageReading, *, beside: Collection[CaseId]) -> Sequence[NearCase]:
        """Cases but `beside` with a photo within 31 bits of the picture, one of its frames or panels, in any of the
        eight turns: the nearest first, each once. What was enrolled in the last seconds may not be in it yet. Who these
        are is for the program alone: no case is told of another."""
        ...
