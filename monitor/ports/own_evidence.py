"""The port of what the person adds herself. As all of `monitor.ports`, whose `Store` has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from monitor.model.ids import CaseId, SightingId
from monitor.model.own_evidence import OwnEntry


class OwnEntries(Protocol):
    """Their sealed files are rows of `EvidenceItems`."""

    def get(self, case: CaseId, entry: str) -> OwnEntry | None:
        """By its id or an unambiguous beginning of one."""
        ...

    def all(self, case: CaseId) -> Sequence[OwnEntry]:
        """In the order in which they were added."""
        ...

    def about(self, case: CaseId, sightings: Iterable[SightingId]) -> Sequence[OwnEntry]: ...
    def add(self, entry: OwnEntry) -> None: ...
    def remove(self, case: CaseId, entry: str) -> None:
        """The words only; the sealed files are the caller's (`pipeline.removing`)."""
        ...


class OwnKept(Protocol):
    """Of `ports.Store`."""

    @property
    def own(self) -> OwnEntries: ...
