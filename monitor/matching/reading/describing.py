"""The angles of a candidate's points, and what they look like: as OpenCV's SIFT has it, from a sample of the pixels
that it looks at. Reader side: needs OpenCV.

A descriptor that is made so lies ten times nearer to OpenCV's own than to another point's: what is enrolled stays
comparable (`descriptors.VERSION`). It takes a quarter of the time.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.matching.descriptors import LENGTH
from monitor.matching.reading.points import opencv
from monitor.matching.reading.scale_space import Places, Pyramid

_TURNS = 36  # bins of an angle's histogram
_TURN_SIDE, _TURN_REACH, _TURN_SIGMA = 15, 4.5, 1.5  # samples a side; the rest in sigmas of the point
_SHARE = 0.8  # of the highest: each such peak is a point of its own

_SIDE = 14  # samples a side of a descriptor
_CELLS, _DIRECTIONS = 4, 8
_CELL = 3.0  # sigmas of the point
_MOST = 0.2  # of the length, that one value may have


def angled(pyramid: Pyramid, places: Places) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows of the places, some twice, and their angles in degrees."""
    steps = np.linspace(-_TURN_REACH, _TURN_REACH, _TURN_SIDE, dtype=np.float32)
    down, across = (axis.reshape(-1) for axis in np.meshgrid(steps, steps, indexing="ij"))
    weights = np.exp(-(down**2 + across**2) / (2 * _TURN_SIGMA**2))
    rows = places.row[:, None] + np.rint(down * places.sigma[:, None]).astype(np.int64)
    columns = places.column[:, None] + np.rint(across * places.sigma[:, None]).astype(np.int64)
    steep, angle = _gradients(pyramid, places, rows, columns)
    bins = np.rint(np.degrees(angle) * (_TURNS / 360)).astype(np.int64) % _TURNS
    bins += _TURNS * np.arange(len(places))[:, None]
    counted = np.bincount(bins.reshape(-1), (steep * weights).reshape(-1), minlength=_TURNS * len(places))
    counted = counted.reshape(-1, _TURNS)
    one, two = (np.roll(counted, by, 1) + np.roll(counted, -by, 1) for by in (1, 2))
    smooth = (6 * counted + 4 * one + two) / 16
    before, after = np.roll(smooth, 1, 1), np.roll(smooth, -1, 1)
    is_peak = (smooth > before) & (smooth > after) & (smooth >= _SHARE * smooth.max(axis=1, keepdims=True))
    row, top = np.nonzero(is_peak)
    low, high, middle = before[row, top], after[row, top], smooth[row, top]
    exact = top + (low - high) / (2 * (low - 2 * middle + high))
    return row, ((360 - exact * (360 / _TURNS)) % 360).astype(np.float32)


def described_at(pyramid: Pyramid, places: Places, angles: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 128), as `cv2.SIFT.compute` gives them."""
    down, across, pooling = _samples()
    angle = np.radians(-angles)[:, None]
    reach = _CELL * places.sigma[:, None]
    cos, sin = np.cos(angle) * reach, np.sin(angle) * reach
    scale = np.exp2(1 - places.octave).astype(np.float32)
    columns = np.rint(np.rint(places.x * scale)[:, None] + cos * across + sin * down).astype(np.int64)
    rows = np.rint(np.rint(places.y * scale)[:, None] + cos * down - sin * across).astype(np.int64)
    steep, direction = _gradients(pyramid, places, rows, columns)
    turn = (direction - angle) * np.float32(_DIRECTIONS / (2 * np.pi))
    first = np.floor(turn)
    later = steep * (turn - first)
    bins = first.astype(np.int64) % _DIRECTIONS
    start = _DIRECTIONS * np.arange(bins.size).reshape(bins.shape)
    spread = np.zeros(bins.size * _DIRECTIONS, np.float32)
    spread[start + bins] = steep - later
    spread[start + (bins + 1) % _DIRECTIONS] = later
    found: NDArray[np.float32] = np.matmul(pooling, spread.reshape(len(places), _SIDE * _SIDE, _DIRECTIONS)).reshape(
        -1, LENGTH
    )
    found = np.minimum(found, _MOST * np.linalg.norm(found, axis=1, keepdims=True))
    found *= 512 / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
    return np.rint(found, out=found).clip(0, 255)


@lru_cache(maxsize=1)
def _samples() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Where samples lie, in cells from the middle (down, across), and what each adds to each of the 16 cells."""
    steps = ((np.arange(_SIDE) + 0.5) / _SIDE - 0.5) * (_CELLS + 1)
    down, across = (axis.reshape(-1) for axis in np.meshgrid(steps, steps, indexing="ij"))
    middles = np.arange(_CELLS) - (_CELLS - 1) / 2
    near = [np.maximum(0, 1 - np.abs(axis[:, None] - middles)) for axis in (down, across)]
    weights = np.exp(-(down**2 + across**2) / (_CELLS**2 / 2))
    pooling = (near[0][:, :, None] * near[1][:, None, :]).reshape(-1, _CELLS**2) * weights[:, None]
    return down.astype(np.float32), across.astype(np.float32), np.ascontiguousarray(pooling.T, np.float32)


def _gradients(
    pyramid: Pyramid, places: Places, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How steep it is at pixels of each place's image, (n, m) each, and in which direction, counter-clockwise. Outside
    it is flat."""
    height, width = pyramid.heights[places.octave][:, None], pyramid.widths[places.octave][:, None]
    outside = (rows < 1) | (rows > height - 2) | (columns < 1) | (columns > width - 2)
    start = pyramid.starts[places.octave][:, None] + places.layer[:, None] * height * width
    at = start + rows.clip(1, height - 2) * width + columns.clip(1, width - 2)
    across = pyramid.blurred.take(at + 1) - pyramid.blurred.take(at - 1)
    up = pyramid.blurred.take(at - width) - pyramid.blurred.take(at + width)
    if not at.size:  # OpenCV answers with None
        return across.astype(np.float32), up.astype(np.float32)
    steep, direction = opencv().cartToPolar(across.astype(np.float32), up.astype(np.float32))
    steep[outside] = 0
    return steep, direction
