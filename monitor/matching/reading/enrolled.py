"""Local features of a photo that is enrolled. Reader side: needs OpenCV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.matching.reading.points import described, detected, opencv, sized, table_of, well_spread
from monitor.model.fingerprint import Features

ENROLLED_SIDE = 640  # pixels
ENROLLED_POINTS = 340  # 8 + 128 bytes each: under 48 kB a photo

_STEPS = ((0.004, 12.0), (0.001, 25.0))  # contrast and edge thresholds, as for candidates
_BANDS = (3.0, 6.0, 12.0)  # pixels of an enrolled point's size, at ENROLLED_SIDE
_SHARES = (0.2, 0.4, 0.25, 0.15)
_COMPARED = 1200  # strongest points that are looked for again in worse copies


def extract_enrolled(luma: NDArray[np.uint8]) -> Features:
    """Points that survive recompression first: in low-texture photos most of what is found is grain, which
    does not. luma: (height, width)."""
    luma = sized(luma, ENROLLED_SIDE)
    sift, found = detected(luma, ENROLLED_POINTS // 2, _STEPS)
    table = table_of(found)
    strongest = np.argsort(-table[:, 4], kind="stable")[:_COMPARED]
    found, table = [found[at] for at in strongest], table[strongest]
    table[:, 4] += _survived(luma, table, _STEPS[-1])
    height, width = luma.shape
    chosen = banded(table, (width, height), ENROLLED_POINTS)
    return described(sift, luma, [found[at] for at in chosen])


def _survived(luma: NDArray[np.uint8], table: NDArray[np.float32], step: tuple[float, float]) -> NDArray[np.float32]:
    """In how many of two worse copies (smaller and back, strongly compressed) each point is found again: 0,
    1 or 2. That is more than any response, so it orders before it."""
    cv2 = opencv()
    height, width = luma.shape
    half = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    smaller = cv2.resize(half, (width, height), interpolation=cv2.INTER_CUBIC)
    packed = cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, 25])[1]
    compressed = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    times = np.zeros(len(table), dtype=np.float32)
    for copy in (smaller, compressed):
        sift = cv2.SIFT_create(nfeatures=_COMPARED, contrastThreshold=step[0], edgeThreshold=step[1])
        other = table_of(sift.detect(copy, None))
        for start in range(0, len(table), 256):
            part = table[start : start + 256]
            near = np.abs(part[:, None, :2] - other[None, :, :2]).max(axis=2) < 1 + 0.1 * part[:, None, 2]
            near &= np.abs(np.log2(part[:, None, 2] / other[None, :, 2])) < 0.4
            near &= np.abs((part[:, None, 3] - other[None, :, 3] + 180) % 360 - 180) < 20
            times[start : start + 256] += near.any(axis=1)
    return times


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
