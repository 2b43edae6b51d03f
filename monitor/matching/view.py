"""Has the view moved? Core side: NumPy only, nothing random.

The points of a copy lie on the photo's own to a pixel or two wherever they are, whatever was pasted over the rest: a
copy, cropped or tilted, is one plane. Seen again from another place, what is near moves further than what is far: many
points lie near where they should, and few on it. Greys do not tell the two: other photographs of one room correlate
at up to .96, a photo with another body in its middle at .01 (bench/README.md).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_FEWEST = 8  # pairs; a plane fits fewer by itself
_REACHES = (25.0, 12.0, 6.0, 4.0)  # pixels of the photo's frame: fitted again to what lies so near
_NEAR = 25.0  # what lies so far off is the same point, moved
_ON = 3.0  # it is where it should be
_SLACK = 1.0  # pixels of the candidate: a small copy cannot place its points better
_SHARE = 0.75  # of those near that are on: copies .84 and more, another view up to .72
_SHARE_TILTED = 0.95  # the same, where a tilted plane is asked: a wall that fills another view reached .92
_OCTAVE, _ANGLE = 0.7, 25.0  # log2 of scale; degrees

Points = NDArray[np.float64]


def has_moved(enrolled: Points, candidate: Points, affine: Points) -> bool:
    """Both (m, 4): x, y, size, angle in degrees; row i of one is said to be row i of the other. affine: (2, 3), from
    one to the other. False where too few pairs tell."""
    size = float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    angle = np.degrees(np.arctan2(affine[1, 0], affine[0, 0]))
    alike = np.abs(np.log2(candidate[:, 2] / (enrolled[:, 2] * size))) <= _OCTAVE
    alike &= np.abs((candidate[:, 3] - enrolled[:, 3] - angle + 180) % 360 - 180) <= _ANGLE
    one, other = enrolled[alike, :2], candidate[alike, :2]
    first = np.hypot(*(one @ affine[:, :2].T + affine[:, 2] - other).T) / size
    if (first <= _NEAR).sum() < _FEWEST:
        return False
    on = max(_ON, _SLACK / size)
    return _share_on(one, other, first, size, on, _flat) < _SHARE and (
        _share_on(one, other, first, size, on, _tilted) < _SHARE_TILTED
    )


def _share_on(
    one: Points, other: Points, off: Points, size: float, on: float, fit: Callable[[Points, Points], Points]
) -> float:
    """Of the pairs near where the plane that fits best has them, how many lie on it. off: how far, as first fitted."""
    for reach in _REACHES:
        kept = off <= reach
        if kept.sum() < _FEWEST:
            break
        matrix = fit(one[kept], other[kept])
        moved = np.column_stack([one, np.ones(len(one))]) @ matrix.T
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.hypot(*(moved[:, :2] / moved[:, 2:] - other).T) / size
    return float((off <= on).sum() / max(1, (off <= _NEAR).sum()))


def _flat(one: Points, other: Points) -> Points:
    """(3, 3): the affine map that fits best."""
    solved, *_ = np.linalg.lstsq(np.column_stack([one, np.ones(len(one))]), other, rcond=None)
    return np.vstack([solved.T, [0.0, 0.0, 1.0]])


def _tilted(one: Points, other: Points) -> Points:
    """(3, 3): the homography that fits best, of points put about 0 and 1 first."""
    before, after = _even(one), _even(other)
    (x, y), (u, v) = (one @ before[:2, :2].T + before[:2, 2]).T, (other @ after[:2, :2].T + after[:2, 2]).T
    none, whole = np.zeros_like(x), np.ones_like(x)
    rows = np.concatenate(
        [
            np.column_stack([x, y, whole, none, none, none, -x * u, -y * u]),
            np.column_stack([none, none, none, x, y, whole, -x * v, -y * v]),
        ]
    )
    solved, *_ = np.linalg.lstsq(rows, np.concatenate([u, v]), rcond=None)
    matrix: Points = np.linalg.inv(after) @ np.append(solved, 1.0).reshape(3, 3) @ before
    return matrix


def _even(points: Points) -> Points:
    middle, spread = points.mean(axis=0), max(float(points.std()), 1e-6)
    return np.array([[1 / spread, 0, -middle[0] / spread], [0, 1 / spread, -middle[1] / spread], [0, 0, 1]])
