"""What a browser holds of a watch's own site after the person logged in."""

from __future__ import annotations

from sqlalchemy import select

from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import logins


class SqlLogins:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: str, watch: str) -> str | None:
        statement = select(logins.c.state).where(logins.c.case == case, logins.c.watch == watch)
        state: str | None = self._db.run(statement).scalar_one_or_none()
        return state

    def save(self, case: str, watch: str, state: str) -> None:
        self._db.run(upsert(logins), {"case": case, "watch": watch, "state": state})

    def remove(self, case: str, watch: str) -> bool:
        return self._db.run(logins.delete().where(logins.c.case == case, logins.c.watch == watch)).rowcount > 0

    def forget(self, case: str) -> None:
        self._db.run(logins.delete().where(logins.c.case == case))
