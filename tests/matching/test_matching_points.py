"""A candidate's points are found and described by our own code: they are OpenCV's, in place and in likeness, so that
what is enrolled (by OpenCV's) stays comparable. And odd pictures end well."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bench.pictures import scene
from monitor.matching.reading.describing import angled, described_at
from monitor.matching.reading.features import CANDIDATE_POINTS, extract_candidate
from monitor.matching.reading.points import table_of
from monitor.matching.reading.scale_space import places_of, pyramid_of

CONTRAST, EDGE = 0.004, 12.0


@pytest.fixture(scope="module")
def luma() -> NDArray[np.uint8]:
    return np.asarray(scene(np.random.default_rng((77, 0))).convert("L").resize((320, 240), Image.Resampling.BOX))


@pytest.mark.long
def test_points_lie_where_opencv_has_them(luma: NDArray[np.uint8]) -> None:
    sift = cv2.SIFT_create(contrastThreshold=CONTRAST, edgeThreshold=EDGE)
    theirs = table_of(sift.detect(luma, None))
    ours = places_of(pyramid_of(luma), CONTRAST, EDGE)
    strong = theirs[theirs[:, 4] > 3 * CONTRAST]  # the weakest hang on the last digit
    apart = np.hypot(strong[:, 0, None] - ours.x, strong[:, 1, None] - ours.y)
    scales = np.abs(np.log2(strong[:, 2, None] / ours.size))
    assert len(strong) > 100
    assert ((apart < 0.5) & (scales < 0.2)).any(axis=1).mean() > 0.9


def test_angles_and_descriptors_are_near_to_opencvs(luma: NDArray[np.uint8]) -> None:
    pyramid = pyramid_of(luma)
    places = places_of(pyramid, 3 * CONTRAST, EDGE)
    rows, angles = angled(pyramid, places)
    places = places.at(rows)
    packed = ((places.octave - 1) & 255) | (places.layer << 8)
    keypoints = [
        cv2.KeyPoint(float(x), float(y), float(size), float(angle), 1.0, int(octave))
        for x, y, size, angle, octave in zip(places.x, places.y, places.size, angles, packed, strict=True)
    ]
    sift = cv2.SIFT_create(contrastThreshold=CONTRAST, edgeThreshold=EDGE)
    theirs = sift.compute(luma, keypoints)[1]
    ours = described_at(pyramid, places, angles)
    apart = np.linalg.norm(ours - theirs, axis=1)
    strangers = np.linalg.norm(theirs - np.roll(theirs, 1, axis=0), axis=1)
    assert np.median(apart) < 0.2 * np.median(strangers)
    found = table_of(sift.detect(luma, None))
    same = np.hypot(places.x[:, None] - found[:, 0], places.y[:, None] - found[:, 1]) < 0.3
    turn = np.abs((angles[:, None] - found[:, 3] + 180) % 360 - 180) < 10
    assert (same & turn).any(axis=1)[same.any(axis=1)].mean() > 0.9


NOISE = np.random.default_rng(1)


@pytest.mark.parametrize(
    "luma",
    [
        pytest.param(np.zeros((100, 100), np.uint8), id="black"),
        pytest.param(np.full((8192, 3), 255, np.uint8), id="a strip, white"),
        pytest.param(np.zeros((1, 1), np.uint8), id="one pixel"),
        pytest.param(NOISE.integers(0, 256, (5, 7), dtype=np.uint8), id="noise, tiny"),
        pytest.param(NOISE.integers(0, 256, (8, 1000), dtype=np.uint8), id="noise, a strip"),
        pytest.param(NOISE.integers(0, 256, (300, 400), dtype=np.uint8), id="noise"),
        pytest.param(np.tile(np.array([[0, 255], [255, 0]], np.uint8), (150, 200)), id="chequered"),
    ],
)
def test_odd_pictures_end_well(luma: NDArray[np.uint8]) -> None:
    features = extract_candidate(luma)
    again = extract_candidate(luma)
    assert len(features.keypoints) == len(features.descriptors) <= CANDIDATE_POINTS
    assert features.keypoints.dtype == np.float32
    assert features.descriptors.dtype == np.uint8
    assert np.isfinite(features.keypoints).all()
    assert np.array_equal(features.keypoints, again.keypoints)
    assert np.array_equal(features.descriptors, again.descriptors)
