from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.daemon import schedule
from monitor.daemon.timekeeping import Leap
from monitor.model.ids import CaseId
from monitor.model.observation import Observation, RunStatus
from monitor.model.run import Run
from monitor.model.settings import CrawlSettings
from monitor.model.visit import DueVisit, VisitReason
from monitor.model.watch import Adapt, Cron, Every, Kind, Schedule, Watch
from monitor.tracking.due import NEVER, OWED_AT_FIRST, after_look, at_start, due_by, next_visit, owed, rhythm_of
from tests.alerts.alert_helpers import run

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)  # a Sunday, 22:04 in Berlin


DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def watch(
    name: str = "w",
    schedule: Schedule = Every(3600),  # noqa: B008  # frozen
) -> Watch:
    return Watch(name=name, kind=Kind.PAGE, schedule=schedule)


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        pytest.param("15 */6 * * *", "2026-11-22T23:15Z", id="every six hours, local"),
        pytest.param("0 9 * * 1", "2026-11-23T08:00Z", id="Monday"),
        pytest.param("0 9 25 * 2", "2026-11-24T08:00Z", id="day or weekday: Tuesday comes first"),
        pytest.param("0 9 23 * 2", "2026-11-23T08:00Z", id="day or weekday: the 23rd comes first"),
    ],
)
def test_cron(expression: str, fires: str) -> None:
    at = schedule.Times(Cron(expression), BERLIN).get_next_fire_time(None, NOW)
    assert at is not None
    assert timedelta(0) <= at - datetime.fromisoformat(fires) <= timedelta(seconds=30)  # the jitter


@pytest.mark.parametrize(
    ("kind", "last", "due"),
    [
        pytest.param(Every(3600), None, True, id="never looked at"),
        pytest.param(Every(3600), timedelta(minutes=59), False, id="not yet"),
        pytest.param(Every(3600), timedelta(hours=1), True, id="just now"),
        pytest.param(Every(3600), timedelta(days=30), True, id="missed many: one"),
        pytest.param(Every(3600), -timedelta(days=365), True, id="clock was set back a year"),
        pytest.param(Adapt(900, 14_400), None, True, id="adapting, never looked at"),
        pytest.param(Adapt(900, 14_400), timedelta(minutes=59), False, id="adapting, not yet"),
        pytest.param(Adapt(900, 14_400), timedelta(hours=1), True, id="adapting, between floor and ceiling"),
        pytest.param(Cron("0 9 * * *"), None, False, id="cron waits for its first time"),
        pytest.param(Cron("0 9 * * *"), timedelta(days=2), True, id="cron missed while off"),
        pytest.param(Cron("0 9 * * *"), timedelta(hours=1), False, id="cron not missed"),
        pytest.param(Cron("0 9 * * *"), -timedelta(days=365), True, id="cron, clock was set back a year"),
    ],
)
def test_what_is_due_at_a_start(kind: Schedule, last: timedelta | None, due: bool) -> None:
    at = next_visit(watch(schedule=kind), NOW - last if last is not None else None, NOW, BERLIN)
    assert (at <= NOW) is due


EVERY_HOUR = watch()
SCHEDULED = DueVisit("w", CaseId("default"), NOW + HOUR, VisitReason.SCHEDULE, NOW + HOUR, "every 3600")


