"""When each watch is visited: moments for APScheduler to keep, and the first visits after a start, spread."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta, tzinfo

from apscheduler.triggers.base import BaseTrigger

from monitor.daemon.timekeeping import Leap
from monitor.localtime import instant_of
from monitor.model.cron import next_time
from monitor.model.settings import CrawlSettings
from monitor.model.watch import Adapt, Cron, Every, Schedule, Watch, interval_s
from monitor.tracking.due import NEVER, next_visit

SPREAD = timedelta(minutes=10)  # what is overdue at a start is visited within this long
GAP = timedelta(seconds=20)  # between two of them, where there are few
NIGHT = (time(1), time(6))  # local; `[crawl] night`
WEEKEND = (5, 6)  # Saturday and Sunday, local; `[crawl] weekend`
CRON_JITTER_S = 30


class Times(BaseTrigger):
    """The moments of one schedule, all in UTC. APScheduler's own triggers count in local time: they repeat or lose
    visits where clocks change, and count every moment of a leap of the clock one by one.

    A jitter is added after that, since visits on the minute are a trace of a program: 30 s for cron, else a tenth of
    the interval, at most ten minutes. An interval keeps its rhythm whatever the jitter was.
    """

    def __init__(self, schedule: Schedule, zone: tzinfo, *, jitter: Callable[[], float] = random.random) -> None:
        self._schedule, self._zone, self._jitter = schedule, zone, jitter
        self._planned: dict[datetime, datetime] = {}  # what was given -> the same without its jitter

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Strictly after now: what was missed is not counted up. A `previous_fire_time` that was not given from here
        begins a new rhythm."""
        previous = previous_fire_time or now
        if isinstance(self._schedule, Cron):
            planned = next_time(self._schedule.expression, max(previous, now), self._zone)
            most = CRON_JITTER_S
            if planned is None:
                return None
        else:
            planned = next_in_rhythm(self._planned.get(previous, previous), self._schedule, now)
            most = min(interval_s(self._schedule) // 10, 600)
        given = planned + timedelta(seconds=most * self._jitter())
        # It is asked more than once after the same moment.
        self._planned = {at: plan for at, plan in self._planned.items() if at >= previous} | {given: planned}
        return given


def next_in_rhythm(base: datetime, every: Every | Adapt, now: datetime) -> datetime:
    """The first of `base` and whole intervals after it (at least one) that lies after `now`."""
    interval = timedelta(seconds=interval_s(every))
    return base + interval * (max((now - base) // interval, 0) + 1)


def first_visits(
    watches: Sequence[Watch], last: Mapping[str, datetime | None], now: datetime, zone: tzinfo
) -> dict[str, datetime]:
    """When each watch is visited first after a start. last: the end of each watch's last look, or since when a watch on
    cron is known that was never looked at.

    What became due while the machine was off is visited once, one watch after the other; the rest keeps its rhythm.
    """
    due, later = [], {}
    for watch in watches:
        at = next_visit(watch, last.get(watch.name), now, zone)
        if at <= now:
            due.append(watch.name)
        else:
            later[watch.name] = at
    return spread(due, now) | later


def spread(due: Sequence[str], now: datetime) -> dict[str, datetime]:
    """One after the other, so that a start or a waking is not a burst."""
    gap = min(GAP, SPREAD / max(len(due), 1))
    return {name: now + gap * place for place, name in enumerate(due)}


def after_leap(watch: Watch, planned: datetime, leap: Leap, zone: tzinfo) -> datetime:
    """When a watch is visited after the clock leapt: as soon as it would have been without that, or, on cron, at its
    time by the new clock if that is sooner. One that the leap passed over is due."""
    kept = planned + leap.by
    if not isinstance(watch.schedule, Cron):
        return kept
    by_new_clock = next_time(watch.schedule.expression, min(leap.before, leap.now), zone)
    return min(kept, by_new_clock or NEVER)


def next_opening(now: datetime, zone: tzinfo, crawl: CrawlSettings) -> datetime | None:
    """When the hours begin that a visit has to wait for (`[crawl] night`, `weekend`); None while visits may be made.
    All in local time, so that summer time moves them with the clocks."""
    if is_open(now, zone, crawl):
        return None
    today = now.astimezone(zone).date()
    begins = [NIGHT[0]] if crawl.night else []
    begins += [time(0)] if crawl.weekend else []
    moments = (
        instant_of(datetime.combine(today + timedelta(days=ahead), at), zone)
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
