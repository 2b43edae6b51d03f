"""A disk that takes nothing more, and when the person is told of it. Pure: free bytes, failures and times in.

What cannot be saved cannot wait in the outbox either, so this is remembered in memory alone: a daemon that was started
anew tells it once more.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum

from monitor.model.limits import LEAST_FREE_BYTES

FULL_BYTES = 4 * 1024 * 1024  # less than one page of evidence takes
NO_ROOM_TOLD_EVERY = timedelta(days=1)  # while it lasts


class Room(IntEnum):
    """How it stands, the worst last."""

    ENOUGH = 0
    LITTLE = 1
    NONE = 2  # or no rights: nothing is saved


def room_of(free: int, *, refused: bool) -> Room:
    """free: bytes where the data lie. refused: the store took no writing since it was looked at last."""
    if refused or free < FULL_BYTES:
        return Room.NONE
    return Room.LITTLE if free < LEAST_FREE_BYTES else Room.ENOUGH


class RoomToTell:
    def __init__(self) -> None:
        self._told, self._at = Room.ENOUGH, datetime.min.replace(tzinfo=UTC)

    def is_due(self, room: Room, now: datetime) -> bool:
        """Whether it is to be told now: at once when it became worse, then daily. A clock that was set back must not
        silence it."""
        if room is Room.ENOUGH:
            self._told = Room.ENOUGH
            return False
        return room > self._told or not timedelta(0) <= now - self._at < NO_ROOM_TOLD_EVERY

    def told(self, room: Room, now: datetime) -> None:
        self._told, self._at = room, now
