"""The port of what the addresses of desks answered. As all of `monitor.ports`, whose `Store` has it.

Of a case: which desks it needs tells where its finds are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from monitor.model.desk import DeskLook


class DeskLooks(Protocol):
    """The newest look at each address."""

    def all(self, case: str) -> Mapping[str, DeskLook]:
        """By address."""
        ...

    def save(self, case: str, look: DeskLook) -> None: ...
    def keep_only(self, case: str, addresses: Collection[str]) -> None:
        """The others are needed no more."""
        ...

    def forget_before(self, case: str, before: datetime) -> int:
        """Looks that were made before then. Returns how many."""
        ...

    def forget(self, case: str) -> None: ...
