"""That nothing was looked at for a while, because whoever looks stood still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.model.progress import Loop


class StoodBecause(StrEnum):
    """As far as is known afterwards."""

    OFF = "off"  # the machine was switched off, or lost its power
    ASLEEP = "asleep"  # the machine slept
    STOPPED = "stopped"  # the daemon was told to end
    UPGRADED = "upgraded"  # likewise, and another version was started
    ENDED = "ended"  # it was ended from outside without a word, or fell
    HUNG = "hung"  # one of its parts did not get on
    HELD_UP = "held_up"  # its process was stopped, or got no time
    NO_ROOM = "no_room"  # nothing could be saved
    RESTORED = "restored"  # a backup was restored: what came after it was never in it


@dataclass(frozen=True, slots=True)
class Standstill:
    """since, until: by the clock as it stood at the end. loop: which of its parts, where one hung."""

    since: datetime
    until: datetime
    because: StoodBecause
    loop: Loop | None = None


@dataclass(frozen=True, slots=True)
class LastAlive:
    """What the daemon notes of itself every few minutes. at: on the wall. boot: which start of the machine it was;
    up_s: seconds since then, sleep among them. ended: '' while it runs; else how it ended, by its own word
    (`StoodBecause`). did: when each of its loops got on last."""

    at: datetime
    boot: str
    up_s: float
    version: str
    ended: str = ""
    loop: Loop | None = None
    did: Mapping[Loop, datetime] = field(default_factory=dict)

    @property
    def is_of_a_start(self) -> bool:
        """Noted when it had just begun: by then the store was opened, and no more."""
        return not self.ended and self.did.keys() <= {Loop.SCHEDULE, Loop.STORE}
