"""Local features: SIFT points, well spread, described as RootSIFT in bytes. Reader side: needs OpenCV.

Lowe 2004; Arandjelovic and Zisserman 2012 for the root. The patent ended in 2020.
"""

from __future__ import annotations


import numpy as np
from numpy.typing import NDArray

from monitor.matching.descriptors import LENGTH, UNIT, VERSION
from monitor.model.fingerprint import Features

CANDIDATE_SIDE = 448  # pixels; OpenCV doubles it first, so the finest points are those of 896
CANDIDATE_POINTS = 400
ENROLLED_SIDE = 640
ENROLLED_POINTS = 340  # 8 + 128 bytes each: under 48 kB a photo

_GRID = 8  # cells a side over which points are spread
# Contrast and edge thresholds; the second for what has few points at the first: fog, skin, plain walls.
_CANDIDATE_STEPS = ((0.012, 12.0), (0.003, 25.0))
_ENROLLED_STEPS = ((0.004, 12.0), (0.001, 25.0))
_ENLARGE = 2.0  # at most: small pictures hold nothing that more pixels could show


def extract_candidate(luma: NDArray[np.uint8]) -> Features:
    return _extract(luma, CANDIDATE_SIDE, CANDIDATE_POINTS, _CANDIDATE_STEPS)


def extract_enrolled(luma: NDArray[np.uint8]) -> Features:
    return _extract(luma, ENROLLED_SIDE, ENROLLED_POINTS, _ENROLLED_STEPS)


def _extract(luma: NDArray[np.uint8], side: int, points: int, steps: tuple[tuple[float, float], ...]) -> Features:
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
    table = np.array([(p.pt[0], p.pt[1], p.size, p.angle, p.response) for p in found], dtype=np.float32).reshape(-1, 5)
    chosen = spread(table, size, points)
    kept, descriptors = sift.compute(luma, [found[at] for at in chosen])
    if descriptors is None:
        descriptors = np.empty((0, LENGTH), dtype=np.float32)
    keypoints = np.array([(p.pt[0], p.pt[1], p.size, p.angle) for p in kept], dtype=np.float32).reshape(-1, 4)
    return Features(VERSION, size[0], size[1], keypoints, rooted(descriptors))


def spread(table: NDArray[np.float32], size: tuple[int, int], points: int) -> NDArray[np.int64]:
    """Rows of (x, y, size, angle, response): the strongest of each cell of a grid, then the second of each,
    and so on, so that one busy corner does not take every place. In the order of choice."""
    strength = np.lexsort((table[:, 1], table[:, 0], -table[:, 4]))
    column = np.minimum((table[:, 0] * _GRID / size[0]).astype(np.int64), _GRID - 1)
    row = np.minimum((table[:, 1] * _GRID / size[1]).astype(np.int64), _GRID - 1)
    cell = (row * _GRID + column)[strength]
    by_cell = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[by_cell], np.arange(_GRID * _GRID))
    rank = np.empty(len(cell), dtype=np.int64)
    rank[by_cell] = np.arange(len(cell)) - starts[cell[by_cell]]
    return strength[np.argsort(rank, kind="stable")][:points]


def rooted(descriptors: NDArray[np.float32]) -> NDArray[np.uint8]:
    total = np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    scaled: NDArray[np.float32] = np.rint(np.sqrt(descriptors / total) * np.float32(UNIT))
    return scaled.clip(0, 255).astype(np.uint8)
