"""Since when nothing was looked at, and why: by what the daemon noted of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.progress import Loop
from monitor.model.standstill import LastAlive, Standstill, StoodBecause
from monitor.tracking.standing import LEAST_STANDSTILL, is_worth_telling, stood_at_start, stood_meanwhile

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def alive(
    at: datetime, up_s: float, *, boot: str = "a", version: str = "1", ended: str = "", loop: Loop | None = None
) -> LastAlive:
    return LastAlive(at, boot, up_s, version, ended, loop)


@pytest.mark.parametrize(
    ("last", "now", "hung", "since", "because"),
    [
        pytest.param(
            alive(NOW - 3 * HOUR, 1000), alive(NOW, 50, boot="b"), None, NOW - 3 * HOUR, StoodBecause.OFF, id="off"
        ),
        pytest.param(
            alive(NOW - 3 * HOUR, 1000, ended="stopped"),
            alive(NOW, 50, boot="b"),
            None,
            NOW - 3 * HOUR,
            StoodBecause.OFF,
            id="shut down in order",
        ),
        pytest.param(
            alive(NOW - HOUR, 1000), alive(NOW, 4600), None, NOW - HOUR, StoodBecause.ENDED, id="killed, and left so"
        ),
        pytest.param(
            alive(NOW - HOUR, 1000, ended="stopped"),
            alive(NOW, 4600),
            None,
            NOW - HOUR,
            StoodBecause.STOPPED,
            id="stopped by somebody",
        ),
        pytest.param(
            alive(NOW - HOUR, 1000, ended="stopped"),
            alive(NOW, 4600, version="2"),
            None,
            NOW - HOUR,
            StoodBecause.UPGRADED,
            id="upgraded",
        ),
        pytest.param(
            alive(NOW - HOUR, 1000), alive(NOW, 4600), Loop.STORE, NOW - HOUR, StoodBecause.HUNG, id="hung, and killed"
        ),
        pytest.param(
            alive(NOW - HOUR, 1000, ended="hung", loop=Loop.OUTBOX),
            alive(NOW, 4600),
            None,
            NOW - HOUR,
            StoodBecause.HUNG,
            id="hung, and ended by itself",
        ),
        pytest.param(
            alive(NOW - MINUTE, 1000),
            alive(NOW, 1060),
            Loop.STORE,
            NOW - MINUTE,
            StoodBecause.HUNG,
            id="hung, however short",
        ),
        pytest.param(
            alive(NOW + 5 * DAY, 1000),
            alive(NOW, 4600),
            None,
            NOW - HOUR,
            StoodBecause.ENDED,
            id="clock set back",
        ),
        pytest.param(
            alive(NOW - 365 * DAY, 1000), alive(NOW, 1010), None, None, None, id="clock set forward, and started anew"
        ),
        pytest.param(
            alive(NOW + DAY, 1000), alive(NOW, 50, boot="b"), None, None, None, id="started with a clock that is behind"
        ),
        pytest.param(
            alive(NOW - 9 * HOUR, 1000),
            alive(NOW, 1.8e9),
            None,
            NOW - 9 * HOUR,
            StoodBecause.ENDED,
            id="a machine that says it has run for decades",
        ),
        pytest.param(alive(NOW - MINUTE, 1000), alive(NOW, 1060), None, None, None, id="a restart"),
        pytest.param(alive(NOW - 14 * MINUTE, 9), alive(NOW, 9, boot="b"), None, None, None, id="a quick reboot"),
    ],
)
def test_what_the_next_start_makes_of_it(
    last: LastAlive, now: LastAlive, hung: Loop | None, since: datetime | None, because: StoodBecause | None
) -> None:
    stood = stood_at_start(last, now, hung)
    assert (stood and stood.since, stood and stood.because) == (since, because)
    assert stood is None or (stood.loop is not None) is (because is StoodBecause.HUNG)


@pytest.mark.parametrize(
    ("slept", "held_up", "could_save", "because"),
    [
        pytest.param(8 * HOUR, MINUTE, True, StoodBecause.ASLEEP, id="slept"),
        pytest.param(0 * HOUR, 8 * HOUR, True, StoodBecause.HELD_UP, id="its process was stopped"),
        pytest.param(0 * HOUR, MINUTE, False, StoodBecause.NO_ROOM, id="the store took nothing"),
        pytest.param(0 * HOUR, MINUTE, True, None, id="only the note came late"),
    ],
)
def test_what_it_makes_of_a_gap_in_its_own_notes(
    slept: timedelta, held_up: timedelta, could_save: bool, because: StoodBecause | None
) -> None:
    last, now = alive(NOW - 8 * HOUR, 0), alive(NOW, 8 * 3600)
    stood = stood_meanwhile(last, now, slept=slept, held_up=held_up, could_save=could_save)
    assert (stood and stood.because) == because
    if stood:
        assert (stood.since, stood.until) == (NOW - 8 * HOUR, NOW)


@given(
    set_by=st.timedeltas(timedelta(days=-4000), timedelta(days=4000)),
    away=st.timedeltas(timedelta(0), timedelta(days=90)),
    same_boot=st.booleans(),
)
def test_a_clock_that_is_set_makes_no_standstill_longer(set_by: timedelta, away: timedelta, same_boot: bool) -> None:
    last = alive(NOW - away - set_by, 1000)
    up_s = 1000 + away.total_seconds() if same_boot else 10
    stood = stood_at_start(last, alive(NOW, up_s, boot="a" if same_boot else "b"), None)
    if stood is None:
        assert away < LEAST_STANDSTILL or not same_boot
    else:
        assert LEAST_STANDSTILL <= stood.until - stood.since and stood.until == NOW
        if same_boot:
            assert abs(stood.until - stood.since - away) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("hours", "because", "every", "told"),
    [
        pytest.param(9, StoodBecause.ASLEEP, [HOUR], False, id="a laptop's night"),
        pytest.param(25, StoodBecause.ASLEEP, [HOUR], True, id="more than a day asleep"),
        pytest.param(25, StoodBecause.OFF, [7 * DAY], False, id="off for a day, and looked at once a week"),
        pytest.param(2, StoodBecause.HUNG, [HOUR / 2], True, id="hung for longer than the watches allow"),
        pytest.param(2, StoodBecause.HUNG, [6 * HOUR], False, id="hung, and nothing was due"),
        pytest.param(2, StoodBecause.NO_ROOM, [MINUTE, DAY], True, id="the shortest counts"),
        pytest.param(99, StoodBecause.OFF, [], False, id="nothing is watched"),
    ],
)
def test_when_a_message_of_its_own_tells_it(
    hours: int, because: StoodBecause, every: list[timedelta], told: bool
) -> None:
    assert is_worth_telling(Standstill(NOW - hours * HOUR, NOW, because), every) is told