@pytest.mark.parametrize(
    ("made", "row", "last", "at", "why"),
    [
        pytest.param(EVERY_HOUR, None, None, 0 * HOUR, VisitReason.NEW, id="never looked at"),
        pytest.param(EVERY_HOUR, None, -HOUR / 2, HOUR / 2, VisitReason.SCHEDULE, id="no row, looked at by hand"),
        pytest.param(EVERY_HOUR, SCHEDULED, -HOUR / 2, HOUR, VisitReason.SCHEDULE, id="planned: so it stays"),
        pytest.param(EVERY_HOUR, SCHEDULED, None, HOUR, VisitReason.SCHEDULE, id="planned, and its runs are forgotten"),
        pytest.param(
            EVERY_HOUR, replace(SCHEDULED, at=NOW - DAY), -2 * DAY, -DAY, VisitReason.SCHEDULE, id="due while off"
        ),
        pytest.param(
            EVERY_HOUR, replace(SCHEDULED, at=NOW + 3 * HOUR), -HOUR, 0 * HOUR, VisitReason.SCHEDULE, id="ahead: due"
        ),
        pytest.param(EVERY_HOUR, SCHEDULED, DAY, HOUR, VisitReason.SCHEDULE, id="planned since a clock was set back"),
        pytest.param(EVERY_HOUR, None, DAY, 0 * HOUR, VisitReason.SCHEDULE, id="no row, and a clock was ahead: due"),
        pytest.param(
            EVERY_HOUR, replace(SCHEDULED, why=VisitReason.HOURS), -HOUR / 2, 0 * HOUR, VisitReason.HOURS, id="hours"
        ),
        pytest.param(
            watch(schedule=Every(7200)), SCHEDULED, -HOUR / 2, 1.5 * HOUR, VisitReason.SCHEDULE, id="another interval"
        ),
        pytest.param(
            watch(schedule=Adapt(900, 14_400)), SCHEDULED, -HOUR / 2, HOUR / 2, VisitReason.SCHEDULE, id="adapts now"
        ),
        pytest.param(
            watch(schedule=Adapt(900, 7200)),
            replace(SCHEDULED, at=NOW + 2 * HOUR, rhythm="adapt 900 7200", why=VisitReason.ADAPTS),
            -HOUR / 2,
            2 * HOUR,
            VisitReason.ADAPTS,
            id="adapting, at its ceiling",
        ),
        pytest.param(
            watch(schedule=Cron("0 9 * * *")), None, None, 10 * HOUR + HOUR * 56 / 60, VisitReason.NEW, id="cron waits"
        ),
        pytest.param(
            watch(schedule=Cron("0 9 * * *")),
            replace(SCHEDULED, at=NOW - HOUR, beat=NOW - HOUR, rhythm="cron 0 9 * * * in Europe/Berlin"),
            None,
            -HOUR,
            VisitReason.SCHEDULE,
            id="cron never looked at, due while off",
        ),
        pytest.param(
            watch(schedule=Cron("0 9 * * *")),
            replace(SCHEDULED, beat=NOW - DAY, rhythm=""),
            None,
            -13 * HOUR - HOUR * 4 / 60,
            VisitReason.NEW,
            id="cron never looked at, of an earlier version: since it is known",
        ),
        pytest.param(
            watch(schedule=Cron("0 9 * * *")),
            replace(SCHEDULED, at=NOW + 9 * DAY, rhythm="cron 0 9 * * * in Europe/Berlin"),
            -HOUR,
            0 * HOUR,
            VisitReason.SCHEDULE,
            id="cron, planned by a clock ahead",
        ),
    ],
)
def test_what_a_start_makes_of_a_row(
    made: Watch, row: DueVisit | None, last: timedelta | None, at: timedelta, why: VisitReason
) -> None:
    planned = at_start(row, made, NOW + last if last is not None else None, NOW, BERLIN)
    assert abs(planned.at - NOW - at) < timedelta(minutes=1) and planned.why is why
    assert planned.rhythm == rhythm_of(made, BERLIN)
    assert at_start(planned, made, None, NOW, BERLIN) == planned or why is VisitReason.HOURS, "and leaves it so"


OFFLINE = Observation("", "offline", "no network", "Connect it.")
LOST = run(status=RunStatus.FAILED, pages_seen=0, images_seen=0, errors=(OFFLINE,))


