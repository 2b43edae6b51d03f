"""The person's clock: quiet hours and the digest are meant in it."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo

from tzlocal import get_localzone


def zone_of(name: str) -> tzinfo:
    """'' = the machine's own. Raises ZoneInfoNotFoundError for an unknown name; config refuses it earlier."""
    return ZoneInfo(name) if name else get_localzone()
