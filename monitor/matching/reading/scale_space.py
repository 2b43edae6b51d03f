"""Where a candidate's SIFT points lie: the same as OpenCV's own, found so that only the chosen ones are turned and
described, all from one pyramid. Reader side: needs OpenCV.

OpenCV's `detect` gives every point its angle, about 1,300 of them of which 400 are used, and its `compute` builds the
pyramid a second time. The steps and numbers are Lowe's (2004, sections 3 and 4) as OpenCV has them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.matching.reading.points import opencv

LAYERS = 3  # of an octave, in which points are looked for
_SIGMA = 1.6
_DOUBLED_SIGMA = 1.0  # that an image has anyway, once it is doubled
_BORDER = 5  # pixels of an octave where no points are looked for
_STEPS = 5  # at most, to the place between the pixels
_LEAST = 0.6  # of the contrast threshold, before the place between the pixels is known
_UNIT = 100  # of a grey level: whole numbers of 16 bits take half the memory, and the time is the memory's
_WHITE = 255.0 * _UNIT
_LEFT, _FARTHEST = 0.5, 1000.0  # pixels to the next place


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """blurred: all images, one after the other, flat, in hundredths of a grey level; of each octave `LAYERS + 3`.
    starts, heights, widths: of each octave. The first octave is the image doubled."""

    blurred: NDArray[np.int16]
    starts: NDArray[np.int64]
    heights: NDArray[np.int64]
    widths: NDArray[np.int64]

    def octave(self, number: int) -> NDArray[np.int16]:
        """(LAYERS + 3, height, width)"""
        height, width = int(self.heights[number]), int(self.widths[number])
        start = int(self.starts[number])
        return self.blurred[start : start + (LAYERS + 3) * height * width].reshape(LAYERS + 3, height, width)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Points without an angle. octave, layer, row, column: of the nearest pixel of the pyramid. x, y, size: as a
    keypoint has them, in pixels of the image. sigma: of the blur there, in pixels of the octave. response: contrast."""

    octave: NDArray[np.int64]
    layer: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    sigma: NDArray[np.float32]
    response: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.octave)

    @property
    def size(self) -> NDArray[np.float32]:
        return self.sigma * np.exp2(self.octave).astype(np.float32)

    def at(self, rows: NDArray[np.int64]) -> Places:
        return Places(*(getattr(self, name)[rows] for name in self.__slots__))


