"""Spans of time as a configuration has them: how they are written, and how long they may be."""

from __future__ import annotations

from monitor.tomlfile import seconds


def duration_or_seconds(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else seconds(value)


def a_long_while_or_never(value: object) -> int:
    """An hour at least: each reads and writes everything that is kept."""
    if value in ("", 0):
        return 0
    if (found := duration_or_seconds(value)) < 3600:
        raise ValueError("is less than an hour")
    return found


def at_most_ten_minutes(value: int) -> int:
    if not 0 <= value <= 600:
        raise ValueError("is not between 0 and 10 minutes")
    return value


def at_most_half_an_hour(value: int) -> int:
    """A minute at least: whoever reads slowly is told half a minute before."""
    if not 60 <= value <= 1800:
        raise ValueError("is not between 1 and 30 minutes")
    return value
