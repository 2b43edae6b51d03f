"""Looks at pages of which evidence is kept, or wanted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, exists, not_, or_, select

from monitor.model.capture import FURTHEST_TRY, Capture, CaptureCause, CaptureState, Missing
from monitor.model.evidence import EvidenceKind
from monitor.model.ids import CaptureId, CaseId, SightingId
from monitor.store.capture_tables import capture_sightings, captures
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.failures import belongs_to_nothing
from monitor.store.tables import evidence

_WANTED = captures.c.state == CaptureState.WANTED.value
_ON_THEM = (
    select(capture_sightings)
    .where(capture_sightings.c.capture.in_(bindparam("ids", expanding=True)))
    .order_by(capture_sightings.c.sighting)
)
_FORGET_ON_IT = capture_sightings.delete().where(
    capture_sightings.c.case == bindparam("of_case"), capture_sightings.c.capture == bindparam("of_capture")
)


class SqlCaptures:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: CaseId, capture: CaptureId) -> Capture | None:
        found = self._where(captures.c.case == case, captures.c.id == capture)
        return found[0] if found else None

    def all(self, case: CaseId | None = None) -> Sequence[Capture]:
        return self._where(*(() if case is None else (captures.c.case == case,)))

    def of(self, case: CaseId, sightings: Iterable[SightingId]) -> Sequence[Capture]:
        found: dict[str, Capture] = {}
        for lot in in_lots(dict.fromkeys(sightings)):
            here = select(capture_sightings.c.capture).where(capture_sightings.c.sighting.in_(lot))
            found |= {one.id: one for one in self._where(captures.c.case == case, captures.c.id.in_(here))}
        return [found[name] for name in sorted(found)]

    def on_pages(self, case: CaseId, urls: Iterable[str]) -> Sequence[Capture]:
        found: dict[str, Capture] = {}
        for lot in in_lots(dict.fromkeys(urls)):
            found |= {one.id: one for one in self._where(captures.c.case == case, captures.c.page_url.in_(lot))}
        return [found[name] for name in sorted(found)]

    def wanted(self, case: CaseId | None = None) -> Sequence[Capture]:
        return self._where(_WANTED, *(() if case is None else (captures.c.case == case,)))

    def due(self, case: CaseId, now: datetime, limit: int = 50) -> Sequence[Capture]:
        return self._where(
            _WANTED,
            captures.c.case == case,
            or_(
                captures.c.retry_at.is_(None),
                captures.c.retry_at <= now,
                captures.c.retry_at > now + FURTHEST_TRY,
            ),
            limit=limit,
        )

    def cases_due(self, now: datetime) -> frozenset[str]:
        waits = captures.c.retry_at
        is_due = or_(waits.is_(None), waits <= now, waits > now + FURTHEST_TRY)
        return frozenset(self._db.run(select(captures.c.case).where(_WANTED, is_due).distinct()).scalars())

    def cases_without_manifest(self, before: datetime) -> frozenset[str]:
        found = select(captures.c.case).where(captures.c.taken_at <= before, *_lacks_manifest())
        return frozenset(self._db.run(found.distinct()).scalars())

    def without_manifest(self, case: CaseId, before: datetime, limit: int = 200) -> Sequence[CaptureId]:
        old = (captures.c.case == case, captures.c.taken_at <= before)
        lacking = select(captures.c.id).where(*old, *_lacks_manifest())
        found = self._db.run(lacking.order_by(captures.c.id).limit(limit))
        return [CaptureId(name) for name in found.scalars()]

    def save(self, capture: Capture) -> None:
        with self._db.transaction():
            if not self._db.run(upsert(captures), _row(capture)).rowcount:
                raise belongs_to_nothing()
            self._db.run(_FORGET_ON_IT, {"of_case": capture.case, "of_capture": capture.id})
            on_it = [
                {"capture": capture.id, "case": capture.case, "sighting": one}
                for one in dict.fromkeys(capture.sightings)
            ]
            if on_it:
                self._db.run(capture_sightings.insert(), on_it)

    def claim(self, case: CaseId, capture: CaptureId, tries: int, retry_at: datetime) -> bool:
        statement = (
            captures.update()
            .where(captures.c.case == case, captures.c.id == capture, captures.c.tries == tries, _WANTED)
            .values(tries=tries + 1, retry_at=retry_at)
        )
        return self._db.run(statement).rowcount == 1

    def remove(self, case: CaseId, capture: CaptureId) -> None:
        with self._db.transaction():
            self._db.run(_FORGET_ON_IT, {"of_case": case, "of_capture": capture})
            self._db.run(captures.delete().where(captures.c.case == case, captures.c.id == capture))

    def _where(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Capture]:
        rows = self._db.run(select(captures).where(*conditions).order_by(captures.c.id).limit(limit)).all()
        on_them: dict[str, list[SightingId]] = {}
        for ids in in_lots(row.id for row in rows):
            for row in self._db.run(_ON_THEM, {"ids": ids}):
                on_them.setdefault(row.capture, []).append(SightingId(row.sighting))
        return [_capture(row, on_them.get(row.id, ())) for row in rows]


def _lacks_manifest() -> tuple[ColumnElement[bool], ...]:
    """Of what has files."""
    is_manifest = evidence.c.kind == EvidenceKind.MANIFEST.value
    files = select(evidence.c.id).where(evidence.c.capture == captures.c.id, evidence.c.path > "")
    return exists(files.where(not_(is_manifest))), not_(exists(files.where(is_manifest)))


def _row(capture: Capture) -> dict[str, object]:
    return {
        "id": capture.id,
        "case": capture.case,
        "page_url": capture.page_url,
        "state": capture.state.value,
        "cause": capture.cause.value,
        "asked_at": capture.asked_at,
        "taken_at": capture.taken_at,
        "tries": capture.tries,
        "retry_at": capture.retry_at,
        "why": capture.why,
        "missing": json.dumps([[one.kind.value, one.why] for one in capture.missing]),
    }


def _capture(row: Row[Any], sightings: Iterable[SightingId]) -> Capture:
    return Capture(
        id=CaptureId(row.id),
        case=row.case,
        page_url=row.page_url,
        state=CaptureState(row.state),
        cause=CaptureCause(row.cause),
        asked_at=row.asked_at,
        taken_at=row.taken_at,
        tries=row.tries,
        retry_at=row.retry_at,
        why=row.why,
        missing=tuple(Missing(EvidenceKind(kind), why) for kind, why in json.loads(row.missing)),
        sightings=tuple(sightings),
    )
