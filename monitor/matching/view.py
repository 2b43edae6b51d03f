"""Has the view moved? Core side: NumPy only, nothing random.

The points of a copy lie on the photo's own to a pixel or two wherever they are, whatever was pasted over the rest: a
copy, cropped or tilted, is one plane. Seen again from another place, what is near moves further than what is far: many
points lie near where they should, and few on it; or one thing lies where it should, and another thing of the photo is
there too, but elsewhere. Greys do not tell the two: other photographs of one room correlate at up to .96, a photo with
another body in its middle at .01 (bench/README.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.matching.verify import verify

_FEWEST = 8  # pairs; a plane fits fewer by itself
_REACHES = (25.0, 12.0, 6.0, 4.0)  # pixels of the photo's frame: fitted again to what lies so near
_NEAR = 25.0  # what lies so far off is the same point, moved
_ON = 3.0  # it is where it should be
_SLACK = 1.0  # pixels of the candidate: a small copy cannot place its points better
_SHARE = 0.75  # of those near that are on: copies .84 and more, another view up to .72
_FEW_TELL = 0.2  # less of it is asked where few pairs tell: over the root of their number
_SHARE_TILTED = 0.88  # the same, where a tilted plane is asked: photographs of a screen .93, another view .84
_SHARE_WALL = 0.95  # where another thing lies elsewhere too: a wall that fills another view reached .92
_SHARE_SURE = 0.84  # all things counted that lie elsewhere together
_OCTAVE, _ANGLE = 0.7, 25.0  # log2 of scale; degrees
_ELSEWHERE = 4  # places: what is left of a copy's pairs agrees on 3 at most, where its greys are not the photo's
_FAR, _OTHER_SIZE = 160.0, 0.35  # pixels of the photo's frame, log2: so much further, and nearer, other things lie

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class View:
    """moved: it was seen from another place. loose: its parts lie as in a view that has moved, or it is a copy that
    shows the photo's greys, with things in it that are alike with others of its own."""

    moved: bool
    loose: bool


STILL = View(moved=False, loose=False)


def view_of(enrolled: Points, candidate: Points, affine: Points) -> View:
    """Both (m, 4): x, y, size, angle in degrees; row i of one is said to be row i of the other. affine: (2, 3), from
    one to the other. Not moved where too few pairs tell."""
    size = float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    angle = np.degrees(np.arctan2(affine[1, 0], affine[0, 0]))
    alike = np.abs(np.log2(candidate[:, 2] / (enrolled[:, 2] * size))) <= _OCTAVE
    alike &= np.abs((candidate[:, 3] - enrolled[:, 3] - angle + 180) % 360 - 180) <= _ANGLE
    one, other = enrolled[alike, :2], candidate[alike, :2]
    first = np.hypot(*(one @ affine[:, :2].T + affine[:, 2] - other).T) / size
    if (first <= _NEAR).sum() < _FEWEST:
        return STILL
    on = max(_ON, _SLACK / size)
    flat, near = _share_on(one, other, first, size, on, _flat)
    tilted, near_tilted = _share_on(one, other, first, size, on, _tilted)
    aside = _elsewhere(enrolled, candidate, affine, size)
    moved = flat < _SHARE - _FEW_TELL / np.sqrt(near) and (
        tilted < (_SHARE_TILTED if aside < _ELSEWHERE else _SHARE_WALL)
    )
    sure = max(flat * near / (near + aside), tilted * near_tilted / (near_tilted + aside))
    return View(moved=bool(moved), loose=aside >= _ELSEWHERE or sure < _SHARE_SURE)


def _elsewhere(enrolled: Points, candidate: Points, affine: Points, size: float) -> int:
    """Places of another thing of the photo that is there too, but not where `affine` has it."""
    off = np.hypot(*(enrolled[:, :2] @ affine[:, :2].T + affine[:, 2] - candidate[:, :2]).T) / size
    turn = np.degrees(np.arctan2(affine[1, 0], affine[0, 0]))
    rest = (off > _NEAR) & (np.abs((candidate[:, 3] - enrolled[:, 3] - turn + 180) % 360 - 180) <= _ANGLE)
    found = verify(enrolled[rest], candidate[rest])
    if not found.places:
        return 0
    middle = enrolled[rest][found.inliers, :2].mean(axis=0)
    apart = np.hypot(*((found.affine[:, :2] - affine[:, :2]) @ middle + found.affine[:, 2] - affine[:, 2])) / size
    other = abs(np.log2(np.sqrt(np.linalg.det(found.affine[:, :2])) / size))
    return found.places if apart <= _FAR and other <= _OTHER_SIZE else 0


def _share_on(
    one: Points, other: Points, off: Points, size: float, on: float, fit: Callable[[Points, Points], Points]
) -> tuple[float, int]:
    """Of the pairs near where the plane that fits best has them, which share lies on it, and how many are near. off:
    how far, as first fitted."""
    for reach in _REACHES:
        kept = off <= reach
        if kept.sum() < _FEWEST:
            break
        matrix = fit(one[kept], other[kept])
        moved = np.column_stack([one, np.ones(len(one))]) @ matrix.T
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.hypot(*(moved[:, :2] / moved[:, 2:] - other).T) / size
    near = max(1, int((off <= _NEAR).sum()))
    return float((off <= on).sum() / near), near


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
