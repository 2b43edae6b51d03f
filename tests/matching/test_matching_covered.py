"""Row 5: a picture of which only the border is left is looked at more closely."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.matching.reading.covered import only_border_is_left
from monitor.matching.reading.features import extract_candidate

NOISE = np.random.default_rng(3).integers(0, 256, (300, 400)).astype(np.uint8)


def barred(share: float, shade: int = 0) -> np.ndarray:
    picture = NOISE.copy()
    height, width = (int(side * share**0.5) for side in picture.shape)
    top, left = (300 - height) // 2, (400 - width) // 2
    picture[top : top + height, left : left + width] = shade
    return picture


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        pytest.param(barred(0.75), True, id="black over most of it"),
        pytest.param(barred(0.5, 255), True, id="white over half of it"),
        pytest.param(barred(0.1), False, id="a small bar"),
        pytest.param(NOISE, False, id="nothing over it"),
        pytest.param(np.full((300, 400), 255, np.uint8), False, id="an empty page"),
        pytest.param(np.zeros((1, 1), np.uint8), False, id="one pixel"),
    ],
)
def test_only_the_border_is_left(picture: np.ndarray, expected: bool) -> None:
    assert only_border_is_left(picture) is expected


def test_then_it_is_looked_at_larger() -> None:
    assert (extract_candidate(NOISE).width, extract_candidate(barred(0.75)).width) == (400, 640)
