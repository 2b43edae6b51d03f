"""Rows 5 and 6: a second look where a few points say that the photo lies."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.matching.verify import Agreement, gathered

MOVE = np.array([[0.5, 0.0, 30.0], [0.0, 0.5, 20.0]])


def scattered(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    places = random.uniform(0, 640, (count, 2))
    return np.column_stack([places, random.uniform(2, 12, count), random.uniform(0, 360, count)])


def moved(points: np.ndarray) -> np.ndarray:
    out = points.copy()
    out[:, :2] = points[:, :2] @ MOVE[:, :2].T + MOVE[:, 2]
    out[:, 2] *= 0.5
    return out


def nearest(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.ones(len(columns), dtype=np.float32), columns


FEW = Agreement(4, MOVE, np.arange(4))


def test_what_lies_where_it_must_agrees() -> None:
    photo = scattered(60, 1)
    agreed = gathered(photo, moved(photo), nearest(np.arange(60)), np.arange(60), FEW)
    assert agreed.places > 40
    assert np.abs(agreed.affine - MOVE).max() < 0.01


@pytest.mark.parametrize(
    ("column", "by"),
    [
        pytest.param(0, 30.0, id="elsewhere"),
        pytest.param(2, 20.0, id="of another size"),
        pytest.param(3, 90.0, id="turned otherwise"),
    ],
)
def test_what_does_not_is_left(column: int, by: float) -> None:
    photo = scattered(60, 1)
    candidate = moved(photo)
    candidate[:, column] += by
    assert gathered(photo, candidate, nearest(np.arange(60)), np.arange(60), FEW) is FEW


def test_what_says_nothing_is_left() -> None:
    photo = scattered(60, 1)
    assert gathered(photo, moved(photo), nearest(np.arange(60)), np.arange(3), FEW) is FEW


def test_by_chance_hardly_any_point_has_its_nearest_there() -> None:
    random = np.random.default_rng(5)
    for seed in range(20):
        columns = random.integers(0, 340, 400)
        assert (
            gathered(
                scattered(340, seed)[columns], scattered(400, 90 + seed), nearest(columns), np.arange(400), FEW
            ).places
            <= 5
        )


def test_a_point_of_the_photo_counts_once() -> None:
    photo = scattered(1, 3)
    heap = np.repeat(moved(photo), 30, axis=0)
    assert (
        gathered(np.repeat(photo, 30, axis=0), heap, nearest(np.zeros(30, dtype=np.int64)), np.arange(30), FEW) is FEW
    )
