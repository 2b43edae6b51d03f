"""Is a candidate a drawing that a filter made of an enrolled photo? Core side: NumPy only.

Outlines say less than greys do: what they find is `possible`, and asked only where nothing else was found.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.matching.pdq import BITS

NEAR_OUTLINES = 64  # bits of 256; the nearest of strangers' drawings lay at 96 (bench/README.md)
_ROW = BITS // 8


class OutlineIndex:
    """outlines: of each photo its PDQs, or none (enrolled by an earlier release, or from a list)."""

    def __init__(self, outlines: Sequence[Sequence[bytes]]) -> None:
        rows = [item for photo in outlines for item in photo]
        self._rows = np.frombuffer(b"".join(rows), dtype=np.uint64).reshape(len(rows), _ROW // 8)
        self._photos = np.repeat(np.arange(len(outlines)), [len(photo) for photo in outlines])

    def nearest(self, turns: Sequence[bytes]) -> tuple[int, int, int] | None:
        """(photo, turn, bits apart) of the nearest that is near; as drawn on black or on white: a negative's hash has
        the other bits."""
        if not len(self._rows):
            return None
        asked: NDArray[np.uint64] = np.frombuffer(b"".join(turns), dtype=np.uint64).reshape(-1, 1, _ROW // 8)
        apart = np.bitwise_count(asked ^ self._rows).sum(axis=2, dtype=np.int64)
        apart = np.minimum(apart, BITS - apart)
        turn, row = divmod(int(apart.argmin()), len(self._rows))
        bits = int(apart[turn, row])
        return (int(self._photos[row]), turn, bits) if bits <= NEAR_OUTLINES else None