def pyramid_of(luma: NDArray[np.uint8]) -> Pyramid:
    cv2 = opencv()
    height, width = luma.shape
    count = round(float(np.log2(2 * min(height, width)) - 2)) + 1
    heights = [2 * height >> number for number in range(count)]
    widths = [2 * width >> number for number in range(count)]
    while min(heights[-1], widths[-1]) <= 2 * _BORDER and len(heights) > 1:
        heights.pop(), widths.pop()
    sizes = (LAYERS + 3) * np.array(heights) * np.array(widths)
    starts = np.concatenate(([0], np.cumsum(sizes)))
    pyramid = Pyramid(np.empty(starts[-1], np.int16), starts[:-1], np.array(heights), np.array(widths))
    base = cv2.resize(luma.astype(np.int16) * _UNIT, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    _blur(base, float(np.sqrt(_SIGMA**2 - _DOUBLED_SIGMA**2)), pyramid.octave(0)[0])
    for number in range(len(heights)):
        images = pyramid.octave(number)
        if number:
            images[0] = pyramid.octave(number - 1)[LAYERS, : 2 * heights[number] : 2, : 2 * widths[number] : 2]
        for layer in range(1, LAYERS + 3):
            before = _SIGMA * 2 ** ((layer - 1) / LAYERS)
            _blur(images[layer - 1], before * float(np.sqrt(2 ** (2 / LAYERS) - 1)), images[layer])
    return pyramid


def _blur(image: NDArray[np.int16], sigma: float, out: NDArray[np.int16]) -> None:
    cv2 = opencv()
    reach = 2 * int(np.ceil(3 * sigma)) + 1  # OpenCV takes 8 sigma, for a third more time
    cv2.GaussianBlur(image, (reach, reach), sigma, dst=out)


def places_of(pyramid: Pyramid, contrast: float, edge: float) -> Places:
    """Local extrema of the differences. contrast and edge: OpenCV's thresholds."""
    cv2 = opencv()
    planes = LAYERS + 2
    sizes = planes * pyramid.heights * pyramid.widths
    starts = np.concatenate(([0], np.cumsum(sizes)))
    differences = np.empty(starts[-1], np.int16)
    found, octaves = [], []
    for number in range(len(sizes)):
        images = pyramid.octave(number)
        part = differences[starts[number] : starts[number + 1]].reshape(planes, *images.shape[1:])
        for layer in range(planes):
            cv2.subtract(images[layer + 1], images[layer], dst=part[layer])
        extrema = _extrema(part, max(1, int(_LEAST * contrast / LAYERS * _WHITE)))
        found.append(extrema)
        octaves.append(np.full(len(extrema), number))
    octave, place = np.concatenate(octaves), np.concatenate(found)
    return _between(differences, starts, pyramid, octave, place, contrast, edge)


def _extrema(part: NDArray[np.int16], least: int) -> NDArray[np.int64]:
    """(n, 3): layer, row, column of what is above or below its 26 neighbours. part: (LAYERS + 2, height, width)."""
    cv2 = opencv()
    _, height, width = part.shape
    inner = slice(_BORDER, height - _BORDER), slice(_BORDER, width - _BORDER)
    box = np.ones((3, 3), np.uint8)
    around = [-1, -width, -width - 1, 1 - width, 0, 1, width, width - 1, width + 1]
    found, limit = [np.empty((0, 3), np.int64)], np.empty((height, width), np.int16)
    for layer in range(1, LAYERS + 1):
        plane = part[layer]
        limit = cv2.dilate(plane, box, dst=limit)
        peaks = cv2.compare(plane, np.maximum(limit, np.int16(least), out=limit), cv2.CMP_GE)
        limit = cv2.erode(plane, box, dst=limit)
        bottoms = cv2.compare(plane, np.minimum(limit, np.int16(-least), out=limit), cv2.CMP_LE)
        peaks = cv2.findNonZero(cv2.bitwise_or(peaks, bottoms, dst=peaks)[inner])
        if peaks is None:
            continue
        peaks = peaks.reshape(-1, 2).astype(np.int64) + _BORDER
        at = peaks[:, 1] * width + peaks[:, 0]
        value = plane.reshape(-1)[at]
        sign, peak = np.sign(value), np.abs(value)
        below, same, above = (part[layer + step].reshape(-1) for step in (-1, 0, 1))
        for neighbour, shifts, least_below in ((below, around, 1), (same, around[:4], 1), (above, around, 0)):
            for shift in shifts:  # of equal neighbours the first one stays
                kept = np.flatnonzero(neighbour.take(at + shift) * sign <= peak - least_below)
                at, sign, peak = at.take(kept), sign.take(kept), peak.take(kept)
        found.append(np.column_stack([np.full(len(at), layer), at // width, at % width]))
    return np.concatenate(found)


def _between(
    differences: NDArray[np.int16],
    starts: NDArray[np.int64],
    pyramid: Pyramid,
    octave: NDArray[np.int64],
    place: NDArray[np.int64],
    contrast: float,
    edge: float,
) -> Places:
    """Where between the pixels each extremum lies, without those that are weak or on an edge."""
    layer, row, column = (place[:, axis].copy() for axis in range(3))
    off = np.zeros((len(place), 3), np.float32)  # column, row, layer
    response = np.zeros(len(place), np.float32)
    todo = np.arange(len(place))
    for _ in range(_STEPS):
        height, width = pyramid.heights[octave[todo]], pyramid.widths[octave[todo]]
        at = starts[octave[todo]] + (layer[todo] * height + row[todo]) * width + column[todo]
        moved, strength, is_sharp = _fitted(differences, at, width, height * width, edge)
        near = (np.abs(moved) < _LEFT).all(axis=1)
        good = near & is_sharp & (strength * LAYERS >= contrast)
        response[todo[good]], off[todo[good]] = strength[good], moved[good]
        on = ~near & (np.abs(moved) < _FARTHEST).all(axis=1)
        todo, step = todo[on], np.rint(moved[on]).astype(np.int64)
        column[todo] += step[:, 0]
        row[todo] += step[:, 1]
        layer[todo] += step[:, 2]
        inside = (layer[todo] >= 1) & (layer[todo] <= LAYERS)
        for axis, sides in ((column, pyramid.widths), (row, pyramid.heights)):
            inside &= (axis[todo] >= _BORDER) & (axis[todo] < sides[octave[todo]] - _BORDER)
        todo = todo[inside]
    kept = np.flatnonzero(response > 0)
    key = ((octave[kept] * (LAYERS + 1) + layer[kept]) << 40) + (row[kept] << 20) + column[kept]
    kept = kept[np.unique(key, return_index=True)[1]]
    scale = np.exp2(octave[kept] - 1).astype(np.float32)
    sigma = _SIGMA * np.exp2((layer[kept] + off[kept, 2]) / LAYERS)
    x, y = (column[kept] + off[kept, 0]) * scale, (row[kept] + off[kept, 1]) * scale
    return Places(
        octave[kept],
        layer[kept],
        row[kept],
        column[kept],
        x.astype(np.float32),
        y.astype(np.float32),
        sigma.astype(np.float32),
        response[kept],
    )


def _fitted(
    values: NDArray[np.int16],
    at: NDArray[np.int64],
    width: NDArray[np.int64],
    plane: NDArray[np.int64],
    edge: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """To the top of a parabola through the 26 neighbours (column, row, layer), the contrast there, and whether it is no
    edge."""

    def there(shift: NDArray[np.int64] | int) -> NDArray[np.float32]:
        return values.take(at + shift).astype(np.float32)

    def slope(one: NDArray[np.int64] | int) -> NDArray[np.float32]:
        ahead, behind = there(one), there(-one)
        bends.append(ahead + behind - 2 * here)
        half: NDArray[np.float32] = (ahead - behind) * np.float32(0.5)
        return half

    def twist(one: NDArray[np.int64] | int, other: NDArray[np.int64]) -> NDArray[np.float32]:
        twisted = there(one + other) - there(other - one)
        twisted += there(-one - other) - there(one - other)
        twisted *= 0.25
        return twisted

    here = there(0)
    bends: list[NDArray[np.float32]] = []
    dx, dy, ds = slope(1), slope(width), slope(plane)
    dxx, dyy, dss = bends
    dxy, dxs, dys = twist(1, width), twist(1, plane), twist(width, plane)
    # the inverse of a symmetric 3 x 3
    xx, xy, xs = dyy * dss - dys * dys, dys * dxs - dxy * dss, dxy * dys - dyy * dxs
    yy, ys, ss = dxx * dss - dxs * dxs, dxy * dxs - dxx * dys, dxx * dyy - dxy * dxy
    whole = dxx * xx + dxy * xy + dxs * xs
    whole = np.where(np.abs(whole) < 1e-3, np.float32(1e-3), whole)
    x, y, s = (
        -(one * dx + two * dy + three * ds) / whole for one, two, three in ((xx, xy, xs), (xy, yy, ys), (xs, ys, ss))
    )
    strength: NDArray[np.float32] = np.abs(here + (dx * x + dy * y + ds * s) / 2)
    strength /= np.float32(_WHITE)
    is_sharp = (ss > 0) & ((dxx + dyy) ** 2 * edge < (edge + 1) ** 2 * ss)
    return np.column_stack([x, y, s]), strength, is_sharp
