"""Room on the disk that is held back, so that a find can be recorded and told when everything else has filled it."""

from __future__ import annotations

from typing import Protocol


class RoomReserve(Protocol):
    def bytes_held(self) -> int:
        """0 where it is not there: it was given away, or there never was room for it."""
        ...

    def give_away(self) -> bool:
        """Its room is free now, for what cannot wait. Whether there was any."""
        ...

    def keep(self) -> bool:
        """Makes it again once there is room well beyond it. Whether it is there. Takes seconds on a slow disk."""
        ...

    def is_short(self) -> bool:
        """Whether there is so little room that what is only remembered to save work is not to be written."""
        ...
