"""Every clock that a law or a desk sets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.takedown.clocks import Deadline, add_months, due_at

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("PT48H", Deadline(hours=48)),
        ("PT24H", Deadline(hours=24)),
        ("PT2H", Deadline(hours=2)),
        ("P1M", Deadline(months=1)),
        ("P3M", Deadline(months=3)),
    ],
)
def test_read(text: str, deadline: Deadline) -> None:
    assert Deadline.parse(text) == deadline


@pytest.mark.parametrize("text", ["", "48", "P2D", "PT0H", "P0M", "PT48h", "PT-1H", "PT99999H", "P1M "])
def test_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="neither hours"):
        Deadline.parse(text)


@pytest.mark.parametrize(("hours", "months"), [(0, 0), (1, 1), (-1, 0), (0, -1)])
def test_hours_or_months(hours: int, months: int) -> None:
    with pytest.raises(ValueError, match="hours or"):
        Deadline(hours, months)


@pytest.mark.parametrize(
    ("deadline", "words"),
    [("PT48H", "48 hours"), ("PT1H", "1 hour"), ("P1M", "1 month"), ("P3M", "3 months")],
)
def test_words(deadline: str, words: str) -> None:
    assert str(Deadline.parse(deadline)) == words


@pytest.mark.parametrize(
    ("hours", "sent", "due"),
    [
        pytest.param(48, "2026-11-20T18:30:00+00:00", "2026-11-22T18:30:00+00:00", id="over a weekend"),
        pytest.param(48, "2026-12-24T23:00:00+00:00", "2026-12-26T23:00:00+00:00", id="over Christmas"),
        pytest.param(48, "2026-03-28T12:00:00+01:00", "2026-03-30T11:00:00+00:00", id="into summer time"),
        pytest.param(48, "2028-02-28T00:00:00+00:00", "2028-03-01T00:00:00+00:00", id="leap day"),
        pytest.param(24, "2026-06-30T05:00:00+10:00", "2026-06-30T19:00:00+00:00", id="Australia, from an order"),
        pytest.param(2, "2026-02-20T23:30:00+05:30", "2026-02-20T20:00:00+00:00", id="India"),
    ],
)
def test_plain_hours(hours: int, sent: str, due: str) -> None:
    assert due_at(Deadline(hours=hours), datetime.fromisoformat(sent)) == datetime.fromisoformat(due)


def test_hours_across_the_change_to_summer_time_are_real_hours() -> None:
    sent = datetime(2026, 3, 7, 12, tzinfo=NEW_YORK)
    due = due_at(Deadline(hours=48), sent)
    assert due is not None
    assert due - sent.astimezone(UTC) == timedelta(hours=48)


@pytest.mark.parametrize(
    ("sent", "holidays", "last_day"),
    [
        pytest.param("2026-03-05T10:00:00+01:00", [], "2026-04-06", id="5 April is a Sunday"),
        pytest.param("2026-03-05T10:00:00+01:00", ["2026-04-06"], "2026-04-07", id="and the 6th is Easter Monday"),
        pytest.param("2026-08-31T10:00:00+02:00", [], "2026-09-30", id="a shorter month"),
        pytest.param("2027-01-29T10:00:00+01:00", [], "2027-03-01", id="29 January: 28 February is a Sunday"),
        pytest.param("2028-01-31T10:00:00+01:00", [], "2028-02-29", id="leap year"),
        pytest.param("2026-12-15T10:00:00+01:00", [], "2027-01-15", id="over the year"),
        pytest.param("2026-06-10T00:30:00+02:00", [], "2026-07-10", id="the day is the addressee's, not UTC's"),
    ],
)
def test_calendar_month(sent: str, holidays: list[str], last_day: str) -> None:
    due = due_at(
        Deadline(months=1),
        datetime.fromisoformat(sent),
        zone=BERLIN,
        holidays={date.fromisoformat(day) for day in holidays},
    )
    assert due is not None
    end = datetime.combine(date.fromisoformat(last_day) + timedelta(days=1), datetime.min.time(), BERLIN)
    assert due == end


def test_no_deadline_and_no_zone() -> None:
    assert due_at(None, datetime(2026, 1, 1, tzinfo=UTC)) is None
    with pytest.raises(ValueError, match="time zone"):
        due_at(Deadline(hours=1), datetime(2026, 1, 1))  # noqa: DTZ001 - that is the mistake


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 24))
def test_months_keep_the_day_or_end_the_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_month_is_28_to_34_days(sent: datetime) -> None:
    due = due_at(Deadline(months=1), sent)
    assert due is not None
    assert timedelta(days=28) <= due - sent <= timedelta(days=34)
    assert (due - timedelta(seconds=1)).weekday() < 5
