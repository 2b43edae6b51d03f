"""What a case has used of its quota."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row, select

from monitor.model.ids import CaseId
from monitor.model.quota import QuotaKind, QuotaUse
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import case_use


class SqlCaseUse:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: CaseId, kind: QuotaKind) -> QuotaUse | None:
        row = self._db.run(select(case_use).where(case_use.c.case == case, case_use.c.kind == kind.value)).first()
        return None if row is None else _use(row)

    def save(self, case: CaseId, kind: QuotaKind, use: QuotaUse) -> None:
        row = {"case": case, "kind": kind.value, "began": use.began, "used": use.used, "told_at": use.told_at}
        self._db.run(upsert(case_use), row)


def _use(row: Row[tuple[object, ...]]) -> QuotaUse:
    began: datetime = row.began
    return QuotaUse(began, row.used, row.told_at)
