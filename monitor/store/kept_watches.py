"""How watches looked when they ran last."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import bindparam, select
from sqlalchemy.sql.base import Executable

from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import kept_watches


class SqlKeptWatches:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: str, watch: str) -> str:
        text: str | None = self._db.run(_getting(), {"of_case": case, "of_watch": watch}).scalar_one_or_none()
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


@cache
def _getting() -> Executable:
    """Made once: every visit of a worker asks by it."""
    is_one = (kept_watches.c.case == bindparam("of_case"), kept_watches.c.watch == bindparam("of_watch"))
    return select(kept_watches.c.settings).where(*is_one)
