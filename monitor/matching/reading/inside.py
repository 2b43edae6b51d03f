"""Is there a photo inside a picture, with an app's interface, a page or flat margins around it? Reader side, NumPy
only.

Interfaces are drawn: their grounds are of exactly one shade over long runs, which light on a sensor never is, and a
photo's edge is a straight line with ground beyond it. What lies outside of that line many pictures share, and says
nothing about this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCKS = 128  # a side at most
_SMALLEST_BLOCK = 6  # pixels
_RUN = 0.045  # of the shorter side: a run of one shade that only a drawing has
_GROUND = 0.015  # share of the pixels that a shade must have in such runs
_NEAR_SHADE = 2  # grey levels: recompressed grounds
_EMPTY, _FULL = 0.35, 0.15  # share of a block that is ground, in drawings at least, in photos at most
_AGAINST = 2.0  # what a drawn block weighs against one of a photo
_SMALLEST, _LARGEST = 0.03, 0.96  # share of the picture
_SHORTEST = 0.1  # of the picture's shorter side
_LEAST_FULL = 0.5  # share of the blocks inside that are a photo's
_NEAR_LINE = 8  # grey levels: grounds beside a photo's edge, where recompression leaves ripples
_LINE = 0.75  # share of a line that must be of one shade
_JUMP, _WITHIN = 0.35, 3  # more of a line that is not the ground's than so many pixels before: a photo begins
_BEFORE = 0.2  # share of the line before it that may be something else
_BESIDE = (3, 5, 8, 11)  # pixels from the edge at which the ground is looked for
_OTHERS = 0.5  # as much of photos elsewhere: it is a page of many
_ALONE = 0.03  # less: what is inside may end in the ground's own shade
_FEWEST_SOFT = 12  # blocks
_ALL_DRAWN = 0.6  # share that is ground; small recompressed interfaces without a photo have from 0.6
_ICON = 0.02  # share of the picture: profile pictures, keys, words; of small things photographed from 0.013
_BAR = 8  # pixels, within which one ground follows the other
_ACROSS = 0.25  # share of the picture's width; photographs have up to 0.02, small and recompressed ones too
_SOFT = (2, 60)  # grey levels within a block: rendered pages have hardly any such


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels: from `left`, `top`, up to but not with `right`, `bottom`."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)

    def of(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return picture[self.top : self.bottom, self.left : self.right]


def photo_inside(luma: NDArray[np.uint8]) -> Box | None:
    """luma: (height, width). None where the picture is the photo itself, or nothing like one can be told."""
    ground = _ground(luma)
    if ground.mean() < 1 - _LARGEST:
        return None
    height, width = luma.shape
    side, weights = _weighed(ground)
    if min(weights.shape) < 4:
        return None
    top, bottom, left, right = _heaviest(weights)
    within = np.zeros(weights.shape, dtype=bool)
    within[top:bottom, left:right] = True
    spread = _by_block(luma, side, np.maximum) - _by_block(luma, side, np.minimum)
    soft = (weights > 0) & (spread > _SOFT[0]) & (spread < _SOFT[1])
    others = float((soft & ~within).sum()) / max(1, int((soft & within).sum()))
    if (soft & within).sum() < _FEWEST_SOFT or (weights[within] > 0).mean() < _LEAST_FULL or others > _OTHERS:
        return None
    box = Box(left * side, top * side, min(width, right * side), min(height, bottom * side))
    framed = _at_edges(luma, box, side, alone=others <= _ALONE)
    if framed is None or not _SMALLEST * luma.size <= framed.area <= _LARGEST * luma.size:
        return None
    shortest = min(framed.right - framed.left, framed.bottom - framed.top)
    return framed if shortest >= _SHORTEST * min(luma.shape) else None


def is_interface(luma: NDArray[np.uint8]) -> bool:
    """Nothing but what an app draws: grounds that meet in a straight line across the picture, and no place that is a
    photo's. A small thing photographed on a flat ground has no such line."""
    ground = _ground(luma)
    if ground.mean() < _ALL_DRAWN or min(luma.shape) <= _BAR:
        return False
    _, weights = _weighed(ground)
    top, bottom, left, right = _heaviest(weights)
    if weights[top:bottom, left:right].sum() > _ICON * weights.size:
        return False
    level = luma.astype(np.int16)
    steps = (np.abs(level[_BAR:] - level[:-_BAR]) > _NEAR_LINE) & ground[_BAR:] & ground[:-_BAR]
    return bool(steps.mean(axis=1).max() >= _ACROSS)


