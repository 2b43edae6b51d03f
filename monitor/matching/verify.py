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
_CELL = 12.0  # pixels: agreeing points in one cell are one place

# Of what is looked for where the copy must have it:
_THERE = 10.0  # pixels
_THERE_OCTAVE = 0.8
_THERE_ANGLE = 30.0


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
        if not _is_a_copy(affine):
            return NO_AGREEMENT
        off = np.hypot(*(columns @ affine.T - candidate[:, :2]).T)
        size = float(np.sqrt(np.linalg.det(affine[:, :2])))
        inliers = np.flatnonzero(likely & (off <= max(reach * size, _SLACK)))
        if len(inliers) < 3:
            return NO_AGREEMENT
    return Agreement(_places(enrolled[inliers], candidate[inliers], size), affine, inliers)


def gathered(
    enrolled: NDArray[np.float64],
    candidate: NDArray[np.float64],
    nearest: tuple[NDArray[np.float32], NDArray[np.int64]],
    tells: NDArray[np.int64],
    found: Agreement,
) -> Agreement:
    """A second look where a few points say that the photo lies: whatever point has its nearest there agrees, whether or
    not another photo has one as near. By chance hardly any has: a point's nearest may lie anywhere in the photo.

    enrolled, candidate: (m, 4), as for `verify`: every point of the candidate, and the photo's nearest to it. nearest:
    how far apart their descriptors are, and which point of the photo that is. tells: rows of points whose nearest says
    something. found: with rows of these."""
    distance, column = nearest
    best = found
    for _ in range(2):
        affine, size = best.affine, float(np.sqrt(abs(np.linalg.det(best.affine[:, :2]))))
        turn = np.arctan2(affine[1, 0] - affine[0, 1], affine[0, 0] + affine[1, 1])
        off = np.hypot(*(enrolled[:, :2] @ affine[:, :2].T + affine[:, 2] - candidate[:, :2]).T)
        fits = off <= max(_THERE * size, _SLACK)
        fits &= np.abs(np.log2(candidate[:, 2] / (enrolled[:, 2] * size))) <= _THERE_OCTAVE
        fits &= np.cos(np.radians(candidate[:, 3] - enrolled[:, 3]) - turn) >= np.cos(np.radians(_THERE_ANGLE))
        rows = tells[fits[tells]]
        rows = rows[pair_once(rows, column[rows], distance[rows])]
        places = _places(enrolled[rows], candidate[rows], size)
        if places <= best.places:
            break
        columns = np.column_stack([enrolled[rows, :2], np.ones(len(rows))])
        solved = np.linalg.lstsq(columns, candidate[rows, :2], rcond=None)[0].T.astype(np.float64)
        if not _is_a_copy(solved):
            break
        best = Agreement(places, solved, rows)
    return best


def _is_a_copy(affine: NDArray[np.float64]) -> bool:
    """Whether a picture can be laid so on a copy of it."""
    large, small = np.linalg.svd(affine[:, :2], compute_uv=False)
    return bool(
        _SCALES[0] <= small and large <= min(_SCALES[1], _MOST_STRETCH * small) and np.linalg.det(affine[:, :2]) > 0
    )


def _places(enrolled: NDArray[np.float64], candidate: NDArray[np.float64], size: float) -> int:
    """Cells of `_CELL` pixels on the photo, and of the same extent on the candidate."""
    cells = (np.floor(enrolled[:, :2] / _CELL), np.floor(candidate[:, :2] / max(_CELL * size, 1.0)))
    return min(len(np.unique(cell, axis=0)) for cell in cells)


def pair_once(rows: NDArray[np.int64], columns: NDArray[np.int64], distances: NDArray[np.float32]) -> NDArray[np.int64]:
    """Which of the pairs remain when each row keeps its nearest column, and each column its nearest row of those."""
    order = np.lexsort((columns, rows, distances))
    kept = order[np.sort(np.unique(rows[order], return_index=True)[1])]
    return kept[np.sort(np.unique(columns[kept], return_index=True)[1])]
