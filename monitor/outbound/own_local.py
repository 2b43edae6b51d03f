"""`own_ways.OwnWays` in this process."""

from __future__ import annotations

from monitor.outbound.alerts.pool import Pool
from monitor.outbound.counts_door import LocalDoor
from monitor.parts.messages.own import OwnReply, OwnRequest


class LocalOwnWays:
    def __init__(self) -> None:
        self.senders = Pool()
        self._doors = list[LocalDoor]()

    async def ask(self, request: OwnRequest, body: bytes = b"") -> tuple[OwnReply, bytes]:
        from monitor.outbound.own_destination import ask_own

        return await ask_own(request, body)

    def door(self) -> LocalDoor:
        door = LocalDoor()
        self._doors.append(door)
        return door

    async def aclose(self) -> None:
        await self.senders.aclose()
        for door in self._doors:
            await door.aclose()
