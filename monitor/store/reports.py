"""Requests to desks about sightings, from draft to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, select

from monitor.model.report import Report, ReportState
from monitor.store.engine import Database, upsert
from monitor.store.tables import reports

_REPORT_FIELDS = tuple(field.name for field in fields(Report))


class SqlReports:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: str, report: str) -> Report | None:
        row = self._db.run(select(reports).where(reports.c.case == case, reports.c.id == report)).first()
        return _report(row) if row is not None else None

    def all(self, case: str | None = None) -> Sequence[Report]:
        statement = select(reports).order_by(reports.c.id)
        if case is not None:
            statement = statement.where(reports.c.case == case)
        return [_report(row) for row in self._db.run(statement)]

    def save(self, report: Report) -> None:
        self._db.run(
            upsert(reports),
            {name: getattr(report, name) for name in _REPORT_FIELDS} | {"state": report.state.value},
        )


def _report(row: Row[Any]) -> Report:
    values = dict(row._mapping)
    return Report(**values | {"state": ReportState(values["state"])})
