"""The moments that a schedule names, against a walk through every minute, in every zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.localtime import instant_of
from monitor.model.cron import NeverFires, next_time, parse
from tests.daemon.calendar_walk import fires, minutes

# Zone, and a day shortly before its clocks do something.
CHANGES = [
    pytest.param("Europe/Paris", "2027-03-27", id="Paris, spring"),
    pytest.param("Europe/Paris", "2027-10-30", id="Paris, autumn"),
    pytest.param("America/New_York", "2027-03-13", id="New York, spring"),
    pytest.param("America/New_York", "2027-11-06", id="New York, autumn"),
    pytest.param("America/Santiago", "2026-09-05", id="Santiago: midnight is skipped"),
    pytest.param("America/Santiago", "2027-04-03", id="Santiago: the hour before midnight twice"),
    pytest.param("America/Havana", "2027-03-13", id="Havana: midnight is skipped"),
    pytest.param("America/Havana", "2027-11-06", id="Havana: midnight comes twice"),
    pytest.param("Africa/Cairo", "2027-04-29", id="Cairo: midnight is skipped, on a Friday"),
    pytest.param("Asia/Beirut", "2027-03-27", id="Beirut: midnight is skipped"),
    pytest.param("Asia/Beirut", "2027-10-30", id="Beirut: the hour before midnight twice"),
    pytest.param("Australia/Lord_Howe", "2027-04-03", id="Lord Howe: half an hour twice"),
    pytest.param("Australia/Lord_Howe", "2027-10-02", id="Lord Howe: half an hour skipped"),
    pytest.param("Europe/Dublin", "2027-03-27", id="Dublin: winter is the exception"),
    pytest.param("Europe/Dublin", "2027-10-30", id="Dublin: into the negative"),
    pytest.param("Africa/Casablanca", "2027-02-06", id="Casablanca: into Ramadan"),
    pytest.param("Africa/Casablanca", "2027-03-13", id="Casablanca: out of it"),
    pytest.param("Pacific/Chatham", "2027-04-03", id="Chatham: three quarters past"),
    pytest.param("America/Scoresbysund", "2024-03-30", id="Scoresbysund: the zone moved that night"),
    pytest.param("America/Nuuk", "2027-03-27", id="Nuuk: on the evening before"),
    pytest.param("Antarctica/Troll", "2027-03-27", id="Troll: two hours"),
    pytest.param("Antarctica/Troll", "2027-10-30", id="Troll: two hours back"),
    pytest.param("Pacific/Apia", "2011-12-29", id="Apia: a whole day is skipped"),
    pytest.param("Pacific/Kwajalein", "1993-08-20", id="Kwajalein: a Saturday is skipped"),
    pytest.param("Asia/Pyongyang", "2018-05-04", id="Pyongyang: half an hour for good"),
    pytest.param("America/Caracas", "2007-12-08", id="Caracas: half an hour back for good"),
    pytest.param("Asia/Kathmandu", "2027-05-01", id="Kathmandu: nothing happens"),
    pytest.param("UTC", "2027-02-27", id="UTC"),
]
RULES = (
    "* * * * *",
    "*/30 * * * *",
    "*/7 * * * *",
    "0 * * * *",
    "59 23 * * *",
    "0 0 * * *",
    "0 0 1 * *",
    "30 0 * * mon",
    "30 2 * * *",
    "15 */6 * * *",
    "0,45 1-3 * * *",
    "10 3 29 2 *",
    "0 12 13 * 5",
    "0 0 31 */2 *",
    "5/20 22-23 * mar-nov sat,7",
    "0 0 30 12 *",
)


def all_of(expression: str, zone: ZoneInfo, begin: datetime, end: datetime) -> list[int]:
    found, at = [], next_time(expression, begin - timedelta(seconds=1), zone)
    while at is not None and at < end:
        assert at.utcoffset() == timedelta(0) and at.second == at.microsecond == 0
        found.append(minutes(at))
        at = next_time(expression, at, zone)
    return found


@pytest.mark.rows(3)
@pytest.mark.parametrize(("name", "day"), CHANGES)
def test_around_each_change_they_are_those_of_the_walk(name: str, day: str) -> None:
    zone, begin = ZoneInfo(name), datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=14)
    end = begin + timedelta(days=4)
    for rule in RULES:
        assert all_of(rule, zone, begin, end) == fires(rule, zone, begin, end), rule


@pytest.mark.parametrize(
    ("zone", "rule", "after", "then"),
    [
        pytest.param(
            "Europe/Paris",
            "30 2 * * *",
            "2027-10-31T00:00Z",
            ["2027-10-31T00:30Z", "2027-11-01T01:30Z"],
            id="what comes twice fires the first time",
        ),
        pytest.param(
            "Europe/Paris",
            "*/30 * * * *",
            "2027-10-31T00:00Z",
            ["2027-10-31T00:30Z", "2027-10-31T02:00Z"],
            id="half-hours rest while the hour comes again",
        ),
        pytest.param(
            "Europe/Paris",
            "30 2 * * *",
            "2027-10-31T01:00Z",
            ["2027-11-01T01:30Z"],
            id="asked in the second of the two hours",
        ),
        pytest.param(
            "Europe/Paris",
            "30 2 * * *",
            "2027-03-27T12:00Z",
            ["2027-03-28T01:00Z", "2027-03-29T00:30Z"],
            id="what is skipped fires at the change",
        ),
        pytest.param(
            "Africa/Cairo",
            "0 0 * * 5",
            "2027-04-24T00:00Z",
            ["2027-04-29T22:00Z", "2027-05-06T21:00Z"],
            id="a week is not lost with its midnight",
        ),
        pytest.param(
            "Asia/Amman",
            "0 0 1 4 *",
            "2005-03-01T00:00Z",
            ["2005-03-31T22:00Z", "2006-03-31T21:00Z"],
            id="nor a year",
        ),
        pytest.param(
            "Pacific/Apia",
            "0 9 30 12 *",
            "2011-12-01T00:00Z",
            ["2011-12-30T10:00Z", "2012-12-29T19:00Z"],
            id="on a day that never was: when the next begins",
        ),
        pytest.param(
            "UTC", "0 0 29 2 */7", "2027-01-01T00:00Z", ["2032-02-29T00:00Z", "2060-02-29T00:00Z"], id="28 years"
        ),
        pytest.param("UTC", "0 0 29 2 *", "2096-03-01T00:00Z", ["2104-02-29T00:00Z"], id="2100 is not a leap year"),
        pytest.param("UTC", "0 0 1 1 *", "9999-06-01T00:00Z", [], id="the end of the calendar"),
        pytest.param("Asia/Tokyo", "0 0 1 1 *", "9999-12-31T23:00Z", [], id="and one past it"),
    ],
)
def test_moments(zone: str, rule: str, after: str, then: list[str]) -> None:
    at: datetime | None = datetime.fromisoformat(after)
    for expected in then or [None]:
        assert at is not None
        at = next_time(rule, at, ZoneInfo(zone))
        assert at == (datetime.fromisoformat(expected) if expected else None)


def fields() -> st.SearchStrategy[str]:
    def field(low: int, high: int) -> st.SearchStrategy[str]:
        number = st.integers(low, high)
        span = st.tuples(number, number).map(lambda ends: f"{min(ends)}-{max(ends)}")
        step = st.integers(1, high)
        part = st.one_of(
            st.just("*"),
            number.map(str),
            span,
            st.tuples(st.one_of(st.just("*"), span), step).map(lambda two: f"{two[0]}/{two[1]}"),
        )
        return st.lists(part, min_size=1, max_size=3).map(",".join)

    return st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)).map(" ".join)


@pytest.mark.long
@given(fields(), st.sampled_from(sorted(available_timezones())), st.integers(0, 3 * 365 * 24 * 60))
def test_any_rule_in_any_zone(expression: str, name: str, minute: int) -> None:
    try:
        parse(expression)
    except NeverFires:
        return
    zone, begin = ZoneInfo(name), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    end = begin + timedelta(hours=30)
    assert all_of(expression, zone, begin, end) == fires(expression, zone, begin, end)


@given(
    st.sampled_from(sorted(available_timezones())),
    st.datetimes(datetime(1850, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001
)
def test_later_local_times_are_never_earlier_moments(name: str, local: datetime) -> None:
    zone, local = ZoneInfo(name), local.replace(microsecond=0)
    moments = [instant_of(local + timedelta(minutes=step), zone) for step in (0, 1, 30, 60, 1440, 2880)]
    assert moments == sorted(moments)
    assert all(at.astimezone(zone).replace(tzinfo=None) >= local for at in moments)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        pytest.param(
            "0 0 30 2 *", "no day 30 in February. The last one there is 29, which only leap years", id="30.2."
        ),
        pytest.param("0 0 31 4 *", "no day 31 in April. The last one there is 30", id="31.4."),
        pytest.param("0 0 31 2,4,6,9,11 *", "in February, April, June, September or November", id="every short month"),
        pytest.param("0 0 31 apr,JUN *", "in April or June", id="by name"),
        pytest.param("0 0 30,31 2 *", "no day 30 in February", id="two days"),
        pytest.param("0 0 30-31 2 *", "no day 30 in February", id="a span"),
        pytest.param("*/5 * 30/1 feb *", "no day 30 in February", id="steps"),
        pytest.param("0 0 30 2 */2", "no day 30 in February", id="a weekday that begins with a star is asked as well"),
    ],
)
def test_what_never_comes_is_refused(rule: str, says: str) -> None:
    with pytest.raises(NeverFires, match=says):
        parse(rule)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("0 0 29 2 *", id="leap years"),
        pytest.param("0 0 31 1,4 *", id="one of two months"),
        pytest.param("0 0 30 2 1", id="or on Mondays"),
        pytest.param("0 0 31 4 1-5", id="or on working days"),
        pytest.param("0 0 */30 2 *", id="steps begin with the first"),
        pytest.param("0 0 29 2 */7", id="a leap day that is a Sunday"),
    ],
)
def test_what_comes_at_last_is_right(rule: str) -> None:
    assert next_time(rule, datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC")) is not None


@pytest.mark.parametrize(
    ("field", "days"),
    [
        pytest.param("*", {0, 1, 2, 3, 4, 5, 6}, id="every day"),
        pytest.param("0", {0}, id="0 is Sunday, as in crontab(5)"),
        pytest.param("7", {0}, id="7 too"),
        pytest.param("1-5", {1, 2, 3, 4, 5}, id="working days"),
        pytest.param("5-7", {5, 6, 0}, id="a span up to 7"),
        pytest.param("mon-fri", {1, 2, 3, 4, 5}, id="names"),
        pytest.param("*/2", {0, 2, 4, 6}, id="steps"),
        pytest.param("1-5/2", {1, 3, 5}, id="steps in a span"),
        pytest.param("Sat,0", {6, 0}, id="a list"),
    ],
)
def test_weekdays_are_those_of_cron(field: str, days: set[int]) -> None:
    times = parse(f"0 0 * * {field}")
    sunday = date(2026, 11, 22)
    assert {number for number in range(7) if times.includes(sunday + timedelta(days=number))} == days


@pytest.mark.long
@pytest.mark.parametrize("part", range(8))
def test_three_years_in_every_zone(part: int) -> None:
    """Zones whose walls show the same all the time are walked through once."""
    begin, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    rules = [rule for rule in RULES if rule not in ("* * * * *", "*/7 * * * *")]
    alike = {
        tuple(
            (begin + timedelta(hours=hour)).astimezone(ZoneInfo(name)).utcoffset() for hour in range(0, 26298, 6)
        ): name
        for name in sorted(available_timezones())
    }
    for name in sorted(alike.values())[part::8]:
        for rule in rules:
            zone = ZoneInfo(name)
            assert all_of(rule, zone, begin, end) == fires(rule, zone, begin, end), (name, rule)
