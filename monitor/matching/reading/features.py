"""Local features of a candidate. Reader side: needs OpenCV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.matching.reading.points import described, detected, sized, table_of, well_spread
from monitor.model.fingerprint import Features

CANDIDATE_SIDE = 400  # pixels; OpenCV doubles it first, so the finest points are those of 800
CANDIDATE_POINTS = 400

# Contrast and edge thresholds; the second for what has few points at the first: fog, skin, plain walls.
_STEPS = ((0.004, 12.0), (0.0015, 25.0))


def extract_candidate(luma: NDArray[np.uint8]) -> Features:
    """luma: (height, width)."""
    luma = sized(luma, CANDIDATE_SIDE)
    sift, found = detected(luma, CANDIDATE_POINTS // 2, _STEPS)
    height, width = luma.shape
    chosen = well_spread(table_of(found), (width, height))[:CANDIDATE_POINTS]
    return described(sift, luma, [found[at] for at in chosen])