@pytest.mark.parametrize(
    ("row", "looked", "at", "why"),
    [
        pytest.param(None, run(), HOUR, VisitReason.SCHEDULE, id="without a row: from the look on"),
        pytest.param(
            replace(SCHEDULED, at=NOW, beat=NOW - HOUR / 12), run(), HOUR * 11 / 12, VisitReason.SCHEDULE, id="rhythm"
        ),
        pytest.param(
            replace(SCHEDULED, at=NOW, beat=NOW - 5.5 * HOUR), run(), HOUR / 2, VisitReason.SCHEDULE, id="much too late"
        ),
        pytest.param(SCHEDULED, run(), HOUR, VisitReason.SCHEDULE, id="by hand before it was due: a new rhythm"),
        pytest.param(
            replace(SCHEDULED, at=NOW, beat=NOW - HOUR / 2, why=VisitReason.MISSED),
            run(),
            HOUR,
            VisitReason.SCHEDULE,
            id="missed: a new rhythm",
        ),
        pytest.param(
            replace(SCHEDULED, at=NOW, beat=NOW - HOUR / 2, rhythm="every 60"),
            run(),
            HOUR,
            VisitReason.SCHEDULE,
            id="another rhythm",
        ),
        pytest.param(SCHEDULED, LOST, OWED_AT_FIRST, VisitReason.OWED, id="no network: owed"),
        pytest.param(SCHEDULED, None, HOUR, VisitReason.SCHEDULE, id="it did not take place"),
    ],
)
def test_when_a_watch_is_looked_at_after_a_look(
    row: DueVisit | None, looked: Run | None, at: timedelta, why: VisitReason
) -> None:
    ended = NOW + timedelta(minutes=2)
    planned = after_look(row, EVERY_HOUR, looked, NOW, ended, BERLIN, 0)
    assert (planned.why, planned.rhythm) == (why, "every 3600")
    assert planned.at == (NOW + at if why is VisitReason.SCHEDULE else ended + at)
    if why is VisitReason.OWED:
        assert planned.beat == NOW + HOUR and owed(planned, NOW + DAY).at == planned.beat, "no later than without that"


@given(st.integers(min_value=0, max_value=500))
def test_what_was_missed_is_spread(count: int) -> None:
    at = schedule.spread(count, NOW)
    assert len(set(at)) == count and at == sorted(at)
    assert all(NOW <= one <= NOW + schedule.SPREAD for one in at)


def test_jitter_is_a_tenth_of_the_interval_at_most_ten_minutes() -> None:
    for every, most in ((60, 6), (3600, 360), (86400, 600)):
        for _ in range(20):
            at = schedule.Times(Every(every), BERLIN).get_next_fire_time(NOW, NOW)
            assert at is not None and 0 <= (at - NOW).total_seconds() - every <= most


def test_an_interval_keeps_its_rhythm_whatever_the_jitter() -> None:
    times, at = schedule.Times(Every(3600), BERLIN), NOW
    for number in range(1, 1000):
        times.get_next_fire_time(at, at)  # APScheduler asks twice
        given = times.get_next_fire_time(at, at)
        assert given is not None and 0 <= (given - NOW).total_seconds() - number * 3600 <= 360
        at = given


@pytest.mark.parametrize("kind", [Every(20), Every(3600), Cron("* * * * *"), Cron("0 3 * * *")], ids=str)
@pytest.mark.parametrize("late", [timedelta(seconds=1), timedelta(days=1), timedelta(days=3650)], ids=str)
def test_however_late_the_next_is_to_come(kind: Schedule, late: timedelta) -> None:
    at = schedule.Times(kind, BERLIN).get_next_fire_time(NOW, NOW + late)
    assert at is not None and timedelta(0) < at - NOW - late <= timedelta(days=1, hours=1)


def leap(by: timedelta, slept: timedelta = timedelta(0), passed: timedelta = timedelta(seconds=5)) -> Leap:
    return Leap(NOW, NOW + passed + slept + by, by, slept)


@pytest.mark.parametrize(
    ("kind", "planned", "leapt", "then"),
    [
        pytest.param(Every(3600), HOUR, leap(-DAY), HOUR - DAY, id="set back: as soon as without that"),
        pytest.param(Every(3600), HOUR, leap(DAY), HOUR + DAY, id="set on: no sooner either"),
        pytest.param(Every(3600), HOUR, leap(timedelta(0), DAY), HOUR, id="slept: due since"),
        pytest.param(Cron("0 9 * * *"), 11 * HOUR, leap(DAY), 11 * HOUR, id="cron: passed over, so due"),
        pytest.param(Cron("0 9 * * *"), 11 * HOUR, leap(2 * HOUR), 11 * HOUR, id="cron: sooner by the new clock"),
        pytest.param(Cron("0 9 * * *"), 11 * HOUR, leap(-2 * HOUR), 9 * HOUR, id="cron: no later than without that"),
        pytest.param(Cron("0 22 * * *"), 24 * HOUR, leap(-HOUR), -4 / 60 * HOUR, id="cron: its time comes again"),
        pytest.param(Cron("0 9 * * *"), 11 * HOUR, leap(timedelta(0), DAY), 11 * HOUR, id="cron: slept over it"),
    ],
)
def test_after_a_leap_of_the_clock(kind: Schedule, planned: timedelta, leapt: Leap, then: timedelta) -> None:
    row = replace(SCHEDULED, at=NOW + planned, beat=NOW + planned - timedelta(seconds=1))
    moved = schedule.after_leap(row, watch(schedule=kind), leapt, BERLIN)
    assert abs(moved.at - NOW - then) <= timedelta(minutes=4)
    assert moved.beat == row.beat + leapt.by and moved.why is row.why


