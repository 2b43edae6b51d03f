"""Until when a watch has to be looked at again: later than that, nobody looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from monitor.model.cron import next_time
from monitor.model.settings import CrawlSettings
from monitor.model.watch import Cron, Watch, interval_s, longest_s

LONGEST_PASS = timedelta(hours=1)
NEVER = datetime.max.replace(tzinfo=UTC)


def next_visit(watch: Watch, last: datetime | None, now: datetime, zone: tzinfo) -> datetime:
    """In the past or now: it is due. last: as for `first_visits`; without it, an interval is due and cron waits for its
    time."""
    if last is not None and last > now:
        return now  # a clock that was ahead wrote it: due, rather than silent until the time has caught up
    if isinstance(watch.schedule, Cron):
        return next_time(watch.schedule.expression, last or now, zone) or NEVER
    return now if last is None else last + timedelta(seconds=interval_s(watch.schedule))


def due_by(watch: Watch, last: datetime, zone: tzinfo, crawl: CrawlSettings) -> datetime:
    """Until when a watch that was last looked at then has to be looked at again: three intervals (of one that adapts,
    the longest), and what `night` and `weekend` may hold it back. Later than that, nobody looks."""
    held_back = timedelta(days=6 if crawl.weekend and not crawl.night else 1 if crawl.night else 0)
    if isinstance(watch.schedule, Cron):
        at = last
        for _ in range(3):
            fires = next_time(watch.schedule.expression, at, zone)
            if fires is None:
                return datetime.max.replace(tzinfo=UTC)
            at = fires
        return at + held_back + LONGEST_PASS
    return last + timedelta(seconds=3 * longest_s(watch.schedule)) + held_back + LONGEST_PASS
