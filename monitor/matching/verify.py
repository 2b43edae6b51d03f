"""Do two sets of points show the same picture? Core side: NumPy only, nothing random.

A homography fitted in the usual way reports 10 to 31 "inliers" on unrelated photos, by collapsing onto a
few points. Here every correspondence proposes a whole similarity (place, scale, angle), each point counts
once on either side, and what counts in the end is how many distinct places agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FRAME = 640.0
"""Pixels. Distances are measured on the enrolled photo, scaled so that its longer side has this many."""

_PROPOSED = 22.0  # pixels: a similarity is only near the truth where the copy is tilted
_REFITTED = (14.0, 10.0, 8.0)
_SLACK = 2.0  # pixels of the candidate: a small copy cannot place its points better than that
_OCTAVE = 1.0  # log2 of scale
_ANGLE = 35.0  # degrees
_MOST_STRETCH = 2.2  # one axis against the other
_SCALES = (0.08, 8.0)
_SAMPLES = 4  # a side, of each of the enrolled luma's cells
_BLOCK = 6  # cells a side
_BLOCK_SHOWN = 0.7  # share of a block that must lie within the candidate
_BLOCK_FLAT = 1.5  # grey levels; a flatter block correlates with anything
_BLOCKS = 3  # fewer say nothing
_CELL = 12.0  # pixels: agreeing points in one cell are one place


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """places: distinct cells that agree, the fewer of the two sides. affine: (2, 3), from the enrolled
    photo's points, scaled to `FRAME`, to the candidate's. inliers: rows of the correspondences."""

    places: int
    affine: NDArray[np.float64]
    inliers: NDArray[np.int64]


NO_AGREEMENT = Agreement(0, np.zeros((2, 3)), np.empty(0, dtype=np.int64))


def verify(enrolled: NDArray[np.float64], candidate: NDArray[np.float64]) -> Agreement:
    """Both (m, 4): x, y, size, angle in degrees; row i of one is said to be row i of the other. The
    enrolled ones are scaled to `FRAME`. Ties go to the earlier row."""
    if len(enrolled) < 3:
        return NO_AGREEMENT
    place = enrolled[:, 0] + 1j * enrolled[:, 1]
    wanted = candidate[:, 0] + 1j * candidate[:, 1]
    scale = np.log2(candidate[:, 2] / enrolled[:, 2])
    angle = np.radians(candidate[:, 3] - enrolled[:, 3])
    turn = np.exp2(scale) * np.exp(1j * angle)
    shift = wanted - turn * place

    off = np.abs(turn[:, None] * place[None, :] + shift[:, None] - wanted[None, :])
    fits = off <= np.maximum(_PROPOSED * np.exp2(scale), _SLACK)[:, None]
    fits &= np.abs(scale[:, None] - scale[None, :]) <= _OCTAVE
    fits &= np.cos(angle[:, None] - angle[None, :]) >= np.cos(np.radians(_ANGLE))
    best = int(np.argmax(fits.sum(axis=1)))
    inliers = np.flatnonzero(fits[best])
    affine = np.array(
        [[turn[best].real, -turn[best].imag, shift[best].real], [turn[best].imag, turn[best].real, shift[best].imag]]
    )
    if len(inliers) < 3:
        return NO_AGREEMENT
    near_scale = np.abs(scale - scale[best]) <= _OCTAVE
    near_angle = np.cos(angle - angle[best]) >= np.cos(np.radians(_ANGLE))
    likely = near_scale & near_angle
    columns = np.column_stack([enrolled[:, :2], np.ones(len(enrolled))])
    for reach in _REFITTED:
        if len(inliers) >= 4:
            solved, *_ = np.linalg.lstsq(columns[inliers], candidate[inliers, :2], rcond=None)
            affine = solved.T
        stretches = np.linalg.svd(affine[:, :2], compute_uv=False)
        if not (_SCALES[0] <= stretches[1] and stretches[0] <= _SCALES[1]):
            return NO_AGREEMENT
        if stretches[0] > _MOST_STRETCH * stretches[1] or np.linalg.det(affine[:, :2]) <= 0:
            return NO_AGREEMENT
        off = np.hypot(*(columns @ affine.T - candidate[:, :2]).T)
        size = float(np.sqrt(stretches[0] * stretches[1]))
        inliers = np.flatnonzero(likely & (off <= max(reach * size, _SLACK)))
        if len(inliers) < 3:
            return NO_AGREEMENT
    return Agreement(_places(enrolled[inliers], candidate[inliers], size), affine, inliers)


def _places(enrolled: NDArray[np.float64], candidate: NDArray[np.float64], size: float) -> int:
    """Cells of `_CELL` pixels on the photo, and of the same extent on the candidate."""
    cells = (np.floor(enrolled[:, :2] / _CELL), np.floor(candidate[:, :2] / max(_CELL * size, 1.0)))
    return min(len(np.unique(cell, axis=0)) for cell in cells)


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


def pair_once(rows: NDArray[np.int64], columns: NDArray[np.int64], distances: NDArray[np.float32]) -> NDArray[np.int64]:
    """Which of the pairs remain when each row keeps its nearest column, and each column its nearest row of those."""
    order = np.lexsort((columns, rows, distances))
    kept = order[np.sort(np.unique(rows[order], return_index=True)[1])]
    return kept[np.sort(np.unique(columns[kept], return_index=True)[1])]
