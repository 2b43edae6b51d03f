"""The port of what the person said about finds. As all of `monitor.ports`, whose `Store` has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from monitor.model.deciding import DecisionVia, MadeDecision
from monitor.model.ids import CaseId, SightingId


class MadeDecisions(Protocol):
    """They are the person's own record: no retention takes them."""

    def add(self, made: MadeDecision) -> int:
        """Returns its number; that of `made` is not looked at."""
        ...

    def of(self, case: CaseId, sightings: Iterable[SightingId]) -> Sequence[MadeDecision]:
        """In the order in which they were made."""
        ...

    def of_batch(self, case: CaseId, batch: str) -> Sequence[MadeDecision]: ...
    def recent(self, case: CaseId, limit: int) -> Sequence[MadeDecision]:
        """The newest first, what was taken back too."""
        ...

    def since(self, case: CaseId, since: datetime, via: DecisionVia) -> int:
        """How many strokes (batches) were made there since then, and stand."""
        ...

    def take_back(self, case: CaseId, number: int, at: datetime) -> bool:
        """False: it was taken back before, or is not there. The text of a note goes."""
        ...

    def drop(self, case: CaseId, sighting: SightingId) -> None: ...


class DecisionsKept(Protocol):
    """Of `ports.Store`."""

    @property
    def made_decisions(self) -> MadeDecisions: ...
