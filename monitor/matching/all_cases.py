"""One index over the hashes of all cases. Immutable, like what it is made of: a change gives a new one, which shares
all that did not change with the one before; so it is made beside the old one and swapped in.

It stands in segments of a million hashes at most. What is new makes a small one, and small ones are joined as they
grow (a logarithm of times in all); what is gone is only marked, until a quarter of its segment is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.matching.index import MULTI_REACH, FlatHashIndex, HashIndex, MultiHashIndex
from monitor.model.fingerprint import ImageReading
from monitor.model.hash_lot import HashLot, LotKey
from monitor.model.ids import CaseId

SEGMENT = 1 << 20  # hashes: to build one anew takes half a second, and beside the others hardly any memory
_GROWTH = 4  # a segment is joined with what is new once that has a fourth of its size
_FLAT_LIMIT = 4_000  # hashes; within 31 bits the other way is quicker from there on
_MOST_GONE = 0.25
_FLAT_REACH = 10  # bits, where both pictures are flat: the same one, compressed anew


class _Lots(NamedTuple):
    """Some lots' hashes, one after the other. counts: how many each has. What is done with many of them is done by
    NumPy: beside it, whoever asks must have his turn."""

    lots: tuple[LotKey, ...]
    counts: NDArray[np.int64]
    rows: NDArray[np.uint8]
    qualities: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class _Segment:
    """ends: of each lot among the rows. places: where in `lots` each stands. alive: which of them still are."""

    held: _Lots
    ends: NDArray[np.int64]
    places: Mapping[LotKey, int]
    index: HashIndex
    alive: NDArray[np.bool_]

    @property
    def size(self) -> int:
        return len(self.held.rows)

    @property
    def living(self) -> int:
        return int(self.held.counts[self.alive].sum())

    @property
    def share_gone(self) -> float:
        return 1 - self.living / self.size

    def without(self, gone: Collection[LotKey]) -> _Segment:
        dead = [self.places[lot] for lot in gone if lot in self.places]
        if not dead:
            return self
        alive = self.alive.copy()
        alive[dead] = False
        return replace(self, alive=alive)

    def alive_alone(self) -> _Lots:
        if self.alive.all():
            return self.held
        lots, counts, rows, qualities = self.held
        of_alive = np.repeat(self.alive, counts)
        return _Lots(tuple(compress(lots, self.alive)), counts[self.alive], rows[of_alive], qualities[of_alive])


@dataclass(frozen=True, slots=True, eq=False)
class AllHashes:
    segments: tuple[_Segment, ...] = ()

    def __len__(self) -> int:
        return sum(segment.living for segment in self.segments)

    def changed(self, gone: Collection[LotKey], come: Sequence[HashLot]) -> AllHashes:
        """What has come replaces nothing by itself: a lot that changed is among the gone too. Takes up to half a second
        for each million hashes that it builds anew; whoever has many to add adds a million at a time."""
        kept = [left for left in (segment.without(gone) for segment in self.segments) if left.living]
        fresh = [_lots(come)]
        worst = max(kept, key=lambda left: left.share_gone, default=None)
        if (
            worst is not None and worst.share_gone > _MOST_GONE
        ):  # the others' turn comes: all at once would be the whole
            kept.remove(worst)
            fresh.append(worst.alive_alone())
        new = sum(len(some.rows) for some in fresh)
        for segment in sorted(kept, key=lambda known: known.size):
            if not new or segment.size > _GROWTH * new or segment.size + new > SEGMENT:
                continue
            kept.remove(segment)
            fresh.append(segment.alive_alone())
            new += segment.living
        return AllHashes((*kept, *_built(_joined(fresh))))

    def near(
        self, turns: NDArray[np.uint8], qualities: NDArray[np.uint8], *, least_quality: int, but: Collection[CaseId]
    ) -> list[tuple[CaseId, int]]:
        """Each case but `but` that has a photo within 31 bits of one of `turns`, (m, 32), and how near it is: the
        nearest first. qualities: of each. Where both pictures are flatter than `least_quality`, hashes say little: then
        they must lie nearer."""
        best = dict[CaseId, int]()
        for segment in self.segments:
            hits = segment.index.search(turns, MULTI_REACH)
            if not len(hits.entries):
                continue
            lots = np.searchsorted(segment.ends, hits.entries, side="right")
            better = np.maximum(segment.held.qualities[hits.entries], qualities[hits.queries])
            kept = segment.alive[lots] & ((better >= least_quality) | (hits.distances <= _FLAT_REACH))
            for at, distance in zip(lots[kept].tolist(), hits.distances[kept].tolist(), strict=True):
                case = segment.held.lots[at].case
                if case not in but and distance < best.get(case, MULTI_REACH + 1):
                    best[case] = distance
        return sorted(best.items(), key=lambda found: (found[1], found[0]))


def every_turn_of(reading: ImageReading) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Hashes of all its frames and panels in their eight turns, (m, 32), and the quality of each."""
    panels = [window.frame for window in reading.windows if window.frame is not None]
    frames = {frame.joined_turns: frame.pdq_quality for frame in (*reading.frames, *panels) if frame.pdq_turns}
    turns = np.frombuffer(b"".join(frames), dtype=np.uint8).reshape(-1, 32)
    return turns, np.repeat(np.array(list(frames.values()), dtype=np.uint8), len(turns) // max(len(frames), 1))


def _lots(come: Sequence[HashLot]) -> _Lots:
    some = [lot for lot in come if lot.qualities]
    return _Lots(
        tuple(lot.key for lot in some),
        np.array([len(lot.qualities) for lot in some], dtype=np.int64),
        np.frombuffer(b"".join(lot.rows for lot in some), dtype=np.uint8).reshape(-1, 32),
        np.frombuffer(b"".join(lot.qualities for lot in some), dtype=np.uint8),
    )


def _joined(some: Sequence[_Lots]) -> _Lots:
    if len(some) == 1:
        return some[0]
    lots, counts, rows, qualities = zip(*some, strict=True)
    return _Lots(
        tuple(chain.from_iterable(lots)), np.concatenate(counts), np.concatenate(rows), np.concatenate(qualities)
    )


def _built(some: _Lots) -> list[_Segment]:
    """In segments of one size, about."""
    made, ends = list[_Segment](), np.cumsum(some.counts)
    total = len(some.rows)
    parts = max((total + SEGMENT // 2) // SEGMENT, 1)
    cuts = [int(np.searchsorted(ends, total * part // parts, side="right")) for part in range(1, parts)]
    for first, last in pairwise((0, *cuts, len(ends))):
        if first == last:
            continue
        rows = slice(int(ends[first - 1]) if first else 0, int(ends[last - 1]))
        counts = some.counts[first:last]
        held = _Lots(some.lots[first:last], counts, some.rows[rows].copy(), some.qualities[rows].copy())
        made.append(
            _Segment(
                held=held,
                ends=np.cumsum(counts),
                places=dict(zip(held.lots, range(len(held.lots)), strict=True)),
                index=_index_of(held.rows),
                alive=np.ones(len(counts), dtype=bool),
            )
        )
    return made


def _index_of(rows: NDArray[np.uint8]) -> HashIndex:
    return FlatHashIndex(rows) if len(rows) <= _FLAT_LIMIT else MultiHashIndex(rows)
