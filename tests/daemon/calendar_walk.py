"""When a cron expression fires, by walking through every minute of a zone: slow in thought, independent of the program.

At each minute of UTC the wall shows some local minute. Whatever local minutes were reached or passed since the latest
one that the wall ever showed fire now, once: those are the ones that come for the first time, and those just skipped.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MARGIN = 3 * 1440  # local minutes before and after the walk: no zone is further from UTC
_NAMES = {
    name: str(number)
    for names, first in (("jan feb mar apr may jun jul aug sep oct nov dec", 1), ("sun mon tue wed thu fri sat", 0))
    for number, name in enumerate(names.split(), start=first)
}


def minutes(at: datetime) -> int:
    return int((at - EPOCH).total_seconds()) // 60


def fires(expression: str, zone: ZoneInfo, begin: datetime, end: datetime) -> list[int]:
    """Minutes since 1970 in UTC, begin <= minute < end. Whole minutes."""
    first, last = minutes(begin), minutes(end)
    shown = walls(zone, first - 1441, last)  # from a day before, so that a time repeated at the start is known
    reached = np.maximum.accumulate(shown)
    local_from = first - 1441 - MARGIN
    matching = np.concatenate([[0], np.cumsum(matches(expression, local_from, last + MARGIN))])
    upto = matching[reached - local_from + 1]
    hit = np.diff(upto) > 0  # hit[i]: at minute first - 1440 + i
    found = np.nonzero(hit)[0] + first - 1440
    return [int(minute) for minute in found if minute >= first]


def walls(zone: ZoneInfo, first: int, last: int) -> NDArray[np.int64]:
    """What the wall shows at each minute of UTC in [first, last), as minutes since 1970."""
    found = np.empty(last - first, dtype=np.int64)
    for hour in range(first, last, 60):
        upto = min(hour + 60, last)
        ends = (_offset(zone, hour), _offset(zone, upto))
        each = [ends[0]] * (upto - hour) if ends[0] == ends[1] else [_offset(zone, at) for at in range(hour, upto)]
        found[hour - first : upto - first] = each
    return found + np.arange(first, last)


def _offset(zone: ZoneInfo, minute: int) -> int:
    offset = (EPOCH + timedelta(minutes=minute)).astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60


@lru_cache(maxsize=4)
def _fields(first: int, last: int) -> tuple[NDArray[np.int64], ...]:
    local = np.arange(first, last)
    days = local // 1440
    which, place = np.unique(days, return_inverse=True)
    dates = [EPOCH + timedelta(days=int(day)) for day in which]
    day, month, weekday = (
        np.array([value(date) for date in dates])[place]
        for value in (lambda d: d.day, lambda d: d.month, lambda d: d.isoweekday() % 7)
    )
    return local % 60, local // 60 % 24, day, month, weekday


def matches(expression: str, first: int, last: int) -> NDArray[np.bool_]:
    """Whether each local minute fits the five fields."""
    texts = expression.lower().split()
    fits = [
        np.isin(values, sorted(_allowed(text, most)))
        for text, values, most in zip(texts, _fields(first, last), (59, 23, 31, 12, 7), strict=True)
    ]
    minute, hour, day, month, weekday = fits
    both = not texts[2].startswith("*") and not texts[4].startswith("*")
    return minute & hour & month & (day | weekday if both else day & weekday)


def _allowed(text: str, most: int) -> set[int]:
    allowed: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        ends = [int(_NAMES.get(end, end)) for end in span.split("-")] if span != "*" else [1 if most in (31, 12) else 0]
        top = ends[-1] if len(ends) > 1 or (not step and span != "*") else 6 if most == 7 else most
        allowed |= {number for number in range(ends[0], top + 1) if (number - ends[0]) % int(step or 1) == 0}
    return {0 if most == 7 and number == 7 else number for number in allowed}
