"""Times and spans as every document has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def rfc3339(at: datetime | None) -> str | None:
    """In UTC, to the second; None stays None."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def utc_words(at: datetime | None) -> str:
    """For people; times stay UTC, as in the records."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if at else "-"


def span(seconds: float) -> str:
    """`90` -> `1m30s`; whole seconds, the two largest units."""
    left = timedelta(seconds=int(seconds))
    parts = (("d", left.days), ("h", left.seconds // 3600), ("m", left.seconds // 60 % 60), ("s", left.seconds % 60))
    return "".join(f"{count}{unit}" for unit, count in parts if count) or "0s"
