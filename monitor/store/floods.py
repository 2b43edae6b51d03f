"""Photos that turned up everywhere at once: when that was told, and when it ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from monitor.ports.facts import Flood
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import floods

_LIFTED, _SUMMARY = upsert(floods, keep=("summary_at",)), upsert(floods, keep=("lifted_at",))


class SqlFloods:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: str, reference: str) -> Flood:
        statement = select(floods).where(floods.c.case == case, floods.c.reference == reference)
        row = self._db.run(statement).first()
        return Flood(row.lifted_at, row.summary_at) if row is not None else Flood()

    def lifted(self, case: str, reference: str, at: datetime) -> None:
        self._db.run(_LIFTED, {"case": case, "reference": reference, "lifted_at": at, "summary_at": None})

    def summary_due(self, case: str, reference: str, at: datetime) -> None:
        self._db.run(_SUMMARY, {"case": case, "reference": reference, "lifted_at": None, "summary_at": at})

    def forget_before(self, case: str, before: datetime) -> int:
        old = (or_(column.is_(None), column < before) for column in (floods.c.lifted_at, floods.c.summary_at))
        return self._db.run(floods.delete().where(floods.c.case == case, *old)).rowcount

    def forget(self, case: str) -> None:
        self._db.run(floods.delete().where(floods.c.case == case))