def test_what_waited_for_the_hours_is_due_after_a_leap() -> None:
    waits = replace(SCHEDULED, why=VisitReason.HOURS, at=NOW + 5 * DAY)
    assert schedule.after_leap(waits, EVERY_HOUR, leap(-DAY), BERLIN).at == leap(-DAY).now


def test_a_timetable_without_a_time_is_never_due() -> None:
    never = replace(SCHEDULED, at=NEVER, beat=NEVER)
    assert schedule.after_leap(never, EVERY_HOUR, leap(DAY), BERLIN) == never


NIGHT, WEEKEND = CrawlSettings(night=True), CrawlSettings(weekend=True)
BOTH = CrawlSettings(night=True, weekend=True)
SANTIAGO, LONDON, LORD_HOWE, APIA, KWAJALEIN, DUBLIN = (
    ZoneInfo(name)
    for name in (
        "America/Santiago",
        "Europe/London",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Kwajalein",
        "Europe/Dublin",
    )
)


@pytest.mark.parametrize(
    ("crawl", "zone", "now", "begins"),
    [
        pytest.param(CrawlSettings(), BERLIN, "2026-11-25T12:00Z", None, id="always"),
        pytest.param(NIGHT, BERLIN, "2026-11-22T21:04Z", "2026-11-23T00:00Z", id="night: evening"),
        pytest.param(NIGHT, BERLIN, "2026-11-22T23:59Z", "2026-11-23T00:00Z", id="night: shortly before one"),
        pytest.param(NIGHT, BERLIN, "2026-11-23T00:00Z", None, id="night: one o'clock"),
        pytest.param(NIGHT, BERLIN, "2026-11-23T04:59Z", None, id="night: before six"),
        pytest.param(NIGHT, BERLIN, "2026-11-23T05:00Z", "2026-11-24T00:00Z", id="night: six"),
        pytest.param(WEEKEND, BERLIN, "2026-11-25T12:00Z", "2026-11-27T23:00Z", id="weekend: Wednesday"),
        pytest.param(
            WEEKEND, BERLIN, "2026-11-27T22:59Z", "2026-11-27T23:00Z", id="weekend: the last minute of Friday"
        ),
        pytest.param(WEEKEND, BERLIN, "2026-11-27T23:00Z", None, id="weekend: Saturday begins"),
        pytest.param(WEEKEND, BERLIN, "2026-11-28T12:00Z", None, id="weekend: by day"),
        pytest.param(WEEKEND, BERLIN, "2026-11-29T22:59Z", None, id="weekend: the last minute of Sunday"),
        pytest.param(WEEKEND, BERLIN, "2026-11-29T23:00Z", "2026-12-04T23:00Z", id="weekend: Monday begins"),
        pytest.param(BOTH, BERLIN, "2026-11-28T12:00Z", None, id="both: Saturday by day"),
        pytest.param(BOTH, BERLIN, "2026-11-25T02:00Z", None, id="both: a night in the week"),
        pytest.param(BOTH, BERLIN, "2026-11-25T12:00Z", "2026-11-26T00:00Z", id="both: by day in the week"),
        pytest.param(BOTH, BERLIN, "2026-11-27T12:00Z", "2026-11-27T23:00Z", id="both: Friday waits for Saturday"),
        # Summer time: clocks go from 02:00 to 03:00 on 29 March 2026 and from 03:00 to 02:00 on 25 October.
        pytest.param(NIGHT, BERLIN, "2026-03-28T12:00Z", "2026-03-29T00:00Z", id="night before the clocks go on"),
        pytest.param(NIGHT, BERLIN, "2026-03-29T03:59Z", None, id="the short night: until six, summer time"),
        pytest.param(NIGHT, BERLIN, "2026-03-29T04:00Z", "2026-03-29T23:00Z", id="the short night is over"),
        pytest.param(NIGHT, BERLIN, "2026-10-25T04:59Z", None, id="the long night: until six, winter time"),
        pytest.param(NIGHT, BERLIN, "2026-10-25T05:00Z", "2026-10-26T00:00Z", id="the long night is over"),
        pytest.param(NIGHT, LONDON, "2026-03-28T12:00Z", "2026-03-29T01:00Z", id="one o'clock is skipped: two it is"),
        pytest.param(WEEKEND, BERLIN, "2026-03-29T21:59Z", None, id="the short Sunday: until midnight, summer time"),
        pytest.param(WEEKEND, BERLIN, "2026-03-29T22:00Z", "2026-04-03T22:00Z", id="the short Sunday is over"),
        pytest.param(WEEKEND, BERLIN, "2026-10-25T22:59Z", None, id="the long Sunday: until midnight, winter time"),
        # Midnight itself is skipped there: Sunday begins at one o'clock.
        pytest.param(WEEKEND, SANTIAGO, "2026-09-06T03:59Z", None, id="Saturday, the last minute before the change"),
        pytest.param(WEEKEND, SANTIAGO, "2026-09-06T04:00Z", None, id="Sunday without a midnight"),
        pytest.param(BOTH, LORD_HOWE, "2026-04-06T05:00Z", "2026-04-06T14:30Z", id="half an hour of summer time"),
        pytest.param(WEEKEND, APIA, "2011-12-30T05:00Z", "2011-12-30T10:00Z", id="Friday is skipped: Saturday at once"),
        pytest.param(NIGHT, APIA, "2011-12-29T18:00Z", "2011-12-30T11:00Z", id="the night of a day that never was"),
        pytest.param(WEEKEND, KWAJALEIN, "1993-08-21T00:00Z", "1993-08-21T12:00Z", id="Saturday is skipped: Sunday"),
        pytest.param(NIGHT, DUBLIN, "2027-03-28T00:59Z", "2027-03-28T01:00Z", id="one o'clock is skipped in Dublin"),
        pytest.param(NIGHT, DUBLIN, "2027-10-31T00:30Z", None, id="one o'clock, the first time"),
        pytest.param(NIGHT, DUBLIN, "2027-10-31T01:30Z", None, id="and the second"),
    ],
)
def test_when_visits_may_be_made(crawl: CrawlSettings, zone: ZoneInfo, now: str, begins: str | None) -> None:
    expected = datetime.fromisoformat(begins) if begins else None
    assert schedule.next_opening(datetime.fromisoformat(now), zone, crawl) == expected


