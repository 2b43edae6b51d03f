"""Where drafts lie that somebody could read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from monitor.model.ids import CaseId, SightingId
from monitor.model.removal import DraftFile
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.tables import draft_files


class SqlDraftFiles:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, file: DraftFile) -> None:
        self._db.run(upsert(draft_files), {"path": file.path, "case": file.case, "sighting": file.sighting})

    def all(self, case: CaseId, sighting: SightingId | None = None) -> Sequence[DraftFile]:
        statement = select(draft_files).where(draft_files.c.case == case)
        if sighting is not None:
            statement = statement.where(draft_files.c.sighting == sighting)
        found = [DraftFile(row.case, row.sighting, row.path) for row in self._db.run(statement)]
        return sorted(found, key=lambda file: file.path)

    def within(self, case: CaseId, folder: str) -> Sequence[str]:
        beginning = f"{folder}/"
        statement = select(draft_files.c.path).distinct().where(draft_files.c.case == case)
        found = [path for path in self._db.run(statement).scalars() if path.startswith(beginning)]
        return sorted(path for path in found if "/" not in path.removeprefix(beginning))

    def drop(self, case: CaseId, paths: Iterable[str]) -> None:
        for lot in in_lots(paths):
            self._db.run(draft_files.delete().where(draft_files.c.case == case, draft_files.c.path.in_(lot)))

    def forget(self, case: CaseId, sighting: SightingId) -> None:
        named = select(draft_files.c.path).where(draft_files.c.case == case, draft_files.c.sighting == sighting)
        self._db.run(draft_files.delete().where(draft_files.c.case == case, draft_files.c.path.in_(named)))
