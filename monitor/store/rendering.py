"""Which pages show their pictures only in a browser."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select

from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import rendering


class SqlRendering:
    def __init__(self, database: Database) -> None:
        self._db = database

    def needs_browser(self, url: str, since: datetime) -> bool | None:
        statement = select(rendering.c.needs_browser, rendering.c.at).where(rendering.c.page == _page(url))
        row = self._db.run(statement).one_or_none()
        if row is None or (not row.needs_browser and row.at < since):
            return None
        needs: bool = row.needs_browser
        return needs

    def save(self, url: str, at: datetime, *, needs_browser: bool) -> None:
        self._db.run(upsert(rendering), {"page": _page(url), "needs_browser": needs_browser, "at": at})

    def forget_before(self, before: datetime) -> int:
        return self._db.run(rendering.delete().where(rendering.c.at < before)).rowcount


def _page(url: str) -> str:
    return hashlib.sha256(url.partition("#")[0].encode()).hexdigest()[:24]
