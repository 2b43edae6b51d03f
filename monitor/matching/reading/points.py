"""What candidates and enrolled photos have in common: SIFT points, well spread, described as RootSIFT in bytes. Reader
side: needs OpenCV.

Lowe 2004; Arandjelovic and Zisserman 2012 for the root. The patent ended in 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.matching.descriptors import LENGTH, UNIT, VERSION
from monitor.model.fingerprint import Features

_GRID = 8  # cells a side over which points are spread
_WEAK = 0.004  # OpenCV's response; a third of the contrast threshold that is usual
_WEAK_TURN = (
    3  # a cell's weak points wait so much longer: flat grounds have many, and so has a photo of skin in a collage
)
_ENLARGE = 2.0  # at most: small pictures hold nothing that more pixels could show


def opencv() -> Any:
    import cv2  # 60 MB; only in a worker that needs it

    cv2.setNumThreads(1)
    return cv2


def sized(luma: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """luma: (height, width). side: pixels of the longer side that is looked at."""
    cv2 = opencv()
    height, width = luma.shape
    scale = min(_ENLARGE, side / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    if size == (width, height):
        return luma
    resized: NDArray[np.uint8] = cv2.resize(luma, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return resized


def detected(luma: NDArray[np.uint8], fewest: int, steps: Sequence[tuple[float, float]]) -> tuple[Any, list[Any]]:
    """OpenCV's SIFT and its keypoints, at the first of the steps (contrast and edge threshold) that finds at least
    `fewest`, or else the last."""
    found: list[Any] = []
    for contrast, edge in steps:
        sift = opencv().SIFT_create(contrastThreshold=contrast, edgeThreshold=edge)
        found = list(sift.detect(luma, None))
        if len(found) >= fewest:
            break
    return sift, found


def described(sift: Any, luma: NDArray[np.uint8], chosen: Sequence[Any]) -> Features:
    kept, descriptors = sift.compute(luma, chosen)
    if descriptors is None:
        descriptors = np.empty((0, LENGTH), dtype=np.float32)
    keypoints = np.array([(p.pt[0], p.pt[1], p.size, p.angle) for p in kept], dtype=np.float32).reshape(-1, 4)
    height, width = luma.shape
    return Features(VERSION, width, height, keypoints, rooted(descriptors))


def table_of(found: Sequence[Any]) -> NDArray[np.float32]:
    """(n, 5): x, y, size, angle, response."""
    rows = [(point.pt[0], point.pt[1], point.size, point.angle, point.response) for point in found]
    return np.array(rows, dtype=np.float32).reshape(-1, 5)


def well_spread(table: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.int64]:
    """Rows of (x, y, size, angle, response): the strongest of each cell of a grid, then the second of each,
    and so on, so that one busy corner does not take every place."""
    strength = np.lexsort((table[:, 1], table[:, 0], -table[:, 4]))
    column = np.minimum((table[:, 0] * _GRID / size[0]).astype(np.int64), _GRID - 1)
    row = np.minimum((table[:, 1] * _GRID / size[1]).astype(np.int64), _GRID - 1)
    cell = (row * _GRID + column)[strength]
    by_cell = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[by_cell], np.arange(_GRID * _GRID))
    rank = np.empty(len(cell), dtype=np.int64)
    rank[by_cell] = np.arange(len(cell)) - starts[cell[by_cell]]
    rank = np.where(table[strength, 4] < _WEAK, _WEAK_TURN * (rank + 1), rank)
    return strength[np.argsort(rank, kind="stable")]


def rooted(descriptors: NDArray[np.float32]) -> NDArray[np.uint8]:
    total = np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    scaled: NDArray[np.float32] = np.rint(np.sqrt(descriptors / total) * np.float32(UNIT))
    return scaled.clip(0, 255).astype(np.uint8)
