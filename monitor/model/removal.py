"""A file that is to go, and where drafts were written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileKind(StrEnum):
    SEALED = "sealed"  # `path` is its name in the vault
    DRAFT = "draft"  # `path` is absolute; earlier versions noted some relative to a folder that they did not note


@dataclass(frozen=True, slots=True)
class Removal:
    """Written in the transaction that decided it, forgotten once the file is gone: a crash between the two, or a disk
    that is away, only delays it."""

    case: str
    kind: FileKind
    path: str


@dataclass(frozen=True, slots=True)
class DraftFile:
    """One place where a draft of a sighting was written. A draft that is written anew elsewhere has two."""

    case: str
    sighting: str
    path: str
