"""What the clock on the wall shows, and when that is: clock changes skip some local times and repeat others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo


def instant_of(local: datetime, zone: tzinfo) -> datetime:
    """The one moment, in UTC, that a local time (naive) stands for. One that exists twice is taken the first time; one
    that a clock change skips is the moment of the change: the next that exists. So later local times are never earlier
    moments. Raises OverflowError at the ends of the calendar."""
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _local(first, zone) == local:
        return first
    # Skipped: with the offset after the change it lies before it, with that before the change after it.
    base = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    before, after = 0, max(int((first - base).total_seconds()), 0)
    while after - before > 1:
        middle = (before + after) // 2
        if _local(base + timedelta(seconds=middle), zone) < local:
            before = middle
        else:
            after = middle
    return base + timedelta(seconds=after)


def _local(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
