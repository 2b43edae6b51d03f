"""Files that are to go."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from monitor.model.ids import CaseId
from monitor.model.removal import FileKind, Removal
from monitor.store.engine import Database, upsert
from monitor.store.tables import removals


class SqlRemovals:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, *wanted: Removal) -> None:
        for item in wanted:
            self._db.run(upsert(removals), {"kind": item.kind.value, "path": item.path, "case": item.case})

    def all(self, case: CaseId | None = None) -> Sequence[Removal]:
        statement = select(removals)
        if case is not None:
            statement = statement.where(removals.c.case == case)
        found = [Removal(row.case, FileKind(row.kind), row.path) for row in self._db.run(statement)]
        return sorted(found, key=lambda item: (item.kind.value, item.path))

    def done(self, *gone: Removal) -> None:
        for item in gone:
            same = (removals.c.case == item.case, removals.c.kind == item.kind.value, removals.c.path == item.path)
            self._db.run(removals.delete().where(*same))
