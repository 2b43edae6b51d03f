"""Since when a watch is known, and whether it was told that it cannot see."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, or_, select

from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import watch_facts

_MET, _TOLD = upsert(watch_facts, keep=("blindness_told_at",)), upsert(watch_facts, keep=("known_since",))


class SqlWatchFacts:
    def __init__(self, database: Database) -> None:
        self._db = database

    def known_since(self, case: str, watch: str) -> datetime | None:
        return self._get(watch_facts.c.known_since, case, watch)

    def first_met(self, case: str, watch: str, at: datetime) -> None:
        self._db.run(_MET, {"case": case, "watch": watch, "known_since": at, "blindness_told_at": None})

    def blindness_told(self, case: str, watch: str) -> datetime | None:
        return self._get(watch_facts.c.blindness_told_at, case, watch)

    def tell_blindness(self, case: str, watch: str, at: datetime | None) -> None:
        self._db.run(_TOLD, {"case": case, "watch": watch, "known_since": None, "blindness_told_at": at})

    def _get(self, column: Column[datetime], case: str, watch: str) -> datetime | None:
        of_watch = select(column).where(watch_facts.c.case == case, watch_facts.c.watch == watch)
        return self._db.run(of_watch).scalar_one_or_none()

    def forget_before(self, case: str, before: datetime) -> int:
        times = (watch_facts.c.known_since, watch_facts.c.blindness_told_at)
        old = (or_(column.is_(None), column < before) for column in times)
        return self._db.run(watch_facts.delete().where(watch_facts.c.case == case, *old)).rowcount

    def forget(self, case: str) -> None:
        self._db.run(watch_facts.delete().where(watch_facts.c.case == case))
