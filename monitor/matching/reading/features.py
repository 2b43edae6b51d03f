"""Local features: SIFT points, well spread, described as RootSIFT in bytes. Reader side: needs OpenCV.

Lowe 2004; Arandjelovic and Zisserman 2012 for the root. The patent ended in 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.matching.descriptors import LENGTH, UNIT, VERSION
from monitor.model.fingerprint import Features

CANDIDATE_SIDE = 400  # pixels; OpenCV doubles it first, so the finest points are those of 800
CANDIDATE_POINTS = 400
ENROLLED_SIDE = 640
ENROLLED_POINTS = 340  # 8 + 128 bytes each: under 48 kB a photo

_GRID = 8  # cells a side over which points are spread
# Contrast and edge thresholds; the second for what has few points at the first: fog, skin, plain walls.
_CANDIDATE_STEPS = ((0.004, 12.0), (0.0015, 25.0))
_ENROLLED_STEPS = ((0.004, 12.0), (0.001, 25.0))
_WEAK = 0.004  # OpenCV's response; a third of the contrast threshold that is usual
_WEAK_TURN = (
    3  # a cell's weak points wait so much longer: flat grounds have many, and so has a photo of skin in a collage
)
_BANDS = (3.0, 6.0, 12.0)  # pixels of an enrolled point's size, at ENROLLED_SIDE
_SHARES = (0.2, 0.4, 0.25, 0.15)
_COMPARED = 1200  # strongest points that are looked for again in worse copies
_ENLARGE = 2.0  # at most: small pictures hold nothing that more pixels could show


def extract_candidate(luma: NDArray[np.uint8]) -> Features:
    return _extract(luma, CANDIDATE_SIDE, CANDIDATE_POINTS, _CANDIDATE_STEPS)


def extract_enrolled(luma: NDArray[np.uint8]) -> Features:
    """Points that survive recompression first: in low-texture photos most of what is found is grain, which
    does not."""
    return _extract(luma, ENROLLED_SIDE, ENROLLED_POINTS, _ENROLLED_STEPS, lasting=True)


def _extract(
    luma: NDArray[np.uint8],
    side: int,
    points: int,
    steps: tuple[tuple[float, float], ...],
    lasting: bool = False,
) -> Features:
    """luma: (height, width). side: pixels of the longer side that is looked at. points: at most so many."""
    import cv2  # 60 MB; only in a worker that needs it

    cv2.setNumThreads(1)
    height, width = luma.shape
    scale = min(_ENLARGE, side / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    if size != (width, height):
        luma = cv2.resize(luma, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    found: list[cv2.KeyPoint] = []
    for contrast, edge in steps:
        sift = cv2.SIFT_create(contrastThreshold=contrast, edgeThreshold=edge)
        found = list(sift.detect(luma, None))
        if len(found) >= points // 2:
            break
    table = _table(found)
    if lasting:
        strongest = np.argsort(-table[:, 4], kind="stable")[:_COMPARED]
        found, table = [found[at] for at in strongest], table[strongest]
        table[:, 4] += _survived(cv2, luma, table, steps[-1])
    chosen = banded(table, size, points) if lasting else well_spread(table, size)[:points]
    kept, descriptors = sift.compute(luma, [found[at] for at in chosen])
    if descriptors is None:
        descriptors = np.empty((0, LENGTH), dtype=np.float32)
    keypoints = np.array([(p.pt[0], p.pt[1], p.size, p.angle) for p in kept], dtype=np.float32).reshape(-1, 4)
    return Features(VERSION, size[0], size[1], keypoints, rooted(descriptors))


def _survived(
    cv2: Any, luma: NDArray[np.uint8], table: NDArray[np.float32], step: tuple[float, float]
) -> NDArray[np.float32]:
    """In how many of two worse copies (smaller and back, strongly compressed) each point is found again: 0,
    1 or 2. That is more than any response, so it orders before it."""
    height, width = luma.shape
    half = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    smaller = cv2.resize(half, (width, height), interpolation=cv2.INTER_CUBIC)
    packed = cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, 25])[1]
    compressed = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    times = np.zeros(len(table), dtype=np.float32)
    for copy in (smaller, compressed):
        sift = cv2.SIFT_create(nfeatures=_COMPARED, contrastThreshold=step[0], edgeThreshold=step[1])
        other = _table(sift.detect(copy, None))
        for start in range(0, len(table), 256):
            part = table[start : start + 256]
            near = np.abs(part[:, None, :2] - other[None, :, :2]).max(axis=2) < 1 + 0.1 * part[:, None, 2]
            near &= np.abs(np.log2(part[:, None, 2] / other[None, :, 2])) < 0.4
            near &= np.abs((part[:, None, 3] - other[None, :, 3] + 180) % 360 - 180) < 20
            times[start : start + 256] += near.any(axis=1)
    return times


def _table(found: Sequence[Any]) -> NDArray[np.float32]:
    """(n, 5): x, y, size, angle, response."""
    rows = [(point.pt[0], point.pt[1], point.size, point.angle, point.response) for point in found]
    return np.array(rows, dtype=np.float32).reshape(-1, 5)


def banded(table: NDArray[np.float32], size: tuple[int, int], points: int) -> NDArray[np.int64]:
    """Rows of the table: a share of the places for each range of sizes, spread within it; what is left over
    goes to whoever is next. A small point is only found again in a crop, a large one only in a small copy:
    both must be there."""
    order = well_spread(table, size)
    band = np.searchsorted(_BANDS, table[order, 2])
    taken = np.zeros(len(order), dtype=bool)
    for number, share in enumerate(_SHARES):
        taken[np.flatnonzero(band == number)[: int(share * points)]] = True
    rest = np.flatnonzero(~taken)[: max(0, points - int(taken.sum()))]
    taken[rest] = True
    return order[taken]


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
