"""Which sealed files there are, and what each is evidence of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, or_, select

from monitor.model.evidence import EvidenceItem, EvidenceKind, SealedFile
from monitor.model.ids import CaptureId, CaseId, SightingId
from monitor.model.intent import IntentKind
from monitor.store.capture_tables import capture_sightings
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.fact_tables import intents
from monitor.store.failures import belongs_to_nothing
from monitor.store.tables import evidence

_NAMED = intents.delete().where(
    intents.c.kind == IntentKind.SEAL.value, intents.c.path.in_(bindparam("of_paths", expanding=True))
)
"""What was about to be sealed has its row, in one transaction."""

_OF_CAPTURE = (
    select(evidence)
    .where(evidence.c.case == bindparam("of_case"), evidence.c.capture == bindparam("of_capture"))
    .order_by(evidence.c.id)
)


def of_sighting(sighting: SightingId) -> ColumnElement[bool]:
    """Its own, and what the captures that it is on have as a whole."""
    on_it = select(capture_sightings.c.capture).where(capture_sightings.c.sighting == sighting)
    return or_(
        evidence.c.sighting == sighting,
        evidence.c.sighting.is_(None) & evidence.c.capture.in_(on_it),
    )


class SqlEvidence:
    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self, case: CaseId | None = None, sighting: SightingId | None = None) -> Sequence[EvidenceItem]:
        statement = select(evidence).order_by(evidence.c.id)
        if case is not None:
            statement = statement.where(evidence.c.case == case)
        if sighting == "":
            statement = statement.where(evidence.c.sighting.is_(None), evidence.c.capture.is_(None))
        elif sighting is not None:
            statement = statement.where(of_sighting(sighting))
        return [_item(row) for row in self._db.run(statement)]

    def get(self, case: CaseId, item: str) -> EvidenceItem | None:
        row = self._db.run(select(evidence).where(evidence.c.case == case, evidence.c.id == item)).first()
        return None if row is None else _item(row)

    def of_capture(self, case: CaseId, capture: CaptureId) -> Sequence[EvidenceItem]:
        return [_item(row) for row in self._db.run(_OF_CAPTURE, {"of_case": case, "of_capture": capture})]

    def save(self, *items: EvidenceItem) -> None:
        if not items:
            return
        with self._db.transaction():
            saved = self._db.run(upsert(evidence), [_row(item) for item in items])
            if 0 <= saved.rowcount < len(items):
                raise belongs_to_nothing()
            for lot in in_lots(item.file.path for item in items):
                self._db.run(_NAMED, {"of_paths": lot})

    def remove(self, case: CaseId, item: str) -> None:
        self._db.run(evidence.delete().where(evidence.c.case == case, evidence.c.id == item))

    def names(self, path: str) -> bool:
        return self._db.run(select(evidence.c.id).where(evidence.c.path == path).limit(1)).first() is not None

    def named_of(self, paths: Collection[str]) -> frozenset[str]:
        lots = (select(evidence.c.path).where(evidence.c.path.in_(lot)).distinct() for lot in in_lots(paths))
        return frozenset(path for statement in lots for path in self._db.run(statement).scalars())

    def naming(self, path: str) -> Sequence[EvidenceItem]:
        statement = select(evidence).where(evidence.c.path == path).order_by(evidence.c.id)
        return [_item(row) for row in self._db.run(statement)]

    def files(self) -> frozenset[str]:
        found = self._db.run(select(evidence.c.path).where(evidence.c.path > "").distinct())
        return frozenset(found.scalars())

    def bytes_of(self, case: CaseId) -> int:
        files = select(func.max(evidence.c.size).label("size")).where(evidence.c.case == case, evidence.c.path > "")
        each = files.group_by(evidence.c.path).subquery()
        return int(self._db.run(select(func.coalesce(func.sum(each.c.size), 0))).scalar_one())

    def bytes_since(self, since: datetime) -> int:
        files = select(func.max(evidence.c.size).label("size")).where(evidence.c.captured_at >= since)
        each = files.group_by(evidence.c.path).subquery()
        return int(self._db.run(select(func.coalesce(func.sum(each.c.size), 0))).scalar_one())


def _row(item: EvidenceItem) -> dict[str, object]:
    return {
        "id": item.id,
        "case": item.case,
        "capture": item.capture or None,
        "sighting": item.sighting or None,
        "kind": item.kind.value,
        "captured_at": item.captured_at,
        "media_type": item.media_type,
        "path": item.file.path,
        "plain_digest": item.file.plain_digest,
        "sealed_digest": item.file.sealed_digest,
        "size": item.file.size,
    }


def _item(row: Row[Any]) -> EvidenceItem:
    return EvidenceItem(
        id=row.id,
        case=row.case,
        sighting=SightingId(row.sighting or ""),
        kind=EvidenceKind(row.kind),
        captured_at=row.captured_at,
        media_type=row.media_type,
        file=SealedFile(row.path, row.plain_digest, row.sealed_digest, row.size),
        capture=CaptureId(row.capture or ""),
    )
