"""Where many machines share a database, its clock is gone by, however wrong their own."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import CorrectedClock, exact_now
from monitor.measures import Measure, measures
from monitor.services.time_checks import check_against_database
from monitor.store.keeping_time import KeptTime
from tests.stores import a_postgres_store, a_store

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
SPANS = st.timedeltas(timedelta(days=-400), timedelta(days=400))


@given(off=SPANS, slow=st.timedeltas(timedelta(0), timedelta(seconds=0.9)))
def test_it_shows_what_the_other_does(off: timedelta, slow: timedelta) -> None:
    own = [NOW + off]
    clock = CorrectedClock(lambda: own[0])
    clock.heard(NOW + slow / 2, own[0], own[0] + slow)
    assert abs(clock() - NOW) <= clock.STEADY + slow


@pytest.mark.parametrize(
    ("theirs_s", "took_s", "is_set"),
    [
        pytest.param(0.0, 0.0, False, id="as it is"),
        pytest.param(-0.4, 0.0, False, id="hardly off"),
        pytest.param(-90.0, 0.1, True, id="far ahead of the other"),
        pytest.param(90.0, 0.1, True, id="far behind"),
        pytest.param(10.0, 60.0, False, id="an answer that took a minute says little"),
        pytest.param(-60.0, -120.0, False, id="a clock that was set back while it was asked"),
    ],
)
def test_it_is_set_by_what_says_enough(theirs_s: float, took_s: float, is_set: bool) -> None:
    clock = CorrectedClock(lambda: NOW)
    after = NOW + timedelta(seconds=took_s)
    assert clock.heard(NOW + timedelta(seconds=theirs_s), NOW, after) is is_set
    assert (clock() != NOW) is is_set


def test_a_wrong_clock_is_told_once_and_so_is_that_it_is_right_again(caplog: pytest.LogCaptureFixture) -> None:
    kept = KeptTime(lambda: NOW)
    with caplog.at_level(logging.INFO, "monitor"):
        for off_s in (30, 119, 120, 121, 0):
            kept.heard(NOW - timedelta(seconds=off_s), NOW, NOW)
    assert [record.__dict__["action"] for record in caplog.records] == ["clock_off", "clock_right"]
    assert caplog.records[0].__dict__["seconds"] == 119
    assert measures()[Measure.CLOCK_OFF] == 0


@pytest.mark.parametrize("off", [timedelta(minutes=-2), timedelta(minutes=2), timedelta(days=-300)])
def test_of_a_shared_database_the_time_is_its_own(off: timedelta) -> None:
    store, before = a_postgres_store(), exact_now()
    clock = store.keep_time(lambda: exact_now() + off)
    assert before - timedelta(seconds=1) <= clock() <= exact_now() + timedelta(seconds=1)


def test_of_ones_own_it_is_this_machines() -> None:
    def clock() -> datetime:
        return NOW

    assert a_store().keep_time(clock) is clock


@pytest.mark.parametrize(
    ("off", "says"),
    [
        pytest.param(timedelta(minutes=3), "ahead of that of the database", id="ahead"),
        pytest.param(timedelta(minutes=-3), "behind that of the database", id="behind"),
        pytest.param(timedelta(seconds=50), "", id="less than anybody is told of"),
    ],
)
def test_doctor_says_it_of_this_machine(off: timedelta, says: str) -> None:
    told = [check.message for check in check_against_database(a_postgres_store(), lambda: exact_now() + off)]
    assert [says in message for message in told] == ([True] if says else [])
    assert not list(check_against_database(a_store(), lambda: exact_now() + off)), "there is one clock"
