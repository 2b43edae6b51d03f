"""What a bar leaves of a photo: are the greys around it the photo's own? Core side: NumPy only.

Where most of a photo is covered, few points are left, and greys asked of the whole say nothing. But a frame of cells
around a bar that correlates at .99 with the photo's own is hers: no other photo of 6,000 pairs reached .96
there (bench/README.md).
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from monitor.matching.greys import laid_on
from monitor.matching.overlay import shades_of

_SAME_SHADE = 4  # grey levels in a cell of one shade
_COVERED = 0.3  # of the photo's cells are of one exact shade there, and have more than one in the photo
_DETAIL = 1.5  # grey levels: the spread of a cell and those beside it
_FEWEST = 20  # cells; fewer say nothing
_THIRDS = 6  # of nine parts of the photo have some: a stamp on a black picture lies in fewer


def uncovered_alike(
    enrolled: NDArray[np.uint8], candidate: NDArray[np.uint8], affine: NDArray[np.float64], frame: tuple[float, float]
) -> tuple[float, int] | None:
    """The correlation of the cells that nothing flat covers or touches, and how many these are. None where no bar
    covers much, or too little is left.

    enrolled: (24, 24), the photo squeezed square. candidate: (height, width), no negative. affine: from the photo's
    frame, `frame` pixels wide and high, to the candidate's pixels."""
    whole, grey, _ = laid_on(len(enrolled), candidate, affine, frame)
    shades = shades_of(candidate, affine, frame, whole)
    least, spread = shades.min(axis=(1, 2)), np.ptp(shades, axis=(1, 2))
    flat = np.zeros_like(whole)
    flat[whole] = spread <= _SAME_SHADE
    counts = np.bincount(least[spread <= _SAME_SHADE], minlength=256)
    shade = int(np.convolve(counts, np.ones(_SAME_SHADE + 1), "same").argmax())
    detailed = _around(enrolled.astype(np.float64), "edge").std(axis=(2, 3)) >= _DETAIL
    bar = flat & detailed & (np.abs(grey - shade) <= _SAME_SHADE)
    free = whole & ~_around(flat, "constant").any(axis=(2, 3))
    if bar.sum() < _COVERED * whole.size or free.sum() < _FEWEST:
        return None
    row, column = np.nonzero(free)
    if len(np.unique(row * 3 // len(free) * 3 + column * 3 // len(free))) < _THIRDS:
        return None
    mine, theirs = enrolled[free].astype(np.float64), grey[free]
    length = float(mine.std() * theirs.std())
    alike = float(((mine - mine.mean()) * (theirs - theirs.mean())).mean()) / length if length else 0.0
    return alike, int(free.sum())


def _around(cells: NDArray[np.generic], mode: str) -> NDArray[np.generic]:
    """(n, n, 3, 3)"""
    return sliding_window_view(np.pad(cells, 1, mode=mode), (3, 3))  # type: ignore[call-overload]
