"""What is about to be done outside the store, and what was found of it that a cut-off process left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.model.ids import CaseId


class IntentKind(StrEnum):
    SEAL = "seal"  # `path`: the name of a file in the vault
    SITTING = "sitting"  # `path`: the folder that drafts are written into, absolute


@dataclass(frozen=True, slots=True)
class Intent:
    """Written before a byte is, and gone with the transaction that names what was written: what is still there when its
    process is not was cut off. is_closed: a find of its case was closed as under 18 meanwhile, so that nothing of it
    may stay."""

    kind: IntentKind
    path: str
    case: CaseId
    at: datetime
    is_closed: bool = False


class LeftKind(StrEnum):
    """What a process that was cut off left, and what is done about it."""

    ASIDE = "aside"  # sealed files without a row: put aside
    REMOVED = "removed"  # sealed files without a row, of a case in which a find was closed as under 18: removed
    HALF = "half"  # sealed files that were not whole: removed
    DRAFTS = "drafts"  # files of drafts that no report names: removed
    FREED = "freed"  # alerts that were being sent: sent on at once
    UNSURE = "unsure"  # messages that were handed over, and no answer was noted: they go out once more
    UNLISTED = "unlisted"  # captures whose list of files was not made: made within the hour
    LOST = "lost"  # rows whose sealed file is not there: stays so


@dataclass(frozen=True, slots=True)
class Recovery:
    """at: when that was found. was_cut_off: a daemon had not ended in order. things: how many of each."""

    at: datetime
    was_cut_off: bool = False
    things: Mapping[LeftKind, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.was_cut_off or any(self.things.values())
