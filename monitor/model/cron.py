"""Five cron fields: what they say, and the moments that they name. Pure, the time zone handed in.

Fields are those of crontab(5): where day of month and day of week are both restricted, either will do. Clock changes:
every local time that exists once is one moment; one that exists twice is its first; one that is skipped is the moment
of the change. So `*/30` rests for the hour that autumn repeats, as every other rule does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from monitor.localtime import instant_of

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAYS_OF = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # at most
_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _WEEKDAYS),
)
_DAY = timedelta(days=1)


class NeverFires(ValueError):
    """The fields can be read, but there is no such day."""


@dataclass(frozen=True, slots=True)
class CronTimes:
    """minutes: of the day, ascending. weekdays: 0 = Sunday. either: a day will do that fits one of days and
    weekdays."""

    minutes: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def includes(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        fits, fits_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return fits or fits_weekday if self.either else fits and fits_weekday

    def local_times(self, since: datetime) -> Iterator[datetime]:
        """Naive, ascending, from `since` on, to the end of the calendar."""
        day, first = since.date(), bisect_left(self.minutes, since.hour * 60 + since.minute)
        while True:
            if self.includes(day):
                midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # local, as the wall has it
                for minute in self.minutes[first:]:
                    yield midnight + timedelta(minutes=minute)
            if day == date.max:
                return
            first, day = 0, day + _DAY


@lru_cache(maxsize=1024)
def parse(expression: str) -> CronTimes:
    """Raises ValueError with what is wrong, NeverFires where no day is like that."""
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError("does not have five fields (minute, hour, day of month, month, day of week)")
    minutes, hours, days, months, weekdays = (
        _values(text.lower(), *bounds) for text, bounds in zip(fields, _FIELDS, strict=True)
    )
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    if not either and not any(day <= _DAYS_OF[month - 1] for day in days for month in months):
        raise NeverFires(_no_such_day(min(days), months))
    return CronTimes(
        minutes=tuple(hour * 60 + minute for hour in sorted(hours) for minute in sorted(minutes)),
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        either=either,
    )


def next_time(expression: str, after: datetime, zone: tzinfo) -> datetime | None:
    """The first moment, in UTC, strictly after `after` (aware). None at the end of the calendar."""
    try:
        since = after.astimezone(zone).replace(tzinfo=None)
        # Whatever local time lies before `since` lies before `after`: moments keep the order of local times.
        for local in parse(expression).local_times(since):
            moment = instant_of(local, zone)
            if moment > after:
                return moment
    except OverflowError:
        pass
    return None


def _values(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    """Of one field, in lower case: `*`, numbers, names, spans, steps and lists of these."""
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if slash and not (step.isascii() and step.isdigit() and 0 < int(step[:9]) <= high):
            raise ValueError(f"has a {name} field whose step {step[:20]!r} is not a number from 1 to {high}")
        if span == "*":
            ends = [low, 6 if name == "day of week" else high]
        else:
            ends = [_number(end, names, low) for end in ([first, last] if dash else [first])]
            if any(not low <= number <= high for number in ends):
                raise ValueError(f"has a {name} field {text[:60]!r} outside {low} to {high}")
            if dash and ends[0] > ends[1]:
                raise ValueError(f"has a {name} field {text[:60]!r} that runs backwards")
            if slash and not dash:
                ends.append(6 if name == "day of week" else high)
        found.update(range(ends[0], ends[-1] + 1, int(step) if slash else 1))
    return frozenset(found)


def _number(text: str, names: tuple[str, ...], low: int) -> int:
    """-1 for what is none: it lies outside every field."""
    if text in names:
        return names.index(text) + low
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else -1


def _no_such_day(day: int, months: frozenset[int]) -> str:
    named = [_NAMES[month - 1] for month in sorted(months)]
    words = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"
    last = max(_DAYS_OF[month - 1] for month in months)
    leap = ", which only leap years have" if last == 29 else ""
    return f"never comes: there is no day {day} in {words}. The last one there is {last}{leap}"
