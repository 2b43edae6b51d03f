"""Do the greys of two pictures agree where they lie on each other? Core side: NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SAMPLES = 4  # a side, of each of the enrolled luma's cells
_BLOCK = 6  # cells a side
_BLOCK_SHOWN = 0.7  # share of a block that must lie within the candidate
_BLOCK_FLAT = 1.5  # grey levels; a flatter block correlates with anything
_BLOCKS = 3  # fewer say nothing


def block_check(
    enrolled: NDArray[np.uint8], candidate: NDArray[np.uint8], affine: NDArray[np.float64], frame: tuple[float, float]
) -> tuple[float | None, float]:
    """How alike the two pictures are where they lie on each other: the median over blocks of the
    correlation of their grey, and the share of the enrolled photo that lies within the candidate. It tells
    another photo of the same scene from the same photo.

    enrolled: (24, 24), the photo squeezed square. candidate: (height, width). affine: from the photo's
    frame, `frame` pixels wide and high, to the candidate's pixels. The correlation is None where too little
    shows, and negative where the candidate is a negative.
    """
    side = len(enrolled)
    step = (np.arange(side * _SAMPLES) + 0.5) / (side * _SAMPLES)
    x, y = np.meshgrid(step * frame[0], step * frame[1])
    column = np.floor(affine[0, 0] * x + affine[0, 1] * y + affine[0, 2]).astype(np.int64)
    row = np.floor(affine[1, 0] * x + affine[1, 1] * y + affine[1, 2]).astype(np.int64)
    inside = (column >= 0) & (row >= 0) & (column < candidate.shape[1]) & (row < candidate.shape[0])
    seen = np.where(inside, candidate[np.where(inside, row, 0), np.where(inside, column, 0)], 0).astype(np.float64)
    cells = (side, _SAMPLES, side, _SAMPLES)
    whole = inside.reshape(cells).all(axis=(1, 3))
    grey = seen.reshape(cells).mean(axis=(1, 3))
    alike = []
    for top in range(0, side - _BLOCK + 1, _BLOCK // 2):
        for left in range(0, side - _BLOCK + 1, _BLOCK // 2):
            part = (slice(top, top + _BLOCK), slice(left, left + _BLOCK))
            shown = whole[part]
            if shown.mean() < _BLOCK_SHOWN:
                continue
            one, other = enrolled[part][shown].astype(np.float64), grey[part][shown]
            one, other = one - one.mean(), other - other.mean()
            length = np.sqrt((one @ one) * (other @ other))
            if one.std() >= _BLOCK_FLAT:
                alike.append(float(one @ other / length) if length > 0 else 0.0)
    share = float(inside.mean())
    return (float(np.median(alike)) if len(alike) >= _BLOCKS else None), share
