"""Do the greys of two pictures agree where they lie on each other? Core side: NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

_SAMPLES = 4  # a side, of each of the enrolled luma's cells
_BLOCK = 6  # cells a side
_BLOCK_SHOWN = 0.7  # share of a block that must lie within the candidate
_BLOCK_FLAT = 1.5  # grey levels; a flatter block correlates with anything
_BLOCKS = 3  # fewer say nothing
_LEAST = 10  # per cent of the blocks that may agree less
_ASIDE = 0.12  # of the photo
_SHIFTS = tuple((x, y) for y in (-_ASIDE, 0.0, _ASIDE) for x in (-_ASIDE, 0.0, _ASIDE) if x or y)

Cells = NDArray[np.float64]


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
    whole, grey, share = laid_on(len(enrolled), candidate, affine, frame)
    return _median(_correlations(enrolled, whole, grey)), share


def aside(
    enrolled: NDArray[np.uint8],
    candidate: NDArray[np.uint8],
    affine: NDArray[np.float64],
    frame: tuple[float, float],
    *,
    inverted: bool = False,
) -> float:
    """As `block_check`, but laid on wrongly by an eighth of the photo: the most alike of eight ways. Soft shading is
    alike wherever it is laid."""
    sign, most = -1.0 if inverted else 1.0, -1.0
    for across, down in _SHIFTS:
        moved = affine.copy()
        moved[:, 2] += affine[:, :2] @ (across * frame[0], down * frame[1])
        whole, grey, _ = laid_on(len(enrolled), candidate, moved, frame)
        alike = _median(_correlations(enrolled, whole, grey))
        if alike is not None:
            most = max(most, sign * alike)
    return most


def least_alike(alike: Cells) -> float:
    """alike: of blocks. Figures and horizons of one kind are alike in most of them; a copy's are nearly everywhere."""
    return float(np.percentile(alike, _LEAST)) if len(alike) >= _BLOCKS else 0.0


def blocks_alike(
    enrolled: NDArray[np.uint8],
    candidate: NDArray[np.uint8],
    affine: NDArray[np.float64],
    frame: tuple[float, float],
    *,
    ring: int = 0,
) -> Cells:
    """As `block_check`: the correlation of each block that shows and is not flat, (n,). ring: so many of the outermost
    cells count for nothing."""
    whole, grey, _ = laid_on(len(enrolled), candidate, affine, frame)
    if ring:
        whole[:ring] = whole[-ring:] = whole[:, :ring] = whole[:, -ring:] = False
    alike = _correlations(enrolled, whole, grey)
    return alike[~np.isnan(alike)]


def laid_on(
    side: int, candidate: NDArray[np.uint8], affine: NDArray[np.float64], frame: tuple[float, float]
) -> tuple[NDArray[np.bool_], Cells, float]:
    """Which of the enrolled luma's cells lie wholly within the candidate, what grey it has there, and the share of
    the photo that lies within it."""
    step = (np.arange(side * _SAMPLES) + 0.5) / (side * _SAMPLES)
    x, y = np.meshgrid(step * frame[0], step * frame[1])
    column = np.floor(affine[0, 0] * x + affine[0, 1] * y + affine[0, 2]).astype(np.int64)
    row = np.floor(affine[1, 0] * x + affine[1, 1] * y + affine[1, 2]).astype(np.int64)
    inside = (column >= 0) & (row >= 0) & (column < candidate.shape[1]) & (row < candidate.shape[0])
    seen = np.where(inside, candidate[np.where(inside, row, 0), np.where(inside, column, 0)], 0).astype(np.float64)
    cells = (side, _SAMPLES, side, _SAMPLES)
    return inside.reshape(cells).all(axis=(1, 3)), seen.reshape(cells).mean(axis=(1, 3)), float(inside.mean())


def _correlations(enrolled: NDArray[np.uint8], whole: NDArray[np.bool_], grey: Cells) -> Cells:
    """(n, n): of each block, NaN where too little of it shows, or it is flat."""
    shown = _blocks(whole)
    count = shown.sum(axis=(2, 3))
    one, other = _centred(_blocks(enrolled.astype(np.float64)), shown), _centred(_blocks(grey), shown)
    mine, theirs = (one**2).sum(axis=(2, 3)), (other**2).sum(axis=(2, 3))
    length = np.sqrt(mine * theirs)
    alike = np.divide((one * other).sum(axis=(2, 3)), length, out=np.zeros_like(length), where=length > 0)
    tells = (count >= _BLOCK_SHOWN * _BLOCK**2) & (mine >= _BLOCK_FLAT**2 * count)
    return np.where(tells, alike, np.nan)


def _blocks(cells: NDArray[Any]) -> NDArray[Any]:
    return sliding_window_view(cells, (_BLOCK, _BLOCK))[:: _BLOCK // 2, :: _BLOCK // 2]


def _centred(blocks: Cells, shown: NDArray[np.bool_]) -> Cells:
    count = shown.sum(axis=(2, 3), keepdims=True)
    mean = (blocks * shown).sum(axis=(2, 3), keepdims=True) / np.maximum(count, 1)
    return np.where(shown, blocks - mean, 0.0)


def _median(alike: Cells) -> float | None:
    told = alike[~np.isnan(alike)]
    return float(np.median(told)) if len(told) >= _BLOCKS else None
