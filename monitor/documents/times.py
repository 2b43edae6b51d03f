"""Times and spans as every document has them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from monitor.catalogue import said

When = Callable[[datetime | None], str]
"""How a time is told; `told_in` makes one."""


def _day(weekday: int) -> str:
    return (said("Mon"), said("Tue"), said("Wed"), said("Thu"), said("Fri"), said("Sat"), said("Sun"))[weekday]


def _month(month: int) -> str:
    return (
        said("Jan"),
        said("Feb"),
        said("Mar"),
        said("Apr"),
        said("May"),
        said("Jun"),
        said("Jul"),
        said("Aug"),
        said("Sep"),
        said("Oct"),
        said("Nov"),
        said("Dec"),
    )[month - 1]


def rfc3339(at: datetime | None) -> str | None:
    """In UTC, to the second; None stays None."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def local_words(at: datetime | None, zone: tzinfo, *, now: datetime | None = None) -> str:
    """For people: `Sun 29 Nov, 13:05 CET`; None is `-`. zone: `alerts.zone.zone_of` of [digest] timezone. now: with it
    the year is told where it is not this one: `Sun 29 Nov 2026, 13:05 CET`."""
    if at is None:
        return "-"
    local = at.astimezone(zone)
    # Written out, and not by strftime: that would speak as the machine's locale does.
    words = {"weekday": _day(local.weekday()), "day": local.day, "month": _month(local.month)}
    words |= {"clock": f"{local:%H:%M}", "zone": zone_words(local)}
    if now is not None and now.astimezone(zone).year != local.year:
        return said("%(weekday)s %(day)d %(month)s %(year)d, %(clock)s %(zone)s", year=local.year, **words)
    return said("%(weekday)s %(day)d %(month)s, %(clock)s %(zone)s", **words)


def told_in(zone: tzinfo, now: datetime) -> When:
    """`local_words`, where a person is and when that is."""
    return lambda at: local_words(at, zone, now=now)


def zone_words(local: datetime) -> str:
    """The zone's name at that time: `CET`. Many have none but their distance, which is told as one: `UTC-3`."""
    name, away = local.tzname() or "UTC", local.utcoffset() or timedelta()
    if name[:1] not in "+-":
        return name
    minutes = abs(away) // timedelta(minutes=1)
    beside = f":{minutes % 60:02}" if minutes % 60 else ""
    return f"UTC{'-' if away < timedelta() else '+'}{minutes // 60}{beside}"


def utc_words(at: datetime | None) -> str:
    """For records, and what is sent to others; for a person at home: `local_words`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if at else "-"


def span(seconds: float) -> str:
    """`90` -> `1m30s`; whole seconds, the two largest units."""
    left = timedelta(seconds=int(seconds))
    parts = (("d", left.days), ("h", left.seconds // 3600), ("m", left.seconds // 60 % 60), ("s", left.seconds % 60))
    return "".join(f"{count}{unit}" for unit, count in parts if count) or "0s"
