"""The ports of evidence, as all of `monitor.ports`, whose `Store` has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from monitor.model.capture import Capture
from monitor.model.evidence import EvidenceItem
from monitor.model.ids import CaptureId, CaseId, SightingId
from monitor.model.intent import Intent, IntentKind


class Captures(Protocol):
    """Each list by id, which is the order in which they were asked for."""

    def get(self, case: CaseId, capture: CaptureId) -> Capture | None: ...
    def all(self, case: CaseId | None = None) -> Sequence[Capture]: ...
    def of(self, case: CaseId, sightings: Iterable[SightingId]) -> Sequence[Capture]:
        """On which one of them is."""
        ...

    def on_pages(self, case: CaseId, urls: Iterable[str]) -> Sequence[Capture]: ...
    def wanted(self, case: CaseId | None = None) -> Sequence[Capture]:
        """Intents, due or not."""
        ...

    def cases_due(self, now: datetime) -> frozenset[str]:
        """Of all at once: which have something that is due, as `due` says."""
        ...

    def cases_without_manifest(self, before: datetime) -> frozenset[str]:
        """Likewise, as `without_manifest`."""
        ...

    def due(self, case: CaseId, now: datetime, limit: int = 50) -> Sequence[Capture]:
        """Intents that nobody has in hand and whose next try has come."""
        ...

    def without_manifest(self, case: CaseId, before: datetime, limit: int = 200) -> Sequence[CaptureId]:
        """Of which something is kept, taken before then, and no manifest says what."""
        ...

    def save(self, capture: Capture) -> None:
        """With the sightings on it, in place of those that were."""
        ...

    def claim(self, case: CaseId, capture: CaptureId, tries: int, retry_at: datetime) -> bool:
        """Compare-and-set: `tries` as the caller read it; afterwards it is one more. Only one gets it. It is offered
        again after `retry_at` unless saved as done."""
        ...

    def remove(self, case: CaseId, capture: CaptureId) -> None:
        """Raises StoreError where evidence still names it."""
        ...


class Intents(Protocol):
    """What is about to be done outside the store: each is written before a byte is. That of a sealed file goes when a
    row names it (`EvidenceItems.save`)."""

    def to_seal(self, case: CaseId, count: int, now: datetime) -> Sequence[str]:
        """So many new names for files in the vault, as `Vault.seal` takes them. Durable when it returns."""
        ...

    def to_draft(self, case: CaseId, folder: str, now: datetime) -> None: ...
    def all(self, case: CaseId | None = None) -> Sequence[Intent]: ...
    def close(self, case: CaseId) -> None:
        """A find of the case was closed as under 18: nothing stays of what is left over."""
        ...

    def drop(self, kind: IntentKind, paths: Iterable[str]) -> None: ...


class EvidenceItems(Protocol):
    def all(self, case: CaseId | None = None, sighting: SightingId | None = None) -> Sequence[EvidenceItem]:
        """By id. sighting: its own, and what the captures that it is on have as a whole; '': the person's own about
        none."""
        ...

    def get(self, case: CaseId, item: str) -> EvidenceItem | None: ...
    def of_capture(self, case: CaseId, capture: CaptureId) -> Sequence[EvidenceItem]: ...
    def save(self, *items: EvidenceItem) -> None: ...
    def remove(self, case: CaseId, item: str) -> None:
        """The row only; the sealed file is the caller's (`pipeline.removing`)."""
        ...

    def names(self, path: str) -> bool:
        """Whether any row names this sealed file."""
        ...

    def named_of(self, paths: Collection[str]) -> frozenset[str]:
        """Those of them that a row names."""
        ...

    def naming(self, path: str) -> Sequence[EvidenceItem]: ...
    def files(self) -> frozenset[str]:
        """All sealed files that rows name."""
        ...

    def bytes_of(self, case: CaseId) -> int:
        """Of all sealed files of the case."""
        ...

    def bytes_since(self, since: datetime) -> int:
        """Plaintext of all files that were sealed since then, each counted once."""
        ...
