"""What is known of the backups that were made, of the machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from monitor.model.backup import BackupBegun, BackupMade, BackupTrouble
from monitor.model.ids import ContentDigest


class Backups(Protocol):
    def note(self, made: BackupMade) -> None:
        """Whole and checked: what was troubled is so no more, where it was made by schedule."""
        ...

    def all(self) -> Sequence[BackupMade]:
        """Newest first."""
        ...

    def begin(self, begun: BackupBegun) -> None:
        """Before anything is written: what a killed one leaves lies where the person said, and is known from here."""
        ...

    def begun(self) -> Sequence[BackupBegun]:
        """Until `forget` is told of its work."""
        ...

    def newest(self) -> BackupMade | None: ...
    def tried(self, digest: ContentDigest, at: datetime) -> bool:
        """It was restored for trial, and held, wherever it lies by now. False for one that is not known."""
        ...

    def forget(self, *paths: str) -> None: ...
    def trouble(self) -> BackupTrouble | None: ...
    def note_trouble(self, trouble: BackupTrouble | None) -> None: ...


class BackupsKept(Protocol):
    """Of `ports.Store`."""

    @property
    def backups(self) -> Backups: ...
