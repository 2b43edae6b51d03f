"""What a case has set for itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from monitor.model.ids import CaseId
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import case_settings


class SqlCaseSettings:
    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, case: CaseId) -> Mapping[str, Any]:
        rows = self._db.run(select(case_settings).where(case_settings.c.case == case).order_by(case_settings.c.name))
        return {row.name: json.loads(row.value) for row in rows}

    def every(self, section: str = "") -> Mapping[CaseId, Mapping[str, Any]]:
        found: dict[CaseId, dict[str, Any]] = {}
        statement = select(case_settings).order_by(case_settings.c.case, case_settings.c.name)
        if section:
            statement = statement.where(case_settings.c.name.startswith(f"{section}.", autoescape=True))
        for row in self._db.run(statement):
            found.setdefault(row.case, {})[row.name] = json.loads(row.value)
        return found

    def having(self, name: str) -> frozenset[CaseId]:
        statement = select(case_settings.c.case).where(case_settings.c.name == name)
        return frozenset(self._db.run(statement).scalars())

    def save(self, case: CaseId, name: str, value: object, at: datetime) -> None:
        row = {"case": case, "name": name, "value": json.dumps(value), "at": at}
        self._db.run(upsert(case_settings), row)

    def drop(self, case: CaseId, name: str) -> bool:
        statement = case_settings.delete().where(case_settings.c.case == case, case_settings.c.name == name)
        return self._db.run(statement).rowcount == 1
