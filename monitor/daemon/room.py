"""A disk that takes nothing more, and when the person is told of it. Pure: free bytes, failures and times in.

What cannot be saved cannot wait in the outbox either, so this is remembered in memory alone: a daemon that was started
anew tells it once more.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum

from monitor.errors import DiskFailing, NoWriting, StoreError
from monitor.model.limits import EVIDENCE_STOPS_BELOW, LEAST_FREE_BYTES

NO_ROOM_TOLD_EVERY = timedelta(days=1)  # while it lasts


class Room(IntEnum):
    """How it stands, the worst last. The words of the message go by the name (`alerts.wording`)."""

    ENOUGH = 0
    LITTLE = 1
    NONE = 2  # finds are recorded and told, as far as the reserve reaches; evidence waits
    REFUSED = 3  # for want of rights, or since the disk is mounted for reading only
    FAILING = 4  # the disk gives errors
    HELD = 5  # the store stands still: another process keeps it, or the disk does not answer (`daemon.alive`)


def room_of(free: int, *, refused: StoreError | None, has_reserve: bool = True) -> Room:
    """free: bytes where the data lie. refused: why the store took no writing since it was looked at last. has_reserve:
    it is there, or could be made: what was given away and cannot be made again is missing."""
    if isinstance(refused, DiskFailing):
        return Room.FAILING
    if isinstance(refused, NoWriting) and not refused.is_full:
        return Room.REFUSED
    if refused is not None or free < EVIDENCE_STOPS_BELOW or not has_reserve:
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
        self._told, self._at = max(room, self._told), now
