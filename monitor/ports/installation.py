"""How an installation stands as a whole, for whoever looks after it: numbers alone, over all cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.clock import Clock
from monitor.model.ids import CaseId


@dataclass(frozen=True, slots=True)
class InstallationStanding:
    """due: visits that are due and in nobody's hands; late_s: for how long the first of them is. in_hand: visits.
    set_aside: visits of groups that nobody is to try again. hosts_held: that are being asked, or may be; hosts_resting:
    that asked to be left alone."""

    due: int = 0
    late_s: float = 0.0
    in_hand: int = 0
    set_aside: int = 0
    hosts_held: int = 0
    hosts_resting: int = 0


class WholeInstallation(Protocol):
    def standing(self, now: datetime) -> InstallationStanding: ...


class InstallationKept(Protocol):
    @property
    def installation(self) -> WholeInstallation: ...

    def keep_time(self, own: Clock) -> Clock:
        """own: this machine's clock. By which whoever works with this store is to go: where other machines do, too, the
        store's own."""
        ...

    def run_name(self, of: str, at: datetime) -> str:
        """As which the journal names the look at `of` (a group, or a case and a watch) that is due at `at`: the same
        for whoever knows both, and salted with what only this store knows."""
        ...

    def letters_of(self, case: CaseId) -> str:
        """Before the number of each of its alerts where there are several cases (`model.alert.case_letters`); keyed, so
        that they say of which case they are to this store alone."""
        ...

    def mark_for_all(self, content: bytes) -> str:
        """32 hexadecimal digits that only this store can make, the same for every case."""
        ...
