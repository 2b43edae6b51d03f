"""How watches looked when they ran last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import kept_watches


class SqlKeptWatches:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: str, watch: str) -> str:
        statement = select(kept_watches.c.settings).where(kept_watches.c.case == case, kept_watches.c.watch == watch)
        text: str | None = self._db.run(statement).scalar_one_or_none()
        return text or ""

    def all(self) -> dict[tuple[str, str], str]:
        columns = (kept_watches.c.case, kept_watches.c.watch, kept_watches.c.settings)
        return {(row.case, row.watch): row.settings for row in self._db.run(select(*columns))}

    def save(self, case: str, watch: str, text: str, at: datetime) -> None:
        self._db.run(upsert(kept_watches), {"case": case, "watch": watch, "settings": text, "at": at})

    def forget_before(self, case: str, before: datetime) -> int:
        statement = kept_watches.delete().where(kept_watches.c.case == case, kept_watches.c.at < before)
        return self._db.run(statement).rowcount

    def forget(self, case: str) -> None:
        self._db.run(kept_watches.delete().where(kept_watches.c.case == case))
