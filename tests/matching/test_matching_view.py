"""Whether a scene was seen again from another place: planes with noise, near things and far things."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.matching.view import Points, view_of


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
    assert view_of(one, seen(one, random, **changes), affine()).moved is moved


def test_what_was_pasted_over_the_middle_says_nothing() -> None:
    random = np.random.default_rng(6)
    one = points(random, 80)
    other = seen(one, random)
    other[30:, :2] = random.uniform(0, 400, (50, 2))  # other points, anywhere
    view = view_of(one, other, affine())
    assert not view.moved and not view.loose


def test_a_small_copy_is_given_a_pixel_of_its_own() -> None:
    random = np.random.default_rng(7)
    one = points(random, 40)
    assert not view_of(one, seen(one, random, scale=0.1, noise=4.0), affine(0.1)).moved


@pytest.mark.parametrize(
    ("places", "aside", "loose"),
    [
        pytest.param(8, 60.0, True, id="another thing stands elsewhere"),
        pytest.param(8, 0.0, False, id="it stands where it stood"),
        pytest.param(2, 60.0, False, id="too few to be a thing"),
        pytest.param(8, 400.0, False, id="it is a pattern's other end"),
    ],
)
def test_what_stands_elsewhere_together_is_another_view(places: int, aside: float, loose: bool) -> None:
    """One thing lies where it should, exactly; so nothing near it has moved."""
    random = np.random.default_rng(8)
    one = points(random, 30 + places)
    other = seen(one, random)
    other[30:, 0] += aside * 0.6
    view = view_of(one, other, affine())
    assert view.loose is loose and not view.moved


def test_few_points_off_say_less() -> None:
    """A chain of edits places some of its few points badly."""
    random = np.random.default_rng(9)
    for count, off, moved in ((15, 4, False), (60, 16, False), (60, 24, True)):
        one = points(random, count)
        other = seen(one, random, noise=0.1)
        turn = random.uniform(0, 6.3, off)
        other[:off, :2] += 11 * 0.6 * np.column_stack([np.cos(turn), np.sin(turn)])
        assert view_of(one, other, affine()).moved is moved, (count, off)
