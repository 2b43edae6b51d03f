"""Where a picture has others in it: panels between seams, squares down a strip. Reader side, NumPy only.

A seam is a line in one shade across a whole part (a gap, a margin), or one at which nearly every neighbour changes at
once (panels without a gap). Parts are cut at their seams again and again. What is left are panels; those that lie
beside each other are looked at together, as many as still show well.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.matching.reading.page import is_page
from monitor.model.fingerprint import Shares

MOST_PANELS = 256  # hashed
MOST_WINDOWS = 128  # looked at closely

_DEEPEST = 6  # cuts of cuts
_SMALLEST = 36  # pixels; what is smaller is a line of text or an icon
_ONE_SHADE = 24  # grey levels, ringing of compression included
_LEAST = 12  # pixels; of what is no line of text, a row of pictures too small to be told
_MANY_SMALL = 0.3  # of the picture, where it consists of such
_JUMP = 6  # grey levels, beyond one and a half times the change on either side of it
_STEEPEST = (255 - _JUMP) * 2 // 3  # around it: beside more no jump is possible
_SEAM = 0.5  # share of a line's neighbours that jump: panels have .5 to .95, 16 of 95 photographs one such line
_LINES = 200  # looked at across, to find seams: more say the same
_STEP = 3  # pixels: a seam of a reduced picture is soft
_TOGETHER = 2.2  # panels a side of a window
_LONG = 2.0  # sides of what is looked at in squares
_SQUARE = 400  # pixels at least
_OVERLAP = 1 / 3
_LARGE = 0.45  # share of the longer side: seen well enough with the whole


@dataclass(frozen=True, slots=True)
class Cutting:
    """Pixels of the picture that was cut: half-open."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def side(self) -> int:
        """The longer one."""
        return max(self.height, self.width)


@dataclass(frozen=True, slots=True)
class PartsPlan:
    """Of one picture, as shares of its sides. panels: to be hashed. windows: to be looked at closely, most at once, in
    reading order. left_out: of either, beyond what is ever looked at."""

    panels: tuple[Shares, ...] = ()
    windows: tuple[Shares, ...] = ()
    left_out: int = 0


def plan(luma: NDArray[np.uint8], *, closely: bool = True) -> PartsPlan:
    """luma: (height, width), at the side that pictures are read at. Of one picture alone: nothing. closely: panels are
    not all that is wanted."""
    height, width = luma.shape
    whole = Cutting(0, 0, height, width)
    every = list(_parts(luma, whole, 0, 0))
    found = [part for part in every if min(part.height, part.width) >= _SMALLEST]
    too_small = _too_small(luma, every)
    panels = [
        part for part in found if part != whole and not is_page(luma[part.top : part.bottom, part.left : part.right])
    ]
    if not closely:
        shown = tuple(_box(part, whole) for part in panels[:MOST_PANELS])
        return PartsPlan(shown, left_out=too_small + len(panels) - len(shown))
    long = [part for part in (panels or [whole]) if part.side >= _LONG * min(part.height, part.width)]
    squares = [square for part in long for square in _squares(part)]
    small = [part for part in panels if part not in long and part.side < _LARGE * whole.side]
    windows = [*(square for square in squares if square.side < _LARGE * whole.side), *_groups(small)]
    windows.sort(key=lambda part: (part.top, part.left))
    left_out = too_small + max(0, len(panels) - MOST_PANELS) + max(0, len(windows) - MOST_WINDOWS)
    return PartsPlan(
        tuple(_box(part, whole) for part in panels[:MOST_PANELS]),
        tuple(_box(part, whole) for part in windows[:MOST_WINDOWS]),
        left_out,
    )


def cut_out(luma: NDArray[np.uint8], box: Shares) -> NDArray[np.uint8]:
    """What of the picture lies in it: at least a pixel."""
    height, width = luma.shape
    left, top = min(int(box[0] * width), width - 1), min(int(box[1] * height), height - 1)
    right, bottom = max(left + 1, round(box[2] * width)), max(top + 1, round(box[3] * height))
    return np.ascontiguousarray(luma[top:bottom, left:right])


def _too_small(luma: NDArray[np.uint8], parts: list[Cutting]) -> int:
    """How many parts are pictures, or rows of them, that are too small to be looked at, where the picture consists of
    such (a sheet of 400)."""
    small = [
        part
        for part in parts
        if _LEAST <= min(part.height, part.width) < _SMALLEST
        and not is_page(luma[part.top : part.bottom, part.left : part.right])
    ]
    return len(small) if sum(part.height * part.width for part in small) >= _MANY_SMALL * luma.size else 0


