"""The one place that asks what time it is; everything else is told."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Aware, in UTC, to the second: records are read by people and by courts, not by profilers."""
    return datetime.now(UTC).replace(microsecond=0)
