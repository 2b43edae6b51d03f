"""When each sighting's place is looked at again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import rechecks


class SqlRechecks:
    def __init__(self, database: Database) -> None:
        self._db = database

    def due_at(self, case: str, sighting: str) -> datetime | None:
        statement = select(rechecks.c.due_at).where(rechecks.c.case == case, rechecks.c.sighting == sighting)
        due: datetime | None = self._db.run(statement).scalar_one_or_none()
        return due

    def save(self, case: str, sighting: str, due_at: datetime) -> None:
        self._db.run(upsert(rechecks), {"case": case, "sighting": sighting, "due_at": due_at})

    def forget_before(self, case: str, before: datetime) -> int:
        statement = rechecks.delete().where(rechecks.c.case == case, rechecks.c.due_at < before)
        return self._db.run(statement).rowcount

    def forget(self, case: str) -> None:
        self._db.run(rechecks.delete().where(rechecks.c.case == case))
