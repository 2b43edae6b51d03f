"""When each watch is visited: triggers for APScheduler, and the first visits after a start, spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from monitor.model.settings import CrawlSettings
from monitor.model.watch import Cron, Watch

SPREAD = timedelta(minutes=10)  # what is overdue at a start is visited within this long
GAP = timedelta(seconds=20)  # between two of them, where there are few
NIGHT = (time(1), time(6))  # local; `[crawl] night`
WEEKEND = (5, 6)  # Saturday and Sunday, local; `[crawl] weekend`
PASS = timedelta(hours=1)  # that one may take
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def trigger_for(watch: Watch, zone: tzinfo) -> BaseTrigger:
    """With jitter of a tenth of the interval, at most ten minutes: visits on the minute are a trace of a program."""
    schedule = watch.schedule
    if isinstance(schedule, Cron):
        return cron_trigger(schedule.expression, zone)
    return IntervalTrigger(seconds=schedule.seconds, jitter=min(schedule.seconds // 10, 600), timezone=UTC)


def cron_trigger(expression: str, zone: tzinfo) -> BaseTrigger:
    """Five fields as crontab(5) reads them. APScheduler counts weekdays from Monday, so names are given to it; where
    day and weekday are both restricted, either will do."""
    minute, hour, day, month, weekday = expression.split()
    weekday = weekday_names(weekday)

    def one(day: str, weekday: str) -> CronTrigger:
        return CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, timezone=zone, jitter=30
        )

    if not day.startswith("*") and not weekday.startswith("*"):
        return OrTrigger([one(day, "*"), one("*", weekday)])
    return one(day, weekday)


def weekday_names(field: str) -> str:
    """`1-5` -> `mon,tue,wed,thu,fri`; 0 and 7 are Sunday; `*` stays."""
    if field == "*":
        return field
    days: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low = 0 if span == "*" else _weekday(first)
        high = 6 if span == "*" or (step and not last) else _weekday(last) if last else low
        days |= {number % 7 for number in range(low, (high if high >= low else high + 7) + 1, int(step or 1))}
    return ",".join(_DAYS[number] for number in sorted(days))


def _weekday(text: str) -> int:
    return _DAYS.index(text) if text in _DAYS else int(text)


def first_visits(
    watches: Sequence[Watch], last: Mapping[str, datetime | None], now: datetime, zone: tzinfo
) -> dict[str, datetime]:
    """When each watch is visited first after a start. last: the end of each watch's last pass.

    What became due while the machine was off is visited once, one watch after the other; the rest keeps its rhythm.
    """
    due, later = [], {}
    for watch in watches:
        at = next_visit(watch, last.get(watch.name), now, zone)
        if at <= now:
            due.append(watch.name)
        else:
            later[watch.name] = at
    gap = min(GAP, SPREAD / max(len(due), 1))
    return {name: now + gap * place for place, name in enumerate(due)} | later


def next_visit(watch: Watch, last: datetime | None, now: datetime, zone: tzinfo) -> datetime:
    """In the past or now: it is due. A watch on an interval that never ran is due; one on cron waits for its time."""
    schedule = watch.schedule
    if isinstance(schedule, Cron):
        fires = cron_trigger(schedule.expression, zone).get_next_fire_time(None, last or now)
        return fires.astimezone(UTC) if fires else datetime.max.replace(tzinfo=UTC)
    # A last pass in the future is a clock that was set back: due, rather than silent for however long.
    return now if last is None or last > now else last + timedelta(seconds=schedule.seconds)


def next_opening(now: datetime, zone: tzinfo, crawl: CrawlSettings) -> datetime | None:
    """When the hours begin that a visit has to wait for (`[crawl] night`, `weekend`); None while visits may be made.
    All in local time, so that summer time moves them with the clocks."""
    if is_open(now, zone, crawl):
        return None
    today = now.astimezone(zone).date()
    begins = [NIGHT[0]] if crawl.night else []
    begins += [time(0)] if crawl.weekend else []
    moments = (
        datetime.combine(today + timedelta(days=ahead), at, tzinfo=zone).astimezone(UTC)
        for ahead in range(8)
        for at in sorted(begins)
    )
    return next(moment for moment in moments if moment > now and is_open(moment, zone, crawl))


def is_open(now: datetime, zone: tzinfo, crawl: CrawlSettings) -> bool:
    local = now.astimezone(zone)
    if not crawl.night and not crawl.weekend:
        return True
    if crawl.weekend and local.weekday() in WEEKEND:
        return True
    return crawl.night and NIGHT[0] <= local.time() < NIGHT[1]


def due_by(watch: Watch, last: datetime, zone: tzinfo, crawl: CrawlSettings) -> datetime:
    """Until when a watch that was last looked at then has to be looked at again: three intervals, and what `night` and
    `weekend` may hold it back. Later than that, nobody looks."""
    held_back = timedelta(days=6 if crawl.weekend and not crawl.night else 1 if crawl.night else 0)
    if isinstance(watch.schedule, Cron):
        at: datetime = last
        trigger = cron_trigger(watch.schedule.expression, zone)
        for _ in range(3):
            fires = trigger.get_next_fire_time(at, at + timedelta(minutes=1))
            if fires is None:
                return datetime.max.replace(tzinfo=UTC)
            at = fires.astimezone(UTC)
        return at + held_back + PASS
    seconds = watch.adapt.ceiling_s if watch.adapt else watch.schedule.seconds
    return last + timedelta(seconds=3 * seconds) + held_back + PASS