def _weighed(ground: NDArray[np.bool_]) -> tuple[int, NDArray[np.float64]]:
    """The side of a block, and what each weighs: above 0 is a photo's."""
    side = max(_SMALLEST_BLOCK, -(-max(ground.shape) // _BLOCKS))
    drawn = _by_block(ground, side, np.add) / side**2
    return side, np.where(drawn <= _FULL, 1.0, np.where(drawn >= _EMPTY, -_AGAINST, 0.0))


def _ground(luma: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which pixels have a shade that long runs of the picture have exactly."""
    least = max(8, round(_RUN * min(luma.shape)))
    runs = _in_runs(luma, least) & _in_runs(luma.T, least).T
    counts = np.bincount(luma[runs], minlength=256)
    shades = np.flatnonzero(counts >= _GROUND * luma.size)
    near = np.zeros(256, dtype=bool)
    for shade in shades.tolist():
        near[max(0, shade - _NEAR_SHADE) : shade + _NEAR_SHADE + 1] = True
    found: NDArray[np.bool_] = near[luma] & _even(luma)
    return found


def _in_runs(luma: NDArray[np.uint8], least: int) -> NDArray[np.bool_]:
    """Pixels of rows that lie in a run of at least `least` equal ones."""
    height, width = luma.shape
    if width < least:
        return np.zeros(luma.shape, dtype=bool)
    breaks = np.ones((height, width + 1), dtype=bool)
    breaks[:, 1:-1] = luma[:, 1:] != luma[:, :-1]
    at = np.flatnonzero(breaks)
    long = np.diff(at) >= least
    row, start = np.divmod(at[:-1][long], width + 1)
    length = np.diff(at)[long]
    marks = np.zeros((height, width + 1), dtype=np.int32)
    np.add.at(marks, (row, start), 1)
    np.add.at(marks, (row, np.minimum(start + length, width)), -1)
    return marks[:, :-1].cumsum(axis=1) > 0


def _even(luma: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Pixels that differ little from those beside them."""
    level = luma.astype(np.int16)
    across, down = np.zeros(luma.shape, dtype=np.int16), np.zeros(luma.shape, dtype=np.int16)
    across[:, 1:-1] = np.maximum(np.abs(level[:, 2:] - level[:, 1:-1]), np.abs(level[:, :-2] - level[:, 1:-1]))
    down[1:-1] = np.maximum(np.abs(level[2:] - level[1:-1]), np.abs(level[:-2] - level[1:-1]))
    return np.maximum(across, down) <= _NEAR_SHADE


def _by_block(values: NDArray[Any], side: int, how: np.ufunc) -> NDArray[np.float64]:
    """Of each block; those at the right and lower end may be smaller."""
    rows, columns = (np.arange(0, length, side) for length in values.shape)
    found: NDArray[np.float64] = how.reduceat(how.reduceat(values.astype(np.int32), rows, axis=0), columns, axis=1)
    return found.astype(np.float64)


def _heaviest(weights: NDArray[np.float64]) -> tuple[int, int, int, int]:
    """top, bottom, left, right of the rectangle whose weights have the largest sum (Bentley 1984)."""
    sums = np.vstack([np.zeros(weights.shape[1]), weights.cumsum(axis=0)])
    best, found = -np.inf, (0, 0, 0, 0)
    for top in range(len(weights)):
        strips = sums[top + 1 :] - sums[top]  # (bottoms, columns)
        along = np.hstack([np.zeros((len(strips), 1)), strips.cumsum(axis=1)])
        lowest = np.minimum.accumulate(along, axis=1)
        gain = along - lowest
        at = int(gain.argmax())
        if gain.flat[at] > best:
            row, right = divmod(at, gain.shape[1])
            best = float(gain.flat[at])
            left = int(along[row, : right + 1].argmin())
            found = (top, top + 1 + row, left, right)
    return found


def _at_edges(luma: NDArray[np.uint8], box: Box, side: int, *, alone: bool) -> Box | None:
    """Each edge moved to where the photo begins, within a block and a half; None where something else than ground lies
    beyond one. alone: where it does not say where it begins, the block's edge will do."""
    height, width = luma.shape
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    for _ in range(2):
        across = luma[:, left:right].astype(np.int16)
        above = _edge(across, top, side, alone)
        below = _edge(across[::-1], height - bottom, side, alone)
        if above is None or below is None or height - below - above < 2 * side:
            return None
        top, bottom = above, height - below
        down = luma[top:bottom].T.astype(np.int16)
        before = _edge(down, left, side, alone)
        behind = _edge(down[::-1], width - right, side, alone)
        if before is None or behind is None or width - behind - before < 2 * side:
            return None
        left, right = before, width - behind
    return Box(left, top, right, bottom)


def _edge(lines: NDArray[np.int16], edge: int, side: int, alone: bool) -> int | None:
    """lines: from outside to inside. 0: it is the picture's own border."""
    first, last = max(0, edge - side - side // 2), min(len(lines) - 2, edge + side + side // 2)
    for beside in _BESIDE:
        outer = max(0, edge - beside - side // 2) if edge > side else 0
        shade = np.median(lines[outer])
        if (np.abs(lines[outer] - shade) <= _NEAR_LINE).mean() >= _LINE:
            break
        if edge <= side and beside == _BESIDE[-1]:
            return 0
    else:
        return None
    other = (np.abs(lines[first : last + 2] - shade) > _NEAR_LINE).mean(axis=1)
    begins = np.flatnonzero((other[_WITHIN:] - other[:-_WITHIN] >= _JUMP) & (other[:-_WITHIN] <= _BEFORE))
    if len(begins):  # the photo's first line: the first of which half of the step is made
        at = int(begins[0])
        return first + at + 1 + int((other[at + 1 : at + 1 + _WITHIN] - other[at] >= _JUMP / 2).argmax())
    return edge if alone else None
