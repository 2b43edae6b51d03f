"""When something was sent or answered, as a person types it into the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.services.said_moment import said_moment

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 29, 15, 30, tzinfo=UTC)  # Sunday, 16:30 there


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("", "2026-11-29T16:30", id="nothing"),
        pytest.param(" Just now ", "2026-11-29T16:30", id="now"),
        pytest.param("2 hours ago", "2026-11-29T14:30", id="hours ago"),
        pytest.param("an hour ago", "2026-11-29T15:30", id="one of them, in a word"),
        pytest.param("about 3 days ago", "2026-11-26T16:30", id="about"),
        pytest.param("21:04", None, id="a clock that is to come"),
        pytest.param("9:04", "2026-11-29T09:04", id="a clock alone is today"),
        pytest.param("9.04 pm", None, id="half a day, to come"),
        pytest.param("yesterday 9.04 pm", "2026-11-28T21:04", id="half a day"),
        pytest.param("yesterday, at 12 am", "2026-11-28T00:00", id="midnight"),
        pytest.param("today", "2026-11-29T16:30", id="today is until now"),
        pytest.param("yesterday", "2026-11-29T00:00", id="a day alone is its end"),
        pytest.param("Sunday 22 November, 21:04", "2026-11-22T21:04", id="as the page tells it"),
        pytest.param("on Monday 8:00", "2026-11-23T08:00", id="a day of the week is the last one"),
        pytest.param("22 Nov", "2026-11-23T00:00", id="a date"),
        pytest.param("22. November 2025 7:00", "2025-11-22T07:00", id="with a year"),
        pytest.param("December 24", "2025-12-25T00:00", id="without one: the last that was"),
        pytest.param("2026-11-22", "2026-11-23T00:00", id="a date in figures"),
        pytest.param("2026-11-22 21:04", "2026-11-22T21:04", id="with a time, of this zone"),
        pytest.param("2026-11-22T20:04Z", "2026-11-22T21:04", id="with a zone"),
        pytest.param("2026-11-22 15:04 -05:00", "2026-11-22T21:04", id="with another"),
        pytest.param("2026-10-25 02:30", "2026-10-25T00:30+00:00", id="an hour that there is twice"),
        pytest.param("30 February", None, id="no such day"),
        pytest.param("25:10", None, id="no such hour"),
        pytest.param("yesterday 13 pm", None, id="no hour of half a day"),
        pytest.param("last night", None, id="other words"),
        pytest.param("2999-01-01", None, id="a day that is to come"),
        pytest.param("9999-12-31 23:59", None, id="the end of the calendar"),
        pytest.param("0001-01-01 00:00+14:00", None, id="before the calendar"),
        pytest.param("yesterday\u202e21:04", None, id="signs that turn a line"),
        pytest.param("9" * 10_000, None, id="very long"),
    ],
)
def test_a_moment_in_words(text: str, moment: str | None) -> None:
    if moment is None:
        with pytest.raises(UsageError) as caught:
            said_moment(text, now=NOW, zone=BERLIN)
        assert caught.value.remedy
        return
    wanted = datetime.fromisoformat(moment)
    assert said_moment(text, now=NOW, zone=BERLIN) == (wanted if wanted.tzinfo else wanted.replace(tzinfo=BERLIN))


def test_to_the_minute_it_is_not_before_the_step_before() -> None:
    drafted = NOW - timedelta(minutes=10) + timedelta(seconds=29)
    found = said_moment("16:20", now=NOW, zone=BERLIN, not_before=drafted)
    assert found == drafted
    assert said_moment("16:10", now=NOW, zone=BERLIN, not_before=drafted) < drafted


@given(
    st.text(max_size=40)
    | st.from_regex(r"(today|on friday|1 may|2026-01-01|\d ?[a-z]+ ago) ?\d{0,2}[:. ]?\d{0,2} ?[ap]?m?", fullmatch=True)
)
def test_nothing_but_a_usage_error(text: str) -> None:
    try:
        assert said_moment(text, now=NOW, zone=BERLIN) <= NOW
    except UsageError as error:
        assert error.remedy
