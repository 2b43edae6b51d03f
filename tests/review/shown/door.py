"""What the door and what went wrong look like."""

from __future__ import annotations

from monitor.errors import Locked, MonitorError, NoWriting, StoreError
from tests.review.state import State

HOSTILE = "<img src=x onerror=alert(1)> \u202egnp.exe " + 300 * "long"


class Failing:
    """A store whose every question ends in that error."""

    def __init__(self, error: MonitorError) -> None:
        self.error = error

    @property
    def staff(self) -> object:
        raise self.error


def damaged() -> Failing:
    return Failing(StoreError(f"the store {HOSTILE} is damaged", remedy="Restore it from a backup."))


def keyless() -> Failing:
    return Failing(Locked("there is no keyring, and no key file is named", remedy="Unlock the keyring."))


def full() -> Failing:
    return Failing(NoWriting("no room is left on the disk", is_full=True, remedy="Make room."))


STATES = (
    State("trouble: the store is damaged", "/", core=damaged),
    State("trouble: no keyring", "/", core=keyless),
    State("trouble: the disk is full", "/", core=full),
    State("trouble: there is no such page", "/nowhere"),
    State("trouble: what was typed is kept", "/case", core=damaged, sends=(("case", HOSTILE),)),
    State("door: a link that is not right", "/enter", sends=(("link", "a-guess"),)),
)
