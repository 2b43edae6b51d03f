"""Local features of a candidate. Reader side: needs OpenCV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.matching.descriptors import VERSION
from monitor.matching.reading.covered import only_border_is_left
from monitor.matching.reading.describing import angled, described_at
from monitor.matching.reading.points import rooted, sized, well_spread
from monitor.matching.reading.scale_space import Places, places_of, pyramid_of
from monitor.model.fingerprint import Features

CANDIDATE_SIDE = 400  # pixels; doubled first, so the finest points are those of 800
CANDIDATE_POINTS = 400
COVERED_SIDE = 640  # where only the border is left: its finest points are all there is

# Contrast and edge thresholds; the second for what has few points at the first: fog, skin, plain walls.
_STEPS = ((0.004, 12.0), (0.0015, 25.0))


def extract_candidate(luma: NDArray[np.uint8]) -> Features:
    """luma: (height, width)."""
    luma = sized(luma, COVERED_SIDE if only_border_is_left(luma) else CANDIDATE_SIDE)
    height, width = luma.shape
    size = (width, height)
    pyramid = pyramid_of(luma)
    for contrast, edge in _STEPS:
        places = places_of(pyramid, contrast, edge)
        if len(places) >= CANDIDATE_POINTS // 2:
            break
    places = places.at(well_spread(_table(places), size)[:CANDIDATE_POINTS])
    rows, angles = angled(pyramid, places)
    places = places.at(rows)
    chosen = well_spread(_table(places), size)[:CANDIDATE_POINTS]
    places, angles = places.at(chosen), angles[chosen]
    keypoints = np.column_stack([places.x, places.y, places.size, angles])
    return Features(VERSION, width, height, keypoints, rooted(described_at(pyramid, places, angles)))


def _table(places: Places) -> NDArray[np.float32]:
    nothing = np.zeros(len(places), np.float32)
    return np.column_stack([places.x, places.y, places.size, nothing, places.response])
