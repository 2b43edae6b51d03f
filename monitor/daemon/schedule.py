"""Moments for APScheduler to keep, what was missed spread, leaps of the clock, and the hours in which visits may be
made."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta, tzinfo

from apscheduler.triggers.base import BaseTrigger

from monitor.daemon.timekeeping import Leap
from monitor.localtime import instant_of
from monitor.model.settings import CrawlSettings
from monitor.model.visit import DueVisit, VisitReason
from monitor.model.watch import Cron, Schedule, Watch
from monitor.tracking.due import NEVER, next_beat, with_jitter

SPREAD = timedelta(minutes=10)  # what is overdue at a start is visited within this long
GAP = timedelta(seconds=20)  # between two of them, where there are few
NIGHT = (time(1), time(6))  # local; `[crawl] night`
ROUND_OF_VISITS = "visits"
VISITS_EVERY_S = 10  # rows are looked at so often at least, since other processes plan and look too
UNTIL_WRITTEN_S = 60  # a round that found nothing to do: so late, or once anything was written into the store
WEEKEND = (5, 6)  # Saturday and Sunday, local; `[crawl] weekend`


class Times(BaseTrigger):
    """The moments of one schedule, all in UTC. APScheduler's own triggers count in local time: they repeat or lose
    visits where clocks change, and count every moment of a leap of the clock one by one. A jitter is added
    (`tracking.due.most_jitter`); an interval keeps its rhythm whatever that was."""

    def __init__(self, schedule: Schedule, zone: tzinfo, *, jitter: Callable[[], float] = random.random) -> None:
        self._schedule, self._zone, self._jitter = schedule, zone, jitter
        self._planned: dict[datetime, datetime] = {}  # what was given -> the same without its jitter

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Strictly after now: what was missed is not counted up. A `previous_fire_time` that was not given from here
        begins a new rhythm."""
        previous = previous_fire_time or now
        planned = next_beat(self._schedule, self._planned.get(previous, previous), now, self._zone)
        if planned == NEVER:
            return None
        given = with_jitter(planned, self._schedule, self._jitter())
        # It is asked more than once after the same moment.
        self._planned = {at: plan for at, plan in self._planned.items() if at >= previous} | {given: planned}
        return given


def spread(count: int, now: datetime) -> list[datetime]:
    """One after the other, so that a start or a waking is not a burst."""
    gap = min(GAP, SPREAD / max(count, 1))
    return [now + gap * place for place in range(count)]


def after_leap(row: DueVisit, watch: Watch, leap: Leap, zone: tzinfo) -> DueVisit:
    """When a watch is visited after the clock leapt: as soon as it would have been without that, or, on cron, at its
    time by the new clock if that is sooner. One that the leap passed over is due, and so is one that waited for the
    hours of visits: which they are is looked up again."""
    if row.why is VisitReason.HOURS:
        return replace(row, at=leap.now, beat=leap.now)
    at, beat = (moment if moment == NEVER else moment + leap.by for moment in (row.at, row.beat))
    if isinstance(watch.schedule, Cron):
        seen_last = min(leap.before, leap.now)
        at = min(at, next_beat(watch.schedule, seen_last, seen_last, zone))
    return replace(row, at=at, beat=beat)


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
