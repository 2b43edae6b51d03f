"""Reports, sealed files, and the program's own notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from monitor.model.evidence import EvidenceItem, SealedFile
from monitor.model.removal import DraftFile, FileKind, Removal
from monitor.model.report import Report, ReportState
from monitor.store.engine import Database, upsert
from monitor.store.tables import draft_files, evidence, notes, removals, reports

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


class SqlEvidence:
    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self, case: str | None = None, sighting: str | None = None) -> Sequence[EvidenceItem]:
        statement = select(evidence).order_by(evidence.c.id)
        if case is not None:
            statement = statement.where(evidence.c.case == case)
        if sighting is not None:
            statement = statement.where(evidence.c.sighting == (sighting or None))
        return [_item(row) for row in self._db.run(statement)]

    def save(self, item: EvidenceItem) -> None:
        self._db.run(
            upsert(evidence),
            {
                "id": item.id,
                "case": item.case,
                "sighting": item.sighting or None,
                "kind": item.kind,
                "captured_at": item.captured_at,
                "media_type": item.media_type,
                "path": item.file.path,
                "plain_digest": item.file.plain_digest,
                "sealed_digest": item.file.sealed_digest,
                "size": item.file.size,
            },
        )

    def remove(self, case: str, item: str) -> None:
        self._db.run(evidence.delete().where(evidence.c.case == case, evidence.c.id == item))

    def names(self, path: str) -> bool:
        return self._db.run(select(evidence.c.id).where(evidence.c.path == path).limit(1)).first() is not None

    def naming(self, path: str) -> Sequence[EvidenceItem]:
        statement = select(evidence).where(evidence.c.path == path).order_by(evidence.c.id)
        return [_item(row) for row in self._db.run(statement)]

    def bytes_since(self, since: datetime) -> int:
        files = select(func.max(evidence.c.size).label("size")).where(evidence.c.captured_at >= since)
        each = files.group_by(evidence.c.path).subquery()
        return int(self._db.run(select(func.coalesce(func.sum(each.c.size), 0))).scalar_one())


class SqlDraftFiles:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, file: DraftFile) -> None:
        self._db.run(upsert(draft_files), {"path": file.path, "case": file.case, "sighting": file.sighting})

    def all(self, case: str, sighting: str | None = None) -> Sequence[DraftFile]:
        statement = select(draft_files).where(draft_files.c.case == case).order_by(draft_files.c.path)
        if sighting is not None:
            statement = statement.where(draft_files.c.sighting == sighting)
        return [DraftFile(row.case, row.sighting, row.path) for row in self._db.run(statement)]

    def forget(self, case: str, sighting: str) -> None:
        self._db.run(draft_files.delete().where(draft_files.c.case == case, draft_files.c.sighting == sighting))


class SqlRemovals:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, *wanted: Removal) -> None:
        for item in wanted:
            self._db.run(upsert(removals), {"kind": item.kind.value, "path": item.path, "case": item.case})

    def all(self, case: str | None = None) -> Sequence[Removal]:
        statement = select(removals).order_by(removals.c.kind, removals.c.path)
        if case is not None:
            statement = statement.where(removals.c.case == case)
        return [Removal(row.case, FileKind(row.kind), row.path) for row in self._db.run(statement)]

    def done(self, *gone: Removal) -> None:
        for item in gone:
            self._db.run(removals.delete().where(removals.c.kind == item.kind.value, removals.c.path == item.path))


class SqlNotes:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, key: str) -> str | None:
        return self._db.run(select(notes.c.value).where(notes.c.key == key)).scalar_one_or_none()

    def set(self, key: str, value: str) -> None:
        self._db.run(upsert(notes), {"key": key, "value": value})


def _report(row: Row[Any]) -> Report:
    values = dict(row._mapping)
    return Report(**values | {"state": ReportState(values["state"])})


def _item(row: Row[Any]) -> EvidenceItem:
    return EvidenceItem(
        id=row.id,
        case=row.case,
        sighting=row.sighting or "",
        kind=row.kind,
        captured_at=row.captured_at,
        media_type=row.media_type,
        file=SealedFile(row.path, row.plain_digest, row.sealed_digest, row.size),
    )
