"""Parts that fall again and again: the waits between their tries, and when the person is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.tracking.falls import (
    AT_WORK,
    ROUNDS,
    STANDS,
    STARTING,
    TOLD_AFTER_FALLS,
    TOLD_AFTER_S,
    FallingPart,
    Falls,
    Gaps,
    fell,
    is_standing,
    wait_s,
)

POLICIES = pytest.mark.parametrize("gaps", [STARTING, AT_WORK, ROUNDS], ids=["starting", "at work", "rounds"])


@pytest.mark.parametrize(
    ("falls", "wait"),
    [(0, 0), (2, 0), (3, 1), (4, 2), (5, 4), (10, 128), (11, 256), (12, 300), (10_000, 300)],
)
def test_waits_double_up_to_the_longest(falls: int, wait: float) -> None:
    state = STANDS
    for _ in range(falls):
        state = fell(state, 50.0)
    assert wait_s(state, Gaps(2, 1.0, 300.0), 50.0) == wait
    assert wait_s(state, Gaps(2, 1.0, 300.0), 50.0 + wait) == 0


@POLICIES
def test_a_part_that_always_falls_spins_nothing(gaps: Gaps) -> None:
    """Tried as soon as it may be, for a day."""
    state, now, tries = STANDS, 0.0, 0
    while now < 86_400:
        now += wait_s(state, gaps, now) or 0.001
        state, tries = fell(state, now), tries + 1
    assert tries <= 86_400 / gaps.longest_s + gaps.free + 10
    assert is_standing(state)


@POLICIES
@given(happens=st.lists(st.tuples(st.booleans(), st.floats(0, 1000)), max_size=60))
def test_it_is_tried_again_in_the_end_and_forgotten_once_it_works(
    gaps: Gaps, happens: list[tuple[bool, float]]
) -> None:
    part, now, before = Falls(FallingPart.BROWSER, gaps), 0.0, 0.0
    for worked, later in happens:
        now += later
        if worked:
            part.worked()
        else:
            part.fell(now, "it ended")
        wait = part.wait_s(now)
        assert 0 <= wait <= gaps.longest_s and (not worked or wait == 0)
        assert (
            part.state.falls <= gaps.free
            or worked
            or wait >= min(before, gaps.longest_s)
            or before > wait >= gaps.first_s
        )
        before = wait


@pytest.mark.parametrize(
    ("falls", "over", "told"),
    [
        pytest.param(TOLD_AFTER_FALLS, TOLD_AFTER_S, True, id="often and long"),
        pytest.param(TOLD_AFTER_FALLS - 1, TOLD_AFTER_S, False, id="seldom"),
        pytest.param(100, TOLD_AFTER_S - 1, False, id="a bad moment"),
        pytest.param(0, TOLD_AFTER_S, False, id="never"),
    ],
)
def test_when_it_is_told(falls: int, over: float, told: bool) -> None:
    state = STANDS
    for number in range(falls):
        state = fell(state, 7.0 + over * number / max(falls - 1, 1))
    assert is_standing(state) is told
