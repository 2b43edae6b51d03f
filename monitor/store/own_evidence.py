"""What the person has added herself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, select

from monitor.model.ids import CaseId, SightingId
from monitor.model.own_evidence import NO_SIGHTING, OwnEntry, OwnFile, OwnWords
from monitor.store.dialect import insert
from monitor.store.engine import Database, in_lots
from monitor.store.failures import belongs_to_nothing
from monitor.store.own_tables import own_entries


class SqlOwnEntries:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: CaseId, entry: str) -> OwnEntry | None:
        if not entry.isalnum():
            return None
        found = self._where(own_entries.c.case == case, own_entries.c.id.startswith(entry, autoescape=True))
        exact = [one for one in found if one.id == entry]
        return exact[0] if exact else found[0] if len(found) == 1 else None

    def all(self, case: CaseId) -> Sequence[OwnEntry]:
        return self._where(own_entries.c.case == case)

    def about(self, case: CaseId, sightings: Iterable[SightingId]) -> Sequence[OwnEntry]:
        found: list[OwnEntry] = []
        for lot in in_lots(dict.fromkeys(sightings)):
            found += self._where(own_entries.c.case == case, own_entries.c.sighting.in_(lot))
        return sorted(found, key=lambda entry: entry.id)

    def add(self, entry: OwnEntry) -> None:
        added = self._db.run(
            insert(own_entries).on_conflict_do_nothing().execution_options(preserve_rowcount=True),
            {
                "id": entry.id,
                "case": entry.case,
                "added_at": entry.added_at,
                "sighting": entry.sighting or None,
                "record": entry.record,
                "words": msgspec.json.encode(entry.words).decode(),
                "files": msgspec.json.encode(entry.files).decode(),
            },
        )
        if not added.rowcount:
            raise belongs_to_nothing()

    def remove(self, case: CaseId, entry: str) -> None:
        self._db.run(own_entries.delete().where(own_entries.c.case == case, own_entries.c.id == entry))

    def _where(self, *conditions: ColumnElement[bool]) -> list[OwnEntry]:
        return [_entry(row) for row in self._db.run(select(own_entries).where(*conditions).order_by(own_entries.c.id))]


def _entry(row: Row[Any]) -> OwnEntry:
    return OwnEntry(
        id=row.id,
        case=row.case,
        added_at=row.added_at,
        words=msgspec.json.decode(row.words, type=OwnWords),
        record=row.record,
        sighting=SightingId(row.sighting) if row.sighting else NO_SIGHTING,
        files=msgspec.json.decode(row.files, type=tuple[OwnFile, ...]),
    )
