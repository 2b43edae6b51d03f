"""Whether a watch was told that it cannot see."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import watch_facts

_TOLD = watch_facts.c.blindness_told_at


class SqlWatchFacts:
    def __init__(self, database: Database) -> None:
        self._db = database

    def blindness_told(self, case: str, watch: str) -> datetime | None:
        of_watch = select(_TOLD).where(watch_facts.c.case == case, watch_facts.c.watch == watch)
        return self._db.run(of_watch).scalar_one_or_none()

    def tell_blindness(self, case: str, watch: str, at: datetime | None) -> None:
        self._db.run(upsert(watch_facts), {"case": case, "watch": watch, "blindness_told_at": at})

    def forget_before(self, case: str, before: datetime) -> int:
        is_old = or_(_TOLD.is_(None), before > _TOLD)
        return self._db.run(watch_facts.delete().where(watch_facts.c.case == case, is_old)).rowcount

    def forget(self, case: str) -> None:
        self._db.run(watch_facts.delete().where(watch_facts.c.case == case))
