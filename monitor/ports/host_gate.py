"""Whose turn it is to ask a host, for every process, and over restarts and machines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HostTurn:
    """wait_s: seconds until the request may go out; where it is not given, for so long at least nobody gets it.
    failures: refusals of that host in a row. is_given: the caller's, so that nobody else asks meanwhile."""

    wait_s: float
    failures: int = 0
    is_given: bool = True


class HostGate(Protocol):
    """Pacing that holds over restarts and processes: a host's next allowed time is a row, claimed by
    compare-and-set."""

    @property
    def is_shared(self) -> bool:
        """Other machines ask the same hosts: then each request is claimed, a gap or none, and given back once its
        answer is in."""
        ...

    def claim(self, host: str, gap: timedelta, lease: timedelta, now: datetime) -> HostTurn:
        """The slot is taken for the caller. Where others share the host, it is in his hands alone until he gives it
        back, or `lease` has passed; claimed once more by him, it lasts longer. now: by this machine; a gate that is
        shared goes by a clock that all share."""
        ...

    def give_back(self, host: str, gap: timedelta) -> None:
        """The answer is in: from now on the gap runs, and others may claim. Nothing where it is not in the caller's
        hands any more."""
        ...

    def back_off(self, host: str, wait: timedelta, failures: int, now: datetime) -> None:
        """Not before so long from now, nor before what was already claimed. failures: in a row; 0 once it answers
        again."""
        ...

    def forget_before(self, before: datetime) -> int:
        """Hosts that were free before then and have not been asked since. Returns how many."""
        ...
