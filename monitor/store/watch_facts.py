"""Since when a watch is known, and whether it was told that it cannot see."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, or_, select

from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import watch_facts

_FACTS = ("known_since", "blindness_told_at", "next_visit")
_NOTE = {fact: upsert(watch_facts, keep=tuple(other for other in _FACTS if other != fact)) for fact in _FACTS}


class SqlWatchFacts:
    def __init__(self, database: Database) -> None:
        self._db = database

    def known_since(self, case: str, watch: str) -> datetime | None:
        return self._get(watch_facts.c.known_since, case, watch)

    def first_met(self, case: str, watch: str, at: datetime) -> None:
        self._note(case, watch, "known_since", at)

    def blindness_told(self, case: str, watch: str) -> datetime | None:
        return self._get(watch_facts.c.blindness_told_at, case, watch)

    def tell_blindness(self, case: str, watch: str, at: datetime | None) -> None:
        self._note(case, watch, "blindness_told_at", at)

    def next_visit(self, case: str, watch: str) -> datetime | None:
        return self._get(watch_facts.c.next_visit, case, watch)

    def plan(self, case: str, watch: str, at: datetime | None) -> None:
        self._note(case, watch, "next_visit", at)

    def _note(self, case: str, watch: str, fact: str, at: datetime | None) -> None:
        self._db.run(_NOTE[fact], {"case": case, "watch": watch, **dict.fromkeys(_FACTS), fact: at})

    def _get(self, column: Column[datetime], case: str, watch: str) -> datetime | None:
        of_watch = select(column).where(watch_facts.c.case == case, watch_facts.c.watch == watch)
        return self._db.run(of_watch).scalar_one_or_none()

    def forget_before(self, case: str, before: datetime) -> int:
        old = (or_(watch_facts.c[fact].is_(None), watch_facts.c[fact] < before) for fact in _FACTS)
        return self._db.run(watch_facts.delete().where(watch_facts.c.case == case, *old)).rowcount

    def forget(self, case: str) -> None:
        self._db.run(watch_facts.delete().where(watch_facts.c.case == case))
