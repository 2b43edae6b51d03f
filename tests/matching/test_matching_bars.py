"""Around a bar that covers most of a photo, the greys are the photo's own or they are not."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.matching.bars import uncovered_alike

SIDE = 480
ONTO = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def shown(luma: np.ndarray, barred: float) -> np.ndarray:
    """The photo that has this luma, with a black middle of that share of its width and height."""
    picture = np.kron(luma, np.ones((20, 20), np.uint8))
    picture[::3, ::2] ^= 8  # no photo is of one shade
    edge = round(SIDE * (1 - barred) / 2)
    picture[edge : SIDE - edge, edge : SIDE - edge] = 0
    return picture


def luma(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(20, 240, (24, 24)).astype(np.uint8)


@pytest.mark.parametrize(
    ("enrolled", "barred", "alike"),
    [
        pytest.param(luma(1), 0.85, True, id="its own"),
        pytest.param(luma(2), 0.85, False, id="another photo's"),
        pytest.param(luma(1), 0.3, None, id="hardly a bar"),
        pytest.param(luma(1), 0.99, None, id="nothing is left"),
        pytest.param(np.full((24, 24), 90, np.uint8), 0.85, None, id="the photo is flat where the bar is"),
    ],
)
def test_what_is_left_around_a_bar(enrolled: np.ndarray, barred: float, alike: bool | None) -> None:
    found = uncovered_alike(enrolled, shown(luma(1), barred), ONTO, (SIDE, SIDE))
    assert (found is None) is (alike is None)
    if found is not None:
        assert (found[0] >= 0.985) is alike


def test_a_stamp_on_a_black_picture_is_no_photo_around_a_bar() -> None:
    stamped = shown(luma(1), 0.0)
    stamped[:, :300] = stamped[:300] = 0
    assert uncovered_alike(luma(1), stamped, ONTO, (SIDE, SIDE)) is None


def test_a_page_of_letters_is_no_cut_out() -> None:
    from monitor.matching.overlay import lies_over
    from monitor.matching.siblings import FramedPhoto

    random = np.random.default_rng(3)
    points = np.column_stack([random.uniform(0, SIDE, (200, 2)), np.full(200, 5.0), np.zeros(200)]).astype(np.float32)
    photo = FramedPhoto(points, np.zeros((200, 128), np.uint8), (SIDE, SIDE), luma(4))
    page = (random.random((SIDE, SIDE)) > 0.3).astype(np.uint8) * 250
    cut = np.array([[4.0, 0.0, -800.0], [0.0, 4.0, -800.0]])  # a sixteenth of the photo fills it
    agreeing = random.uniform(205, 315, (60, 2))
    assert lies_over(photo, page, cut, (SIDE, SIDE), agreeing) is False
    assert lies_over(photo, page, cut, (SIDE, SIDE), agreeing, few=True) is not False
