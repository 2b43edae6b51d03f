"""When a watch is to be looked at next, and until when at the latest: later than that, nobody looks. Time, zone and
chance are handed in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

from monitor.model.cron import next_time
from monitor.model.run import Run
from monitor.model.settings import CrawlSettings
from monitor.model.visit import DueVisit, VisitReason
from monitor.model.watch import Adapt, Cron, Schedule, Watch, interval_s, longest_s

LONGEST_PASS = timedelta(hours=1)
NEVER = datetime.max.replace(tzinfo=UTC)
CRON_JITTER = timedelta(seconds=30)
MOST_JITTER = timedelta(minutes=10)
CLOCK_STEP = timedelta(minutes=1)  # less is the ordinary work of a time service, and nothing hangs on it
A_SECOND = timedelta(seconds=1)  # clocks are read to the second
OWED_AT_FIRST = timedelta(seconds=15)  # what this machine's network kept from being looked at


def next_visit(watch: Watch, last: datetime | None, now: datetime, zone: tzinfo) -> datetime:
    """In the past or now: it is due. last: the end of the last look, or since when a watch on cron is known that was
    never looked at; without it, an interval is due and cron waits for its time."""
    if last is not None and last > now + CLOCK_STEP:
        return now  # a clock that was ahead wrote it: due, rather than silent until the time has caught up
    if isinstance(watch.schedule, Cron):
        return next_time(watch.schedule.expression, last or now, zone) or NEVER
    return now if last is None else last + timedelta(seconds=interval_s(watch.schedule))


def next_beat(schedule: Schedule, base: datetime, now: datetime, zone: tzinfo) -> datetime:
    """Strictly after now, the first moment of the rhythm that `base` is one of: what was missed is not counted up."""
    if isinstance(schedule, Cron):
        return next_time(schedule.expression, max(base, now), zone) or NEVER
    interval = timedelta(seconds=interval_s(schedule))
    return base + interval * (max((now - base) // interval, 0) + 1)


def most_jitter(schedule: Schedule) -> timedelta:
    """Visits on the minute are a trace of a program: 30 s for cron, else a tenth of the interval, at most ten
    minutes."""
    if isinstance(schedule, Cron):
        return CRON_JITTER
    return min(timedelta(seconds=interval_s(schedule) // 10), MOST_JITTER)


def with_jitter(beat: datetime, schedule: Schedule, chance: float) -> datetime:
    """chance: from 0 to 1."""
    return beat if beat >= NEVER - MOST_JITTER else beat + most_jitter(schedule) * chance


def rhythm_of(watch: Watch, zone: tzinfo) -> str:
    """What visits are planned by: where it is another one, they are planned anew."""
    schedule = watch.schedule
    if isinstance(schedule, Cron):
        return f"cron {schedule.expression} in {zone}"
    return (
        f"adapt {schedule.floor_s} {schedule.ceiling_s}" if isinstance(schedule, Adapt) else f"every {schedule.seconds}"
    )


def adapt_of(rhythm: str) -> Adapt | None:
    """The bounds that `rhythm_of` wrote; None for what does not adapt."""
    name, _, bounds = rhythm.partition(" ")
    floor, _, ceiling = bounds.partition(" ")
    return Adapt(int(floor), int(ceiling)) if name == "adapt" and floor.isdigit() and ceiling.isdigit() else None


def after_look(
    row: DueVisit | None, watch: Watch, run: Run | None, began: datetime, now: datetime, zone: tzinfo, chance: float
) -> DueVisit:
    """row: as it stood. run: what came of the look; None where it did not take place. An interval keeps its rhythm,
    whatever chance added, unless the look was made outside of it; and a look that this machine's own network kept from
    being made is owed."""
    rhythm, base = rhythm_of(watch, zone), began
    if row is not None and row.why is VisitReason.SCHEDULE and row.rhythm == rhythm and row.beat < began + A_SECOND:
        base = row.beat
    beat = next_beat(watch.schedule, base, now, zone)
    at, why = with_jitter(beat, watch.schedule, chance), VisitReason.SCHEDULE
    if run is not None and (run.is_offline or run.lost_network) and at > now + OWED_AT_FIRST:
        at, why = now + OWED_AT_FIRST, VisitReason.OWED
    return DueVisit(watch.name, watch.case, at, why, beat, rhythm)


def owed(row: DueVisit, at: datetime) -> DueVisit:
    """Looked at again then, no later than without that."""
    return replace(row, at=min(row.beat, at), why=VisitReason.OWED)


def at_start(row: DueVisit | None, watch: Watch, last: datetime | None, now: datetime, zone: tzinfo) -> DueVisit:
    """When a watch is visited next by whoever begins to visit it, or reads it anew. In the past or now: it is due. row:
    what stands of it. last: the end of its last look."""
    rhythm = rhythm_of(watch, zone)
    if row is None or row.rhythm != rhythm:
        since = last
        if last is None and row is not None and row.beat <= now and isinstance(watch.schedule, Cron):
            since = row.beat  # when it was first to be looked at: with another timetable that counts too
        at = next_visit(watch, since, now, zone)
        return DueVisit(watch.name, watch.case, at, _why(last), at, rhythm)
    # A clock that was ahead planned it, or for hours that may be others by now.
    if row.at > _latest(watch.schedule, now, zone) or row.why is VisitReason.HOURS:
        return replace(row, at=now, beat=now)
    return row


def caught_up(row: DueVisit, at: datetime, last: datetime | None) -> DueVisit:
    """What became due while nobody looked, and is looked at then."""
    return replace(row, at=at, beat=at, why=VisitReason.NEW if last is None else VisitReason.MISSED)


def is_planned(row: DueVisit, watch: Watch, now: datetime, zone: tzinfo) -> bool:
    """Whether it will be looked at in time, as whoever looks has planned it: by how long it is since the last look, and
    not by what the clock said then, which may have been set since."""
    in_turn = row.why in (VisitReason.SCHEDULE, VisitReason.ADAPTS, VisitReason.RAISED)
    return in_turn and now < row.at <= _latest(watch.schedule, now, zone)


def _why(last: datetime | None) -> VisitReason:
    return VisitReason.NEW if last is None else VisitReason.SCHEDULE


def _latest(schedule: Schedule, now: datetime, zone: tzinfo) -> datetime:
    """No clock that goes right plans a visit for later than that."""
    if isinstance(schedule, Cron):
        return with_jitter(next_beat(schedule, now + CLOCK_STEP, now + CLOCK_STEP, zone), schedule, 1)
    return now + timedelta(seconds=longest_s(schedule)) + most_jitter(schedule) + CLOCK_STEP


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
