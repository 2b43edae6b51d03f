"""A second, independent witness for what hashes say. Core side: NumPy only.

A perceptual hash is a few hundred signs of a picture's coarsest waves: somebody who has a photo can make a picture that
carries its hash and shows something else. Where hashes say "this photo, turned so", the rest of the picture must agree:
its points lie where the photo's lie, and its greys, seen from afar, are the photo's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.matching.descriptors import squared_distances
from monitor.matching.greys import aside, block_check
from monitor.matching.siblings import FramedPhoto
from monitor.matching.view import view_of

_REACH = 24.0  # pixels of the photo's frame: crops and borders that leave the hash as it is move points so far
_SLACK = 2.0  # pixels of the candidate
_OCTAVE = 0.8  # log2 of scale
_ANGLE = 30.0  # degrees
_CELL = 12.0  # pixels: agreeing points in one cell are one place

# A unit square, turned clockwise by so many quarters: [a b c; d e f] in x' = a x + b y + c, y' = d x + e y + f.
_QUARTERS = np.array(
    [[[1, 0, 0], [0, 1, 0]], [[0, -1, 1], [1, 0, 0]], [[-1, 0, 1], [0, -1, 1]], [[0, 1, 0], [-1, 0, 1]]],
    dtype=np.float64,
)


@dataclass(frozen=True, slots=True)
class Witness:
    """comparable: points of the candidate where the photo has one too, of such a size and angle. places: distinct ones
    among them that are nearer to it than to any other of the photo's. alike: median correlation of the greys of small
    blocks, None where too little shows. moved: seen from another place. elsewhere:
    the same as alike, laid on wrongly."""

    comparable: int
    places: int
    alike: float | None
    moved: bool = False
    elsewhere: float = -1.0


def witness(
    photo: FramedPhoto,
    keypoints: NDArray[np.float32],
    descriptors: NDArray[np.float32],
    size: tuple[int, int],
    luma: NDArray[np.uint8] | None,
    affine: NDArray[np.float64],
) -> Witness:
    """keypoints, descriptors, size, luma: the candidate's, mirrored already where the copy is. affine: as `turned`, or
    onto the part of it where the photo must be."""
    alike, elsewhere = None, -1.0
    if photo.luma is not None and luma is not None:
        shrunk = np.array([[luma.shape[1] / size[0]], [luma.shape[0] / size[1]]])
        alike, _ = block_check(photo.luma, luma, affine * shrunk, photo.extent)
        elsewhere = aside(photo.luma, luma, affine * shrunk, photo.extent)
    comparable, places, moved = _agreement(photo, keypoints, descriptors, affine)
    return Witness(comparable, places, alike, moved, elsewhere)


def turned(extent: tuple[float, float], size: tuple[int, int], quarters: int) -> NDArray[np.float64]:
    """(2, 3): from the photo's frame onto the whole candidate."""
    affine: NDArray[np.float64] = _QUARTERS[quarters % 4] * np.array(size, dtype=np.float64)[:, None]
    affine[:, :2] /= extent
    return affine


def _agreement(
    photo: FramedPhoto, keypoints: NDArray[np.float32], descriptors: NDArray[np.float32], affine: NDArray[np.float64]
) -> tuple[int, int, bool]:
    """(comparable, places, moved)"""
    if not len(keypoints) or not len(photo.keypoints):
        return 0, 0, False
    theirs = photo.keypoints
    scale = float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    angle = float(np.degrees(np.arctan2(affine[1, 0], affine[0, 0])))
    x, y = (theirs[:, :2] @ affine[:, :2].T + affine[:, 2]).T
    there = np.hypot(keypoints[:, 0, None] - x, keypoints[:, 1, None] - y) <= max(_REACH * scale, _SLACK)
    there &= np.abs(np.log2(keypoints[:, 2, None] / (theirs[:, 2] * scale))) <= _OCTAVE
    there &= np.abs((keypoints[:, 3, None] - theirs[:, 3] - angle + 180) % 360 - 180) <= _ANGLE
    nearest = squared_distances(descriptors, photo.descriptors.astype(np.float32)).argmin(axis=1)
    agrees = there[np.arange(len(keypoints)), nearest]
    mine = theirs[nearest[agrees]].astype(np.float64)
    places = np.unique(np.floor(mine[:, :2] / _CELL), axis=0)
    moved = view_of(mine, keypoints[agrees].astype(np.float64), affine).moved
    return int(there.any(axis=1).sum()), len(places), moved
