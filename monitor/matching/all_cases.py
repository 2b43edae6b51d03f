"""One index over the hashes of all cases. Immutable, like what it is made of: a change gives a new one, which shares
all that did not change with the one before; so it is made beside the old one and swapped in.

It stands in segments of a million hashes at most. What is new makes a small one, and small ones are joined as they
grow (a logarithm of times in all); what is gone is only marked, until a quarter of its segment is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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


class _Piece(NamedTuple):
    """A lot's hashes, in arrays."""

    case: CaseId
    number: int
    rows: NDArray[np.uint8]
    qualities: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class _Segment:
    """rows[ends[i - 1] : ends[i]] are those of lot i. places: which i a lot has. alive: by lot."""

    lots: tuple[LotKey, ...]
    places: Mapping[LotKey, int]
    ends: NDArray[np.int64]
    rows: NDArray[np.uint8]
    qualities: NDArray[np.uint8]
    index: HashIndex
    alive: NDArray[np.bool_]

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def living(self) -> int:
        return int(np.diff(self.ends, prepend=0)[self.alive].sum())

    def without(self, gone: Collection[LotKey]) -> _Segment:
        dead = [self.places[lot] for lot in gone if lot in self.places]
        if not dead:
            return self
        alive = self.alive.copy()
        alive[dead] = False
        return replace(self, alive=alive)

    def pieces(self) -> Iterable[_Piece]:
        starts = np.concatenate(([0], self.ends[:-1]))
        for at in np.flatnonzero(self.alive).tolist():
            part = slice(int(starts[at]), int(self.ends[at]))
            yield _Piece(*self.lots[at], self.rows[part], self.qualities[part])


@dataclass(frozen=True, slots=True, eq=False)
class AllHashes:
    segments: tuple[_Segment, ...] = ()

    def __len__(self) -> int:
        return sum(segment.living for segment in self.segments)

    def changed(self, gone: Collection[LotKey], come: Sequence[HashLot]) -> AllHashes:
        """What has come replaces nothing by itself: a lot that changed is among the gone too. Takes up to half a second
        for each million hashes that it builds anew; whoever has many to add adds a million at a time."""
        kept, fresh = list[_Segment](), [_piece(lot) for lot in come]
        for segment in self.segments:
            left = segment.without(gone) if gone else segment
            living = left.living
            if left.size - living > _MOST_GONE * left.size:
                fresh += left.pieces()
            elif living:
                kept.append(left)
        new = sum(len(piece.rows) for piece in fresh)
        for segment in sorted(kept, key=lambda known: known.size):
            if not new or segment.size > _GROWTH * new or segment.size + new > SEGMENT:
                continue
            kept.remove(segment)
            fresh += segment.pieces()
            new += segment.living
        return AllHashes((*kept, *_built(fresh)))

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
            better = np.maximum(segment.qualities[hits.entries], qualities[hits.queries])
            kept = segment.alive[lots] & ((better >= least_quality) | (hits.distances <= _FLAT_REACH))
            for at, distance in zip(lots[kept].tolist(), hits.distances[kept].tolist(), strict=True):
                case = segment.lots[at].case
                if case not in but and distance < best.get(case, MULTI_REACH + 1):
                    best[case] = distance
        return sorted(best.items(), key=lambda found: (found[1], found[0]))


def every_turn_of(reading: ImageReading) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Hashes of all its frames and panels in their eight turns, (m, 32), and the quality of each."""
    panels = [window.frame for window in reading.windows if window.frame is not None]
    frames = {frame.joined_turns: frame.pdq_quality for frame in (*reading.frames, *panels) if frame.pdq_turns}
    turns = np.frombuffer(b"".join(frames), dtype=np.uint8).reshape(-1, 32)
    return turns, np.repeat(np.array(list(frames.values()), dtype=np.uint8), len(turns) // max(len(frames), 1))


def _piece(lot: HashLot) -> _Piece:
    rows = np.frombuffer(lot.rows, dtype=np.uint8).reshape(-1, 32)
    return _Piece(*lot.key, rows, np.frombuffer(lot.qualities, dtype=np.uint8))


def _built(pieces: Sequence[_Piece]) -> list[_Segment]:
    ends = np.cumsum([len(piece.rows) for piece in pieces], dtype=np.int64)
    if not len(ends) or not ends[-1]:
        return []
    cuts = np.searchsorted(ends, np.arange(SEGMENT, int(ends[-1]), SEGMENT))
    made = list[_Segment]()
    for start, stop in zip([0, *cuts.tolist()], [*cuts.tolist(), len(pieces)], strict=True):
        part = [piece for piece in pieces[start:stop] if len(piece.rows)]
        if not part:
            continue
        rows = np.concatenate([piece.rows for piece in part])
        lots = tuple(LotKey(piece.case, piece.number) for piece in part)
        made.append(
            _Segment(
                lots=lots,
                places={lot: at for at, lot in enumerate(lots)},
                ends=np.cumsum([len(piece.rows) for piece in part], dtype=np.int64),
                rows=rows,
                qualities=np.concatenate([piece.qualities for piece in part]),
                index=FlatHashIndex(rows) if len(rows) <= _FLAT_LIMIT else MultiHashIndex(rows),
                alive=np.ones(len(part), dtype=bool),
            )
        )
    return made
