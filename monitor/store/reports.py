"""Requests to desks about sightings, from draft to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from monitor.model.ids import CaseId, SightingId
from monitor.model.report import WAITING, Report, ReportState
from monitor.store.engine import Database, upsert
from monitor.store.tables import reports

_REPORT_FIELDS = tuple(field.name for field in fields(Report))


class SqlReports:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: CaseId, report: str) -> Report | None:
        row = self._db.run(select(reports).where(reports.c.case == case, reports.c.id == report)).first()
        return _report(row) if row is not None else None

    def all(self, case: CaseId | None = None) -> Sequence[Report]:
        statement = select(reports).order_by(reports.c.id)
        if case is not None:
            statement = statement.where(reports.c.case == case)
        return [_report(row) for row in self._db.run(statement)]

    def listed(self, case: CaseId, *, limit: int, after: str = "") -> Sequence[Report]:
        statement = select(reports).where(reports.c.case == case, reports.c.id > after)
        return [_report(row) for row in self._db.run(statement.order_by(reports.c.id).limit(limit))]

    def counts(self, case: CaseId) -> Mapping[ReportState, int]:
        statement = select(reports.c.state, func.count().label("many")).where(reports.c.case == case)
        rows = self._db.run(statement.group_by(reports.c.state).order_by(func.min(reports.c.id)))
        return {ReportState(row.state): row.many for row in rows}

    def of_sighting(self, case: CaseId, sighting: SightingId) -> Sequence[Report]:
        rows = self._db.run(select(reports).where(reports.c.sighting == sighting))  # a few, whosever they are
        return sorted((_report(row) for row in rows if row.case == case), key=lambda report: report.id)

    def overdue(self, case: CaseId, now: datetime) -> Sequence[Report]:
        return self._where(case, reports.c.state.in_([state.value for state in WAITING]), reports.c.due_at < now)

    def of_file(self, case: CaseId, file: str) -> Sequence[Report]:
        return self._where(case, reports.c.file == file)

    def save(self, report: Report) -> None:
        self._db.run(
            upsert(reports),
            {name: getattr(report, name) for name in _REPORT_FIELDS} | {"state": report.state.value},
        )

    def _where(self, case: CaseId, *conditions: ColumnElement[bool]) -> Sequence[Report]:
        """By id; sorted here, since SQLite would rather walk through the whole case in that order than sort a few."""
        rows = self._db.run(select(reports).where(reports.c.case == case, *conditions))
        return sorted(map(_report, rows), key=lambda report: report.id)


def _report(row: Row[Any]) -> Report:
    values = dict(row._mapping)
    return Report(**values | {"state": ReportState(values["state"])})
