"""The port of what a page wishes of the daemon. As all of `monitor.ports`, whose `Store` has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from monitor.model.ids import CaseId
from monitor.model.wish import Wish, WishKind


class WishRows(Protocol):
    def get(self, case: CaseId, wish: str) -> Wish | None: ...
    def open(self, case: CaseId) -> Sequence[Wish]:
        """Waiting or taken, the oldest first."""
        ...

    def newest(self, case: CaseId, limit: int) -> Sequence[Wish]:
        """Whatever became of them, the newest first."""
        ...

    def last(self, case: CaseId, kind: WishKind, about: str) -> Wish | None:
        """The newest of that kind about that thing."""
        ...

    def add(self, wish: Wish) -> None: ...
    def claim(self, wish: Wish, holder: str, until: datetime, now: datetime) -> bool:
        """By compare-and-set: of any number of daemons one gets it. Waiting, or taken by one that has not said for too
        long that it lives."""
        ...

    def hold(self, case: CaseId, wish: str, holder: str, until: datetime) -> bool:
        """Whether it is still its holder's."""
        ...

    def give_back(self, case: CaseId, wish: str, holder: str) -> None:
        """It waits again, as if nobody had taken it."""
        ...

    def end(self, wish: Wish) -> bool:
        """As it is now; False where somebody else has it meanwhile, and nothing is written then."""
        ...

    def drop(self, case: CaseId, about: str) -> None: ...
    def forget_before(self, case: CaseId, before: datetime) -> int:
        """Those that were asked before then and are not open."""
        ...

    def forget(self, case: CaseId) -> None: ...


class WishesKept(Protocol):
    """Of `ports.Store`."""

    @property
    def wishes(self) -> WishRows: ...
