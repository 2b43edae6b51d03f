"""Whether the daemon does what it is there for, as it tells the address in `[monitoring] ping_url`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from monitor.model.alert import Outstanding
from monitor.model.channel_health import ChannelHealth

STUCK_AFTER = timedelta(minutes=30)
"""A server that asks to be tried again later (greylisting) takes an alert within a quarter of an hour."""


class Wellbeing:
    """Not well: a round failed the last time it was due, or alerts wait that no channel has taken for STUCK_AFTER. Of
    alerts by what the store has, so that a daemon that was started anew knows as much."""

    def __init__(self) -> None:
        self._failing: set[str] = set()

    def failed(self, round_name: str) -> None:
        self._failing.add(round_name)

    def went_well(self, round_name: str) -> None:
        self._failing.discard(round_name)

    def is_well(self, stood: Outstanding, channels: Collection[ChannelHealth], now: datetime) -> bool:
        since = stuck_since(stood, channels)
        return not self._failing and (since is None or now - since < STUCK_AFTER)


def stuck_since(stood: Outstanding, channels: Collection[ChannelHealth]) -> datetime | None:
    """Since when no channel takes what waits; None where one does, or where nothing waits that was tried."""
    failing = [one.failing_since for one in channels if one.failing_since is not None]
    return max(failing) if stood.tried and failing and len(failing) == len(channels) else None
