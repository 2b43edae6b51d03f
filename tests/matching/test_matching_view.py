"""Whether a scene was seen again from another place: planes with noise, near things and far things."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.matching.view import Points, has_moved


def points(random: np.random.Generator, count: int) -> Points:
    return np.column_stack(
        [random.uniform(0, 640, count), random.uniform(0, 480, count), np.full(count, 6.0), np.zeros(count)]
    )


def seen(
    one: Points,
    random: np.random.Generator,
    *,
    scale: float = 0.6,
    noise: float = 0.3,
    parallax: float = 0.0,
    tilt: float = 0.0,
) -> Points:
    other = one.copy()
    depth = random.uniform(-1, 1, len(one))
    other[:, 0] += parallax * depth
    other[:, :2] /= 1 + tilt * other[:, :1] / 640
    other[:, :2] = other[:, :2] * scale + random.normal(0, noise * scale, (len(one), 2)) + 20
    other[:, 2] *= scale
    return other


def affine(scale: float = 0.6) -> Points:
    return np.array([[scale, 0, 20.0], [0, scale, 20.0]])


@pytest.mark.parametrize(
    ("count", "changes", "moved"),
    [
        pytest.param(60, {}, False, id="a copy"),
        pytest.param(60, {"noise": 1.2}, False, id="a copy that was blurred"),
        pytest.param(60, {"tilt": 0.06}, False, id="a copy that was tilted"),
        pytest.param(60, {"parallax": 12.0}, True, id="near things moved"),
        pytest.param(60, {"parallax": 40.0}, True, id="near things moved far"),
        pytest.param(7, {"parallax": 12.0}, False, id="too few to tell"),
    ],
)
def test_parallax_is_told_from_a_plane(count: int, changes: dict[str, float], moved: bool) -> None:
    random = np.random.default_rng(5)
    one = points(random, count)
    assert has_moved(one, seen(one, random, **changes), affine()) is moved


def test_what_was_pasted_over_the_middle_says_nothing() -> None:
    random = np.random.default_rng(6)
    one = points(random, 80)
    other = seen(one, random)
    other[30:, :2] = random.uniform(0, 400, (50, 2))  # other points, anywhere
    assert not has_moved(one, other, affine())


def test_a_small_copy_is_given_a_pixel_of_its_own() -> None:
    random = np.random.default_rng(7)
    one = points(random, 40)
    assert not has_moved(one, seen(one, random, scale=0.1, noise=4.0), affine(0.1))