@given(st.integers(0, 2 * 366 * 1440), st.sampled_from([NIGHT, WEEKEND, BOTH]))
def test_a_visit_that_waits_is_made_when_it_may_be(minutes: int, crawl: CrawlSettings) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    for zone in (BERLIN, LONDON, SANTIAGO, LORD_HOWE):
        at = schedule.next_opening(now, zone, crawl)
        assert at is None or (now < at <= now + timedelta(days=6) and schedule.next_opening(at, zone, crawl) is None)


@pytest.mark.parametrize(
    ("made", "crawl", "late_after"),
    [
        pytest.param(watch(schedule=Every(7200)), CrawlSettings(), timedelta(hours=7), id="every two hours"),
        pytest.param(watch(schedule=Every(86_400)), CrawlSettings(), timedelta(hours=73), id="daily"),
        pytest.param(watch(schedule=Adapt(900, 86_400)), CrawlSettings(), timedelta(hours=73), id="adapting"),
        pytest.param(watch(schedule=Every(7200)), NIGHT, timedelta(hours=31), id="at night only"),
        pytest.param(watch(schedule=Every(7200)), WEEKEND, timedelta(days=6, hours=7), id="at weekends only"),
    ],
)
def test_when_nobody_has_looked_for_too_long(made: Watch, crawl: CrawlSettings, late_after: timedelta) -> None:
    assert due_by(made, NOW, BERLIN, crawl) == NOW + late_after


def test_a_watch_on_cron_is_late_after_three_of_its_times() -> None:
    last = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)  # 09:30 in Berlin, after that day's visit
    late = due_by(watch(schedule=Cron("0 9 * * *")), last, BERLIN, CrawlSettings())
    assert timedelta(0) <= late - datetime(2026, 11, 28, 9, 0, tzinfo=UTC) <= timedelta(minutes=2)  # and an hour more
