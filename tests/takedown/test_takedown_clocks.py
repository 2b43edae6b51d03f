"""Every clock that a law or a desk sets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.model.ids import SightingId
from monitor.model.report import Frozen, Report, ReportState
from monitor.takedown.channel_files import load_channels
from monitor.takedown.clocks import (
    BASES,
    Deadline,
    Starts,
    add_months,
    due_after,
    due_after_notice,
    due_at,
    due_if_extended,
    may_not_have_begun,
    waits_for_notice,
)

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


# --- one for each legal basis, by hand from its text


LAWS = {one.id: one for one in load_channels().legal_bases}


def request(basis: str, sent: str = "") -> Report:
    """As it is drafted from the shipped data, and sent then."""
    deadline = LAWS[basis].deadline if basis in LAWS else None
    frozen = Frozen(legal_basis=basis, deadline=deadline.iso if deadline else "", deadline_source=basis)
    at = datetime(2020, 1, 1, tzinfo=UTC)
    made = Report.drafted(
        id="r1", case="default", sightings=[SightingId("s1")], channel="c", route="r", at=at, frozen=frozen
    )
    if not sent:
        return made
    when = datetime.fromisoformat(sent)
    return made.sent(at=when, due_at=due_after(made, ReportState.SENT, when))


BY_HAND = [
    # 47 U.S.C. 223a(a)(3)(A): "not later than 48 hours after receiving such request"
    pytest.param("us_tida", "2026-11-27T09:15:00-05:00", "2026-11-29T14:15:00+00:00", id="TIDA, over Thanksgiving"),
    # s.10(3A), s.20A: within 48 hours of receiving the report; the clocks go forward on 29 March 2026
    pytest.param("uk_osa_20a", "2026-03-28T12:00:00+00:00", "2026-03-30T13:00:00+01:00", id="UK, over the change"),
    # Rule 3(2)(b) as of 2026-02-20: within two hours
    pytest.param("in_it_rules_3_2_b", "2026-08-15T23:30:00+05:30", "2026-08-16T01:30:00+05:30", id="India, a holiday"),
    # 1182/71 Art. 3: the day of receipt does not count; 31 January -> the last of February, a Saturday -> Monday
    pytest.param("eu_gdpr_17", "2026-01-31T10:00:00+01:00", "2026-03-03T01:00:00+00:00", id="GDPR, a short month"),
    pytest.param("eu_gdpr_17", "2028-01-31T10:00:00+01:00", "2028-03-01T01:00:00+00:00", id="GDPR, a leap day"),
    # Art. 16(6): "timely, diligent": no hours
    pytest.param("eu_dsa_16", "2026-11-27T09:15:00+01:00", None, id="DSA"),
    # s 77: 24 hours after the notice of the Commissioner, not after the complaint
    pytest.param("au_osa_77", "2026-11-27T09:15:00+11:00", None, id="eSafety, complained to"),
    pytest.param("us_dmca", "2026-11-27T09:15:00-05:00", None, id="DMCA, expeditiously"),
    pytest.param("", "2026-11-27T09:15:00+01:00", None, id="nothing is known"),
]


@pytest.mark.parametrize(("basis", "sent", "due"), BY_HAND)
def test_by_hand(basis: str, sent: str, due: str | None) -> None:
    assert request(basis, sent).due_at == (datetime.fromisoformat(due) if due else None)


def test_every_law_with_rules_of_its_own_is_in_the_data_and_has_a_time() -> None:
    assert BASES.keys() <= LAWS.keys()
    for basis, rule in BASES.items():
        deadline = LAWS[basis].deadline
        assert deadline is not None
        assert (rule.longest is None) == (not deadline.months), "hours cannot be made longer"


def test_esafety_counts_from_its_notice() -> None:
    notice = datetime.fromisoformat("2026-12-01T17:00:00+11:00")
    complaint = request("au_osa_77", "2026-11-27T09:15:00+11:00")
    assert waits_for_notice(complaint.frozen)
    assert due_after_notice(complaint, notice) == datetime.fromisoformat("2026-12-02T17:00:00+11:00")


def test_gdpr_three_months_only_if_told() -> None:
    report = request("eu_gdpr_17", "2026-11-30T10:00:00+01:00")  # 30 December is a Wednesday
    assert report.due_at == datetime(2026, 12, 31, 1, tzinfo=UTC)
    told = datetime(2026, 12, 20, tzinfo=UTC)
    assert due_after(report, ReportState.ACKNOWLEDGED, told) == report.due_at
    assert due_if_extended(report, told) == datetime(2027, 3, 2, 1, tzinfo=UTC)  # 28 February is a Sunday
    with pytest.raises(UsageError, match="had run out"):
        due_if_extended(report, report.due_at + timedelta(seconds=1))


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2090, 1, 1))  # noqa: DTZ001 - the zone comes beside it
ZONES = st.sampled_from(
    [
        UTC,
        BERLIN,
        NEW_YORK,
        *map(ZoneInfo, ("Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Niue")),
    ]
)


@given(st.sampled_from(sorted(BASES)), MOMENTS, ZONES)
def test_a_clock_is_the_same_in_whatever_zone_the_time_is_given(basis: str, at: datetime, zone: ZoneInfo) -> None:
    here = at.replace(tzinfo=zone)
    draft = request(basis)
    due = due_after(draft, ReportState.SENT, here)
    assert due == due_after(draft, ReportState.SENT, here.astimezone(UTC))
    if BASES[basis].starts is Starts.NOTICE:
        assert due is None
        due = due_after_notice(draft, here)
    assert due is not None
    hours = (LAWS[basis].deadline or Deadline(hours=1)).hours
    assert due - here.astimezone(UTC) == timedelta(hours=hours) if hours else due - here.astimezone(UTC) > timedelta(28)


@given(MOMENTS, st.sets(st.integers(0, 40), max_size=12), ZONES)
def test_the_last_day_is_a_working_day_wherever_the_addressee_sits(at: datetime, off: set[int], zone: ZoneInfo) -> None:
    sent = at.replace(tzinfo=UTC)
    first = add_months(sent.astimezone(zone).date(), 1)
    holidays = {first + timedelta(days=day) for day in off}
    due = due_at(Deadline(months=1), sent, zone=zone, holidays=holidays)
    assert due is not None
    last = (due - timedelta(microseconds=1)).astimezone(zone).date()
    assert last.weekday() < 5 and last not in holidays and last >= first
    between = [first + timedelta(days=day) for day in range((last - first).days)]
    assert all(day.weekday() >= 5 or day in holidays for day in between), "no working day was let pass"


@given(MOMENTS, ZONES)
def test_nothing_is_overdue_before_it_is_in_every_member_state(at: datetime, zone: ZoneInfo) -> None:
    sent = at.replace(tzinfo=zone)
    due = due_after(request("eu_gdpr_17"), ReportState.SENT, sent)
    for place in ("Atlantic/Azores", "Europe/Dublin", "Europe/Berlin", "Asia/Nicosia", "Europe/London"):
        own = due_at(Deadline(months=1), sent, zone=ZoneInfo(place))
        assert due is not None and own is not None and own <= due <= own + timedelta(days=4, hours=4)


STEPS = st.lists(
    st.tuples(st.sampled_from([one for one in ReportState if one is not ReportState.DRAFT]), st.integers(0, 90)),
    max_size=8,
)


@given(st.sampled_from(["us_tida", "uk_osa_20a", "eu_gdpr_17", "eu_dsa_16", "au_osa_77"]), MOMENTS, STEPS)
def test_only_the_person_s_sending_starts_a_clock(
    basis: str, at: datetime, steps: list[tuple[ReportState, int]]
) -> None:
    """Whatever is answered when, in whatever order: a clock stands where it was started, stopped or not at all."""
    report, now = request(basis), at.replace(tzinfo=UTC)
    started = None
    for state, hours in steps:
        now += timedelta(hours=hours)
        due = due_after(report, state, now)
        try:
            if state is ReportState.SENT:
                report, started = report.sent(at=now, due_at=due), due
            elif state is ReportState.WITHDRAWN:
                report = report.withdrawn(at=now)
            else:
                report = report.answered(state, at=now, due_at=due)
        except UsageError:
            continue
        assert report.due_at in (None, started)
        if state is ReportState.MORE_ASKED:
            assert may_not_have_begun(report) == (basis == "us_tida")
            assert basis != "us_tida" or report.due_at is None
