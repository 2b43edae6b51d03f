"""Hash lists of others that were taken in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from monitor.store.engine import Database
from monitor.store.fact_tables import foreign_lists


class SqlForeignLists:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, case: str, list_id: str, at: datetime, *, count: int, reason: str) -> None:
        values = {"case": case, "id": list_id, "at": at, "count": count, "reason": reason}
        self._db.run(foreign_lists.insert(), values)

    def count(self, case: str) -> int:
        found: int = self._db.run(select(func.count()).where(foreign_lists.c.case == case)).scalar_one()
        return found

    def forget(self, case: str) -> None:
        self._db.run(foreign_lists.delete().where(foreign_lists.c.case == case))
