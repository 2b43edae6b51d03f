"""What the program notes for itself."""

from __future__ import annotations

from sqlalchemy import select

from monitor.store.engine import Database, upsert
from monitor.store.tables import notes


class SqlNotes:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, key: str) -> str | None:
        return self._db.run(select(notes.c.value).where(notes.c.key == key)).scalar_one_or_none()

    def set(self, key: str, value: str) -> None:
        self._db.run(upsert(notes), {"key": key, "value": value})
