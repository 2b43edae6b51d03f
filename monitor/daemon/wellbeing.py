"""Whether the daemon does what it is there for, as it tells the address in `[monitoring] ping_url`."""

from __future__ import annotations

from datetime import datetime, timedelta

STUCK_AFTER = timedelta(minutes=30)
"""A server that asks to be tried again later (greylisting) takes an alert within a quarter of an hour."""


class Wellbeing:
    """Not well: a round failed the last time it was due, or alerts wait that no channel has taken for STUCK_AFTER."""

    def __init__(self) -> None:
        self._failing: set[str] = set()
        self._stuck_since: dict[bool, datetime] = {}  # of the urgent alerts and of the others

    def failed(self, round_name: str) -> None:
        self._failing.add(round_name)

    def went_well(self, round_name: str) -> None:
        self._failing.discard(round_name)

    def alerts(self, urgent: bool, *, stuck: bool, now: datetime) -> None:
        if stuck:
            self._stuck_since.setdefault(urgent, now)
        else:
            self._stuck_since.pop(urgent, None)

    def is_well(self, now: datetime) -> bool:
        return not self._failing and all(now - since < STUCK_AFTER for since in self._stuck_since.values())
