"""The backups that were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from monitor.model.backup import BackupBegun, BackupExtent, BackupMade, BackupTrouble, BackupWhy
from monitor.model.ids import ContentDigest
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import backup_trouble, backups

_ID = 1  # of the one row
_BEGUN = ""  # in place of the digest of what is not whole


class SqlBackups:
    def __init__(self, database: Database) -> None:
        self._db = database

    def note(self, made: BackupMade) -> None:
        values = asdict(made) | {"why": made.why.value, "extent": made.extent.value}
        with self._db.transaction():
            self._db.run(upsert(backups), values)
            if made.why is BackupWhy.SCHEDULED:
                self.note_trouble(None)

    def all(self) -> Sequence[BackupMade]:
        found = [_made(row) for row in self._db.run(select(backups).where(backups.c.digest != _BEGUN))]
        return sorted(sorted(found, key=lambda made: made.path), key=lambda made: made.made_at, reverse=True)

    def begin(self, begun: BackupBegun) -> None:
        values = {"path": begun.work, "made_at": begun.at, "why": begun.why.value, "extent": begun.extent.value}
        empty = {"size": 0, "digest": _BEGUN, "checked_at": begun.at, "tried_at": None, "missing": 0}
        self._db.run(upsert(backups), values | empty)

    def begun(self) -> Sequence[BackupBegun]:
        rows = self._db.run(select(backups).where(backups.c.digest == _BEGUN))
        begun = [BackupBegun(row.path, row.made_at, BackupWhy(row.why), BackupExtent(row.extent)) for row in rows]
        return sorted(begun, key=lambda one: one.work)

    def newest(self) -> BackupMade | None:
        return next(iter(self.all()), None)

    def tried(self, digest: ContentDigest, at: datetime) -> bool:
        return bool(self._db.run(backups.update().where(backups.c.digest == digest), {"tried_at": at}).rowcount)

    def forget(self, *paths: str) -> None:
        for path in paths:
            self._db.run(backups.delete().where(backups.c.path == path))

    def trouble(self) -> BackupTrouble | None:
        row = self._db.run(select(backup_trouble)).first()
        return None if row is None else BackupTrouble(row.since, row.at, row.why, row.told_at)

    def note_trouble(self, trouble: BackupTrouble | None) -> None:
        if trouble is None:
            self._db.run(backup_trouble.delete())
        else:
            self._db.run(upsert(backup_trouble), {"id": _ID, **asdict(trouble)})


def _made(row: Row[Any]) -> BackupMade:
    return BackupMade(
        path=row.path,
        made_at=row.made_at,
        size=row.size,
        digest=ContentDigest(row.digest),
        why=BackupWhy(row.why),
        extent=BackupExtent(row.extent),
        checked_at=row.checked_at,
        tried_at=row.tried_at,
        missing=row.missing,
    )
