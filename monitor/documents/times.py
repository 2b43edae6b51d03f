"""Times as every document has them."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(at: datetime | None) -> str | None:
    """In UTC, to the second; None stays None."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
