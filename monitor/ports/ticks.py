"""The port of what the person has ticked off in the guide. As all of `monitor.ports`, whose `Store` has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from monitor.model.ids import CaseId
from monitor.model.tick import Tick


class Ticks(Protocol):
    """One for each step of the guide. They are the person's own record: no retention takes them."""

    def get(self, case: CaseId, step: str) -> Tick | None: ...
    def all(self, case: CaseId) -> Sequence[Tick]:
        """In the order of the steps' ids."""
        ...

    def save(self, tick: Tick) -> None:
        """In place of what was known of the step."""
        ...

    def remove(self, case: CaseId, step: str) -> None: ...


class TicksKept(Protocol):
    """Of `ports.Store`."""

    @property
    def ticks(self) -> Ticks: ...
