"""What each host's robots.txt said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import robots_copies

_MOST_CHARS = 500  # of an address, and by whom it was asked


class SqlRobotsCopies:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, asked: str) -> str | None:
        statement = select(robots_copies.c.rules).where(robots_copies.c.address == asked[:_MOST_CHARS])
        rules: str | None = self._db.run(statement).scalar_one_or_none()
        return rules

    def save(self, asked: str, rules: str, at: datetime) -> None:
        if self._db.reserve.is_short():
            return
        self._db.run(upsert(robots_copies), {"address": asked[:_MOST_CHARS], "rules": rules, "at": at})

    def forget_before(self, before: datetime) -> int:
        return self._db.run(robots_copies.delete().where(robots_copies.c.at < before)).rowcount
