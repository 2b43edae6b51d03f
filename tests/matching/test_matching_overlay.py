"""What is left around a bar is the photo's own, if it lies at both ends of it; a stamp lies in one place."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.matching.overlay import lies_over
from monitor.matching.siblings import FramedPhoto

SIDE = 480
ONTO = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def photo(random: np.random.Generator) -> FramedPhoto:
    points = np.column_stack([random.uniform(0, SIDE, (200, 2)), np.full(200, 5.0), np.zeros(200)]).astype(np.float32)
    luma = random.integers(0, 256, (24, 24)).astype(np.uint8)
    return FramedPhoto(points, np.zeros((200, 128), np.uint8), (SIDE, SIDE), luma)


@pytest.mark.parametrize(
    ("barred", "places", "over"),
    [
        pytest.param(0.9, [(8, 40 + 40 * n) for n in range(11)], False, id="along the whole border of a bar"),
        pytest.param(0.9, [(8, 180 + 10 * n) for n in range(11)], None, id="in one place beside it"),
        pytest.param(0.0, [(8, 40 + 40 * n) for n in range(11)], True, id="along a border, other greys inside"),
    ],
)
def test_what_is_left_around_a_bar(barred: float, places: list[tuple[int, int]], over: bool | None) -> None:
    random = np.random.default_rng(4)
    shown = random.integers(0, 256, (SIDE, SIDE)).astype(np.uint8)
    edge = int(SIDE * (1 - barred) / 2)
    if barred:
        shown[edge : SIDE - edge, edge : SIDE - edge] = 3
    agreeing = np.array(places, np.float64)
    assert lies_over(photo(random), shown, ONTO, (SIDE, SIDE), agreeing) is over
