"""One sealed file in the vault, as the store knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SealedFile:
    """What sealing gave back: digests are SHA-256, hex, of the plaintext and of the sealed file."""

    path: str  # relative to the vault
    plain_digest: str
    sealed_digest: str
    size: int  # bytes of plaintext


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """kind: `image`, `page`, `record` (the facts of the fetch, JSON), `note`."""

    id: str
    case: str
    sighting: str
    kind: str
    captured_at: datetime
    media_type: str
    file: SealedFile