def _box(part: Cutting, whole: Cutting) -> Shares:
    return part.left / whole.width, part.top / whole.height, part.right / whole.width, part.bottom / whole.height


def _parts(luma: NDArray[np.uint8], part: Cutting, depth: int, uncut: int) -> Iterator[Cutting]:
    """By rows and by columns in turn. uncut: in how many of both ways nothing is left to cut."""
    if uncut == 2 or depth == 2 * _DEEPEST or min(part.height, part.width) < _SMALLEST:
        yield part
        return
    seen = luma[part.top : part.bottom, part.left : part.right]
    by_rows = depth % 2 == 0
    cuts = _runs(seen if by_rows else seen.T)
    is_whole = cuts == [(0, part.height if by_rows else part.width)]
    for start, end in cuts:
        if by_rows:
            inner = Cutting(part.top + start, part.left, part.top + end, part.right)
        else:
            inner = Cutting(part.top, part.left + start, part.bottom, part.left + end)
        yield from _parts(luma, inner, depth + 1, uncut + 1 if is_whole else 1)


def _runs(rows: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """From where to where it is not one shade, and between the seams in there."""
    lines = rows[:, :: max(1, rows.shape[1] // _LINES)].copy(order="K")  # in one piece: it is gone through ten times
    shown = lines.max(axis=1) - lines.min(axis=1) > _ONE_SHADE
    edges = np.flatnonzero(np.diff(shown.astype(np.int8), prepend=0, append=0))
    runs = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    return [piece for start, end in runs for piece in _pieces(lines[start:end], start)]


def _pieces(rows: NDArray[np.uint8], start: int) -> list[tuple[int, int]]:
    cuts = [0, *_seams(rows), len(rows)]
    return [(start + one, start + other) for one, other in itertools.pairwise(cuts) if other > one]


def _seams(rows: NDArray[np.uint8]) -> list[int]:
    if len(rows) < 2 * _SMALLEST:
        return []
    change = np.maximum(rows[_STEP:], rows[:-_STEP]) - np.minimum(rows[_STEP:], rows[:-_STEP])
    here, around = change[_STEP:-_STEP], np.maximum(change[: -2 * _STEP], change[2 * _STEP :])
    limit = np.minimum(around, _STEEPEST)
    limit += limit >> 1  # one and a half times, in bytes: several times as fast as in fractions
    limit += np.uint8(_JUMP)
    share = (here > limit).sum(axis=1, dtype=np.uint16) / rows.shape[1]
    found = list[int]()
    for at in np.flatnonzero(share >= _SEAM).tolist():
        place = at + _STEP + 2  # the middle of the step
        if found and place - found[-1] <= 2 * _STEP:
            continue
        found.append(place)
    return found


def _squares(part: Cutting) -> Iterator[Cutting]:
    """Along it, over one another by a third."""
    upright = part.height >= part.width
    length = part.side
    side = min(length, max(_SQUARE, min(part.height, part.width)))
    count = 1 + max(0, -int(-(length - side) // (side * (1 - _OVERLAP))))
    for at in np.linspace(0, length - side, count).round().astype(int).tolist():
        if upright:
            yield Cutting(part.top + at, part.left, part.top + at + side, part.right)
        else:
            yield Cutting(part.top, part.left + at, part.bottom, part.left + at + side)


def _groups(panels: list[Cutting]) -> Iterator[Cutting]:
    """Neighbours together, each panel once. What is left of a row or column comes with the next."""
    unit = int(np.median([part.side for part in panels])) if panels else 0
    left = sorted(panels, key=lambda part: (part.top, part.left))
    while left:
        high = left[0].top + left[0].height / 2
        first = min((part for part in left if part.top < high), key=lambda part: part.left)
        side = max(first.side, unit)
        reach = max(_TOGETHER * side, _SQUARE / 2)
        inside = [
            part
            for part in left
            if first.left - side / 2 <= part.left
            and part.right <= first.left + reach
            and first.top - side / 2 <= part.top
            and part.bottom <= first.top + reach
        ] or [first]
        yield Cutting(
            min(part.top for part in inside),
            min(part.left for part in inside),
            max(part.bottom for part in inside),
            max(part.right for part in inside),
        )
        left = [part for part in left if part not in inside]
