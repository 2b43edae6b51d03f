"""The one place that asks what time it is; everything else is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """Aware, in UTC, to the second: records are read by people and by courts, not by profilers."""
    return datetime.now(UTC).replace(microsecond=0)


def within(span: timedelta, at: datetime, now: datetime) -> bool:
    """Whether `at` lies back less than `span`. A time to come never does: a clock that was ahead wrote it."""
    return timedelta(0) <= now - at < span
