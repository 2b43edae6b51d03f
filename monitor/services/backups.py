"""The backups of this store: made at a person's word, made by schedule, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.model.backup import BackupMade
from monitor.model.settings import Settings
from monitor.ports import Store
from monitor.services.backup import write_backup
from monitor.store.keys import load_key


@dataclass(frozen=True, slots=True)
class BackupService:
    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def make(self, target: Path, *, replace: bool = False) -> BackupMade:
        """Raises as `write_backup`."""
        made = write_backup(self.settings, target, key=load_key(self.settings), at=self.clock(), replace=replace)
        self.store.backups.note(made)
        return made
