"""How many jobs may stand in the queue: no more than the workers begin in a minute, and enough to keep them at work."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.daemon.queue.lots import VISITS_AT_ONCE, Lots

LOOK_S = 10


@pytest.mark.parametrize(
    ("waiting", "workers", "room"),
    [
        pytest.param(0, 0, 0, id="nobody would begin it"),
        pytest.param(0, 1, VISITS_AT_ONCE, id="one for each hand"),
        pytest.param(0, 3, 3 * VISITS_AT_ONCE, id="of all workers"),
        pytest.param(3, 1, VISITS_AT_ONCE - 3, id="with what waits"),
        pytest.param(500, 1, 0, id="a queue that somebody else has filled"),
    ],
)
def test_what_may_be_put_at_first(waiting: int, workers: int, room: int) -> None:
    assert Lots().room(waiting, 0, workers, 0.0) == room


def test_what_idle_hands_begin_says_nothing_of_how_fast_they_are() -> None:
    lots = Lots()
    lots.put(lots.room(0, 0, 1, 0.0))
    for second in range(1, 50):
        assert lots.room(0, VISITS_AT_ONCE, 1, float(second)) == VISITS_AT_ONCE, "as many as there are hands"
        lots.put(0)


def test_what_was_done_at_once_may_be_twice_as_much_the_next_time() -> None:
    lots, given_out = Lots(), []
    for look in range(4):
        given_out.append(lots.room(0, 0, 1, float(look)))
        lots.put(given_out[-1])
    assert given_out == [4, 8, 16, 32]


def test_what_was_done_is_remembered_for_a_minute() -> None:
    lots = Lots()
    lots.put(lots.room(0, 0, 1, 0.0))
    lots.put(lots.room(0, 0, 1, 1.0))
    assert lots.room(8, 0, 1, 2.0) == 0, "none of the eight was begun: no more stand than that"
    assert lots.room(0, 0, 1, 63.0) == 8, "that they were all done is news, and what was done before is forgotten"
    assert lots.room(0, 0, 1, 130.0) == VISITS_AT_ONCE


@given(
    takes_s=st.floats(0.05, 120.0),
    workers=st.integers(1, 6),
    looks_every_s=st.sampled_from([1.0, 2.0, 10.0]),
    busy=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_hands_are_kept_at_work_and_no_more_waits_than_they_begin_in_a_minute(
    takes_s: float, workers: int, looks_every_s: float, busy: bool
) -> None:
    """Simulated: as much is due as one likes, and each hand takes as long over one as any other."""
    lots, count = Lots(), workers * VISITS_AT_ONCE
    done_at = [takes_s if busy else 0.0] * count  # when each hand is free
    waiting, idle_s, now = 0, 0.0, 0.0
    for look in range(100):
        room = lots.room(waiting, sum(at > now for at in done_at), workers, now)
        lots.put(room)
        waiting += room
        free = sum(at <= now for at in done_at)
        assert waiting <= free + count * (max(1.0, 60 / takes_s) + 2), "more than they begin in a minute"
        until = now + looks_every_s
        for hand in range(count):
            while waiting and done_at[hand] < until:
                done_at[hand] = max(done_at[hand], now) + takes_s
                waiting -= 1
            if look >= 30:
                idle_s += max(0.0, until - max(done_at[hand], now))
        now = until
    assert idle_s <= 0.05 * count * 70 * looks_every_s, "idle, while so much is due"
