"""Do two enrolled photos show the same picture? People enrol what they have: the original, the messenger's copy of it,
a light edit. Core side: NumPy only.

What is near by chance is measured at other photos (`detector`), and a near copy is no other photo: it has the same
descriptors. Told from two screenshots of one app, or two copies with one site's stamp, by this: near copies agree
nearly everywhere they overlap, those only in their frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.matching.descriptors import squared_distances
from monitor.matching.greys import block_check, blocks_alike
from monitor.matching.verify import pair_once, verify

FEWEST_PLACES = 14  # unrelated photos agree in at most 6
_BESIDE = 24.0  # pixels from two shared points: on the same stamp
SESSION_COVER = 0.28  # photos with one site's stamp or caption have up to 0.26
LEAST_COVER = 0.5  # of the cells where both show something
LEAST_BOTH = 1.45  # that cover, and the correlation of their greys, added
_VERSION_COVER = 0.35  # where the greys are alike everywhere
_VERSION_ALIKE = 0.93  # in nine of ten blocks: most copies reach .94, two frames with hardly a difference .91
_SURE_COVER = 0.8  # whatever the worst greys: lighter edits clip them. Frames of a session reach .72
_VERSION_BLOCKS = 6  # fewer say nothing
_SAME = 110.0  # between two descriptors of length 512: what is further apart is not a copy
_SAMPLE = 64  # points that say first whether it is worth a look
_FEWEST_NEAR = 5  # of them
_GRID = 8  # cells a side
_SMOOTH = 4  # times a luma is enlarged before it is sampled between its cells


@dataclass(frozen=True, slots=True, eq=False)
class FramedPhoto:
    """keypoints: (n, 4), scaled to `verify.FRAME`. descriptors: (n, 128) bytes. extent: width and height of the frame.
    luma: (24, 24), or None where it is not kept."""

    keypoints: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    extent: tuple[float, float]
    luma: NDArray[np.uint8] | None


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """How a near copy lies on the other. affine: (2, 3), from its frame onto the other's. agreeing: rows of its
    points that the other has too."""

    affine: NDArray[np.float64]
    agreeing: NDArray[np.int64]


def near_copies(one: FramedPhoto, other: FramedPhoto) -> bool:
    """The same answer whichever comes first."""
    return overlay(one, other) is not None


def overlay(one: FramedPhoto, other: FramedPhoto) -> Overlay | None:
    """How `one` lies on `other`; None where they are not near copies. The same answer whichever comes first, but for
    the direction."""
    sample, theirs = one.descriptors[:_SAMPLE].astype(np.float32), other.descriptors.astype(np.float32)
    if not len(sample) or not len(theirs):
        return None
    if (squared_distances(sample, theirs).min(axis=1) < _SAME**2).sum() < _FEWEST_NEAR:
        return None  # nearly every pair ends here
    found, back = _laid(one, other), None
    if found is None or not _lies_within(found, one, other):
        back = _laid(other, one)
        if back is None or not _lies_within(back, other, one):
            return None
    if found is not None:
        return found
    assert back is not None  # noqa: S101  (one of the two is there)
    return Overlay(inverse(back.affine), np.empty(0, dtype=np.int64))


def version_of(one: FramedPhoto, other: FramedPhoto) -> Overlay | None:
    """How `one` lies on `other`, where they are versions of one picture: alike everywhere that both show. Two frames of
    a session are near copies too, but for where somebody moved."""
    if one.luma is None or other.luma is None:
        return overlay(one, other)
    for first, second in ((one, other), (other, one)):
        found = _laid(first, second)
        cover = _cover(first, second, found) if found is not None else 0.0
        if found is None or cover < _VERSION_COVER:
            continue
        back = Overlay(inverse(found.affine), np.empty(0, dtype=np.int64))
        by_points = cover >= _SURE_COVER and _lies_within(found, first, second)
        if by_points or max(_worst_alike(first, second, found), _worst_alike(second, first, back)) >= _VERSION_ALIKE:
            return found if first is one else back
    return None


def _worst_alike(one: FramedPhoto, other: FramedPhoto, found: Overlay) -> float:
    """Of the blocks of one: what nine of ten reach. The coarser of two lumas says little of the finer: so both are
    asked, and the better answer counts. Likewise with and without what is at the borders: there a photo that was cut
    out of a screenshot has some of what is around it."""
    assert one.luma is not None and other.luma is not None  # noqa: S101  (asked above)
    onto, luma = _to_luma(found.affine, other), _enlarged(other.luma)
    within = onto - np.array([[0, 0, _SMOOTH], [0, 0, _SMOOTH]])
    whole = blocks_alike(one.luma, luma, onto, one.extent)
    middle = blocks_alike(one.luma, luma[_SMOOTH:-_SMOOTH, _SMOOTH:-_SMOOTH], within, one.extent, ring=1)
    return max(float(np.percentile(each, 10)) if len(each) >= _VERSION_BLOCKS else 0.0 for each in (whole, middle))


def shared_points(one: FramedPhoto, other: FramedPhoto) -> NDArray[np.int64]:
    """Rows of the points of one that lie in the other in the same way, and of those beside them. Of two that are
    neither near copies nor of one session: a site's stamp, a caption, an app's interface; no evidence of either."""
    found = _laid(one, other)
    if found is None:
        return np.empty(0, dtype=np.int64)
    place = one.keypoints[:, :2]
    apart = np.abs(place[:, None] - place[found.agreeing][None]).max(axis=2)
    return np.flatnonzero((apart <= _BESIDE).sum(axis=1) >= 2)


def same_session(one: FramedPhoto, other: FramedPhoto) -> bool:
    """Whether two that are no near copies show the same room, clothes, things: many of the same points lie in the same
    way, over much of the picture: with one stamp on both they lie in the stamp alone. The points that two such photos
    share are not near by chance."""
    found = _laid(one, other)
    if found is None:
        return False
    return _cover(one, other, found) >= SESSION_COVER


def inverse(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    square = np.linalg.inv(affine[:, :2])
    return np.column_stack([square, -square @ affine[:, 2]])


def _laid(one: FramedPhoto, other: FramedPhoto) -> Overlay | None:
    descriptors, theirs = one.descriptors.astype(np.float32), other.descriptors.astype(np.float32)
    apart = squared_distances(descriptors, theirs)
    column = apart.argmin(axis=1)
    nearest = apart[np.arange(len(apart)), column]
    rows = np.flatnonzero(nearest < _SAME**2)
    if len(rows) < FEWEST_PLACES:
        return None
    rows = rows[pair_once(rows, column[rows], nearest[rows])]
    found = verify(one.keypoints[rows].astype(np.float64), other.keypoints[column[rows]].astype(np.float64))
    return Overlay(found.affine, rows[found.inliers]) if found.places >= FEWEST_PLACES else None


def _lies_within(found: Overlay, one: FramedPhoto, other: FramedPhoto) -> bool:
    cover = _cover(one, other, found)
    if one.luma is None or other.luma is None:
        return cover >= LEAST_BOTH / 2
    alike, _ = block_check(one.luma, _enlarged(other.luma), _to_luma(found.affine, other), one.extent)
    return cover >= LEAST_COVER and cover + (LEAST_BOTH / 2 if alike is None else alike) >= LEAST_BOTH


def _cover(one: FramedPhoto, other: FramedPhoto, found: Overlay) -> float:
    return cover(one, found.affine, other.extent, one.keypoints[found.agreeing, :2])


def cover(
    photo: FramedPhoto, affine: NDArray[np.float64], extent: tuple[float, float], agreeing: NDArray[Any]
) -> float:
    """Share of the cells with points of both frames in which at least one agrees. affine: from the photo's frame onto
    the other, `extent` wide and high. agreeing: (n, 2), where on the photo they lie."""
    points = photo.keypoints[:, :2].astype(np.float64)
    moved = points @ affine[:, :2].T + affine[:, 2]
    inside = ((moved >= 0) & (moved < extent)).all(axis=1)
    shown, agreed = np.unique(_cells(points[inside], photo)), np.unique(_cells(agreeing, photo))
    return len(np.intersect1d(shown, agreed)) / max(1, len(shown))


def _cells(points: NDArray[Any], photo: FramedPhoto) -> NDArray[np.int64]:
    column, row = (points / photo.extent * _GRID).astype(np.int64).clip(0, _GRID - 1).T
    cell: NDArray[np.int64] = row * _GRID + column
    return cell


def _enlarged(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Between the middles of its cells, linearly."""
    side = len(luma)
    at = ((np.arange(side * _SMOOTH) + 0.5) / _SMOOTH - 0.5).clip(0, side - 1)
    low = np.minimum(at.astype(np.int64), side - 2)
    part = (at - low)[:, None]
    grey = luma.astype(np.float64)
    grey = grey[low] * (1 - part) + grey[low + 1] * part
    grey = grey[:, low] * (1 - part.T) + grey[:, low + 1] * part.T
    rounded: NDArray[np.uint8] = grey.round().astype(np.uint8)
    return rounded


def _to_luma(affine: NDArray[np.float64], other: FramedPhoto) -> NDArray[np.float64]:
    assert other.luma is not None  # noqa: S101  (asked above)
    shrunk: NDArray[np.float64] = len(other.luma) * _SMOOTH / np.array(other.extent)[:, None]
    return affine * shrunk
