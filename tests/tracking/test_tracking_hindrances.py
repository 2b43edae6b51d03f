"""When what cannot run is told: at once, then in a set rhythm, everything in one message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.ports.machine import StandingTold
from monitor.tracking.hindrances import NEW_AFTER, TOLD_AGAIN_AFTER, Hindrance, after_round, is_due

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def things(*keys: str) -> tuple[Hindrance, ...]:
    return tuple(Hindrance(key, "it is wrong", "mend it", once=key == "none") for key in keys)


def told(*keys: str, ago: timedelta) -> StandingTold:
    return StandingTold(NOW - ago, frozenset(keys))


@pytest.mark.parametrize(
    ("found", "before", "due"),
    [
        pytest.param((), None, False, id="nothing is wrong"),
        pytest.param(("a",), None, True, id="the first"),
        pytest.param(("a", "b"), None, True, id="two at once"),
        pytest.param(("a",), told("a", ago=MINUTE), False, id="told just now"),
        pytest.param(("a",), told("a", ago=TOLD_AGAIN_AFTER - MINUTE), False, id="not yet again"),
        pytest.param(("a",), told("a", ago=TOLD_AGAIN_AFTER), True, id="again"),
        pytest.param(("a", "b"), told("a", ago=MINUTE), False, id="a new one while the file is edited"),
        pytest.param(("a", "b"), told("a", ago=NEW_AFTER), True, id="a new one"),
        pytest.param(("b",), told("a", "b", ago=NEW_AFTER), False, id="one of two is mended"),
        pytest.param(("a",), told("a", ago=-MINUTE), True, id="a clock that was set back"),
        pytest.param(("none",), None, True, id="what is told once"),
        pytest.param(("none",), told("none", ago=10 * TOLD_AGAIN_AFTER), False, id="what was told once"),
    ],
)
def test_when(found: tuple[str, ...], before: StandingTold | None, due: bool) -> None:
    assert is_due(things(*found), before, NOW) is due


def test_what_was_mended_is_told_when_it_comes_again() -> None:
    before = after_round(things("a", "b"), None, NOW)
    mended = after_round(things("b"), before, NOW + 2 * NEW_AFTER)
    assert mended == StandingTold(NOW, frozenset("b"))
    assert is_due(things("a", "b"), mended, NOW + 3 * NEW_AFTER)
    assert after_round((), mended, NOW + 3 * NEW_AFTER) is None


@given(st.lists(st.tuples(st.sets(st.sampled_from(["a", "b", "c"])), st.integers(1, 5000)), max_size=60))
def test_it_is_never_silent_for_longer_than_the_rhythm_and_never_a_storm(rounds: list[tuple[set[str], int]]) -> None:
    """Whatever comes and goes: what stands is told within the rhythm of its rounds, never twice within the hour while
    something stands."""
    now, kept, last = NOW, None, None
    for keys, minutes in rounds:
        now += minutes * MINUTE
        found = things(*keys)
        due = is_due(found, kept, now)
        if kept is not None and due:
            assert now - kept.at >= NEW_AFTER
        kept = after_round(found, kept, now)
        if found:
            last = now if due else last
            assert kept is not None and last is not None and now - last < TOLD_AGAIN_AFTER
        else:
            assert kept is None
