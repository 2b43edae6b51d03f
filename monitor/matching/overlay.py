"""Is it the photo that agrees, or what was laid over it? A site's stamp, a caption, a banner are on strangers too. Core
side: NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from monitor.matching.greys import laid_on
from monitor.matching.siblings import FramedPhoto, cover

_MUCH = 0.45  # of the photo's places agree: no stamp covers so much
_SHOWN = 0.5  # of the photo: of less, a stamp can be all that is asked
_FILLED = 0.85  # of the candidate: a cut-out
_SAMPLES = 12  # a side, of each cell with points that agree
_SHADE = 6  # grey levels to either side are one shade
_APART = 10  # levels between the middles of two shades
_FLAT = 2.0  # grey levels; flatter surroundings correlate with anything
_DRAWING = 0.7  # of all of it is of two shades: a drawing, or barred nearly everywhere
_BARRED = 0.45  # of its cells are of one exact shade: a bar
_SAME_SHADE = 4  # grey levels in a cell of one shade
_AROUND = 0.8  # of the photo's width or height: what lies at both ends of a bar is no stamp
_LETTERS = 0.6  # likewise, of what fills the candidate: a page of text (.66 and more; crops with few points .53)
_EVERYWHERE = 6  # of nine parts of the photo: a picture whose greys were changed, or a stamp in tiles
_LEAST = 0.35  # strangers with one boxed stamp have less (bench/README.md)
_OWN = 0.45  # strangers with a caption, or a stamp seen through, reached .42


def lies_over(
    photo: FramedPhoto,
    candidate: NDArray[np.uint8],
    affine: NDArray[np.float64],
    extent: tuple[float, float],
    agreeing: NDArray[np.float64],
    *,
    few: bool = False,
) -> bool | None:
    """Whether the points that agree are drawn over the photo: around them there are two shades, a letter's and its
    ground's, or the greys around are not the photo's. A photograph that shows in part, beside bars or on another
    ground, has many shades there, and the same on both; what is left around a bar lies at both ends of it. None: of a
    drawing, of what is barred nearly everywhere, and where they lie all over the photo, it cannot be said.

    candidate: (height, width), no negative. affine: from the photo's frame to the candidate's, which is `extent` wide
    and high. agreeing: (n, 2), where on the photo the points lie that agree. few: and nothing
    else tells: then what fills a page of text is no cut-out."""
    if photo.luma is None:
        return False
    side = len(photo.luma)
    onto = affine * np.array([[candidate.shape[1] / extent[0]], [candidate.shape[0] / extent[1]]])
    whole, grey, share = laid_on(side, candidate, onto, photo.extent)
    filled = share * abs(np.linalg.det(affine[:, :2])) * np.prod(photo.extent) / np.prod(extent)
    is_letters = few and share < _SHOWN and _two_shades(candidate, onto, photo.extent, whole) >= _LETTERS
    is_shown = share >= _SHOWN or filled >= _FILLED
    if is_shown and not is_letters and cover(photo, affine, extent, agreeing) >= _MUCH:
        return False
    column, row = (agreeing / photo.extent * side).astype(np.int64).clip(0, side - 1).T
    cells = np.zeros((side, side), dtype=np.bool_)
    cells[row, column] = True
    cells &= whole
    if not cells.any():
        return False
    own = _alike_around(photo.luma, grey, cells) - _two_shades(candidate, onto, photo.extent, cells)
    if own >= _OWN:
        return False
    spread = (agreeing / photo.extent).max(axis=0) - (agreeing / photo.extent).min(axis=0)
    if spread.max() >= _AROUND and _one_shade(candidate, onto, photo.extent, whole) >= _BARRED:
        return False
    if own >= _LEAST:
        return None
    thirds = np.unique(np.floor(agreeing / photo.extent * 3).clip(0, 2), axis=0)
    if len(thirds) >= _EVERYWHERE:
        return None
    return True if _two_shades(candidate, onto, photo.extent, whole) < _DRAWING else None


def _alike_around(enrolled: NDArray[np.uint8], grey: NDArray[np.float64], cells: NDArray[np.bool_]) -> float:
    """The median correlation of the three by three cells around each; those flat on the photo are not asked."""
    mine, theirs = _around(enrolled.astype(np.float64), cells), _around(grey, cells)
    size = (mine**2).mean(axis=1)
    length = np.sqrt((mine**2).sum(axis=1) * (theirs**2).sum(axis=1))
    alike = np.divide((mine * theirs).sum(axis=1), length, out=np.zeros_like(length), where=length > 0)
    told = alike[size > _FLAT**2]
    return float(np.median(told)) if len(told) else 0.0


def _around(grey: NDArray[np.float64], cells: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n, 9), less their mean."""
    around = sliding_window_view(np.pad(grey, 1, mode="edge"), (3, 3))[cells].reshape(-1, 9)
    centred: NDArray[np.float64] = around - around.mean(axis=1, keepdims=True)
    return centred


def shades_of(
    candidate: NDArray[np.uint8], affine: NDArray[np.float64], frame: tuple[float, float], cells: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """(n, `_SAMPLES`, `_SAMPLES`): the candidate's pixels in each of these cells."""
    step = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    row, column = np.nonzero(cells)
    y = ((row[:, None, None] + step[:, None]) / len(cells) * frame[1]) + np.zeros(_SAMPLES)
    x = ((column[:, None, None] + step) / len(cells) * frame[0]) + np.zeros((_SAMPLES, 1))
    across = np.floor(affine[0, 0] * x + affine[0, 1] * y + affine[0, 2]).astype(np.int64)
    down = np.floor(affine[1, 0] * x + affine[1, 1] * y + affine[1, 2]).astype(np.int64)
    height, width = candidate.shape
    shades: NDArray[np.uint8] = candidate[down.clip(0, height - 1), across.clip(0, width - 1)]
    return shades


def _one_shade(
    candidate: NDArray[np.uint8], affine: NDArray[np.float64], frame: tuple[float, float], cells: NDArray[np.bool_]
) -> float:
    """Share of these cells that are filled by the one shade that fills most."""
    shades = shades_of(candidate, affine, frame, cells).reshape(-1, _SAMPLES**2)
    least, most = shades.min(axis=1), shades.max(axis=1)
    counts = np.bincount(least[most - least <= _SAME_SHADE], minlength=256)
    return float(np.convolve(counts, np.ones(_SAME_SHADE + 1), "same").max() / max(1, len(shades)))


def _two_shades(
    candidate: NDArray[np.uint8], affine: NDArray[np.float64], frame: tuple[float, float], cells: NDArray[np.bool_]
) -> float:
    """Share of the candidate's pixels in these cells that are of the two commonest shades."""
    counts = np.bincount(shades_of(candidate, affine, frame, cells).reshape(-1), minlength=256)
    shade = np.ones(2 * _SHADE + 1)
    near = np.convolve(counts, shade, "same")
    first = int(near.argmax())
    rest = counts.copy()
    rest[max(0, first - _APART) : first + _APART + 1] = 0
    return float((near[first] + np.convolve(rest, shade, "same").max()) / counts.sum())
