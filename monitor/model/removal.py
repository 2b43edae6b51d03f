"""A file that is to go, and where drafts were written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from monitor.model.ids import CaseId, SightingId

TYPED = "erase everything"
"""What a person types before everything goes."""

_PART = ".part"
_SITTING = re.compile(r"\d{4}-\d\d-\d\d(-\d+)?")


def half_written(name: str) -> str:
    """Where a draft is written until it is whole."""
    return name + _PART


def whole_of(name: str) -> str:
    """Of which draft such a name is the part; others as they are."""
    return name.removesuffix(_PART)


def is_sitting(folder: Path) -> bool:
    """A folder that the program made for the drafts of one sitting, by its name: it goes with the last file in it."""
    return _SITTING.fullmatch(folder.name) is not None


class FileKind(StrEnum):
    SEALED = "sealed"  # `path` is its name in the vault
    DRAFT = "draft"  # `path` is absolute; earlier versions noted some relative to a folder that they did not note


@dataclass(frozen=True, slots=True)
class Removal:
    """Written in the transaction that decided it, forgotten once the file is gone: a crash between the two, or a disk
    that is away, only delays it."""

    case: CaseId
    kind: FileKind
    path: str


@dataclass(frozen=True, slots=True)
class DraftFile:
    """One place where a draft of a sighting was written. A draft that is written anew elsewhere has two."""

    case: CaseId
    sighting: SightingId
    path: str


@dataclass(frozen=True, slots=True)
class TakenAway:
    """What became of a name in the vault. gone: files that went; two, where one was put aside too. why: what may be
    left, in words; '' where nothing is."""

    gone: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class PutAside:
    """size: bytes. since: as the disk has it."""

    size: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """What is not known to be gone. It is tried again at every start, until the person says that it is gone. is_hers: a
    backup that she made, which nothing but her removes."""

    path: str
    why: str
    is_hers: bool = False


@dataclass(frozen=True, slots=True)
class Removed:
    """gone: files taken away now. moved: drafts that lay no longer where they were written. left: what may be left."""

    gone: int = 0
    moved: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
