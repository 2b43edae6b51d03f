"""A copy of everything that is kept, in one file, and what is known of those that were made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from monitor.model.ids import ContentDigest

_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"backup-(\d{8}T\d{6}Z)(-kept)?\.tar")


class BackupWhy(StrEnum):
    ASKED = "asked"
    SCHEDULED = "scheduled"


class BackupExtent(StrEnum):
    ALL = "all"  # store, sealed files, settings
    STORE = "store"  # store and settings: the sealed files lie where they lay


@dataclass(frozen=True, slots=True)
class BackupMade:
    """digest: SHA-256 of the file. checked_at: when it was read again and held. tried_at: when it was last restored for
    trial, and held. missing: sealed files that the store names and that were not in the vault."""

    path: str
    made_at: datetime
    size: int
    digest: ContentDigest
    why: BackupWhy
    extent: BackupExtent
    checked_at: datetime
    tried_at: datetime | None = None
    missing: int = 0


@dataclass(frozen=True, slots=True)
class BackupBegun:
    """Not known to have ended. work: the folder in which it is made, beside the file that it is to be."""

    work: str
    at: datetime
    why: BackupWhy
    extent: BackupExtent


@dataclass(frozen=True, slots=True)
class BackupTrouble:
    """No backup by schedule could be made, since then. why: for the person; of the last try."""

    since: datetime
    at: datetime
    why: str
    told_at: datetime | None = None


def backup_name(at: datetime, why: BackupWhy) -> str:
    """Of a file that the program names itself: it tells when, and whether it goes by itself one day."""
    kept = "" if why is BackupWhy.SCHEDULED else "-kept"
    return f"backup-{at.astimezone(UTC).strftime(_STAMP)}{kept}.tar"


def newer_backup(made_at: datetime, now: datetime) -> tuple[bool, datetime]:
    """To sort by. One whose time is to come was made while the clock was ahead: nobody knows when, so every other
    counts as newer."""
    return made_at <= now, made_at


def goes_by_itself(name: str) -> bool:
    """By schedule it was made, and by schedule it goes."""
    found = _NAME.fullmatch(name)
    return found is not None and not found[2]


def time_in_backup_name(name: str) -> datetime | None:
    """When a file that is named so was made; None for a name that the program does not give."""
    found = _NAME.fullmatch(name)
    try:
        return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
