"""One index over the photos of all cases: how long a candidate takes in all eight turns, against how many.

    python -m bench.many_hashes [--upto 7] [--photos FOLDER] [--swap] [--json FILE]

CPU milliseconds of one thread, best of three rounds of medians, over the ways of comparing beside each other:

    flat     every hash
    plain    multi-index hashing, all that its tables name looked up in the hashes (this program's until issue 19)
    index    the program's: `matching.index` up to one segment
    all      the program's over all cases, in segments: `matching.all_cases`

Sets: random bits; and hashes of real pictures: cuts of photographs (a tenth to all of one, any shape between 2:3 and
3:2, turned in one of eight ways) by PDQ itself, of one half of the photographs. What is asked: strangers, which are
such cuts of the other half, and copies: photos of the set recompressed or scaled down. `--swap`: the table of lots
changes under 100 look-ups a second.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from monitor.matching.reading import pdq_hash

Rows = NDArray[np.uint8]
_SIDE = 64  # of PDQ's own samples
_LOT = 2_000
_LEVELS = (1, 2, 4, 8, 16)


class Cuts:
    """Hashes of random cuts of photographs, thousands a second: PDQ from its 64 x 64 samples on."""

    def __init__(self, images: Sequence[Image.Image]) -> None:
        self._levels = [
            [np.asarray(image.convert("L").reduce(level), dtype=np.float32) for level in _LEVELS] for image in images
        ]

    def draw(self, count: int, random: np.random.Generator) -> Rows:
        """Each in one of the eight turns. Those of an empty block (sky, wall) have a meaningless hash: left out, as
        they are when a photo is enrolled."""
        made = list[Rows]()
        have = 0
        while have < count:
            blocks = self._blocks(_LOT, random)
            kept = blocks[np.median(np.abs(blocks).reshape(len(blocks), -1), axis=1) >= pdq_hash._EMPTY]
            turn = int(random.integers(0, 8))
            turned = np.stack([pdq_hash._turned(block)[turn] for block in kept]) if turn else kept
            rows = np.frombuffer(b"".join(pdq_hash._hashes(turned)), dtype=np.uint8).reshape(-1, 32)
            made.append(rows)
            have += len(rows)
        return np.concatenate(made)[:count]

    def _blocks(self, count: int, random: np.random.Generator) -> NDArray[np.float64]:
        samples = np.empty((count, _SIDE, _SIDE), dtype=np.float32)
        for at in range(count):
            levels = self._levels[int(random.integers(0, len(self._levels)))]
            height, width = levels[0].shape
            share, shape = random.uniform(0.1, 1.0) ** 0.5, random.uniform(0.82, 1.22)
            high, wide = min(1.0, share * shape) * height, min(1.0, share / shape) * width
            top, left = random.uniform(0, height - high), random.uniform(0, width - wide)
            level = max(number for number, step in enumerate(_LEVELS) if not number or min(high, wide) / step >= 96)
            shrunk = levels[level]
            steps = (np.arange(_SIDE) + 0.5) / _SIDE
            rows = np.minimum(((top + steps * high) / _LEVELS[level]).astype(int), shrunk.shape[0] - 1)
            columns = np.minimum(((left + steps * wide) / _LEVELS[level]).astype(int), shrunk.shape[1] - 1)
            samples[at] = shrunk[rows[:, None], columns[None, :]]
        cosines = pdq_hash._cosines().astype(np.float32)
        return (cosines @ samples @ cosines.T).astype(np.float64)
