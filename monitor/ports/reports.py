"""What is kept of requests to desks, and of their drafts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from monitor.model.ids import CaseId, SightingId
from monitor.model.removal import DraftFile
from monitor.model.report import Report, ReportState


class Reports(Protocol):
    def get(self, case: CaseId, report: str) -> Report | None: ...
    def all(self, case: CaseId | None = None) -> Sequence[Report]:
        """By id, which is the order in which they were made."""
        ...

    def listed(self, case: CaseId, *, limit: int, after: str = "") -> Sequence[Report]:
        """A part of the list, by id: those behind the id `after`."""
        ...

    def counts(self, case: CaseId) -> Mapping[ReportState, int]:
        """Likewise, of each state."""
        ...

    def of_sighting(self, case: CaseId, sighting: SightingId) -> Sequence[Report]: ...
    def of_sightings(self, case: CaseId, wanted: Iterable[SightingId]) -> Sequence[Report]:
        """Those about one of them at least, each once."""
        ...

    def at_incidents(self, case: CaseId, incidents: Iterable[str]) -> Mapping[str, Sequence[Report]]:
        """By incident, those about one of its sightings at least, each once; nothing where there are none."""
        ...

    def due(self, case: CaseId, now: datetime) -> Sequence[Report]:
        """`Report.look_at` has passed, or is further off than any time can be; and one of the sightings at least is
        neither removed nor dismissed."""
        ...

    def following(self, case: CaseId, report: str) -> Sequence[Report]:
        """As `Report.follows` has it."""
        ...

    def proposed(self, case: CaseId) -> Sequence[Report]:
        """Drafts that follow another report."""
        ...

    def of_file(self, case: CaseId, file: str) -> Sequence[Report]:
        """Whose draft was written there, as `Report.file` has it."""
        ...

    def save(self, report: Report) -> None: ...


class DeadAddresses(Protocol):
    """Web and e-mail addresses of desks from which a request came back. Of the machine: nothing of a case is in it."""

    def note(self, address: str, at: datetime) -> None: ...
    def revive(self, address: str) -> None:
        """Somebody answered from there after all."""
        ...

    def all(self) -> Mapping[str, datetime]: ...


class DraftFiles(Protocol):
    """Where drafts lie. Drafts are readable text, so every place is known, those of earlier versions too. One that is
    about several sightings has a row for each."""

    def add(self, file: DraftFile) -> None: ...
    def all(self, case: CaseId, sighting: SightingId | None = None) -> Sequence[DraftFile]: ...
    def within(self, case: CaseId, folder: str) -> Sequence[str]:
        """Paths in that folder itself."""
        ...

    def drop(self, case: CaseId, paths: Iterable[str]) -> None:
        """With whomever they name: they are gone."""
        ...

    def forget(self, case: CaseId, sighting: SightingId) -> None:
        """Those that name it, with whomever else they name."""
        ...
