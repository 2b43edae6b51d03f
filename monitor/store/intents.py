"""What is about to be done outside the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from monitor.model.ids import CaseId, new_id
from monitor.model.intent import Intent, IntentKind
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.fact_tables import intents


class SqlIntents:
    def __init__(self, database: Database) -> None:
        self._db = database

    def to_seal(self, case: CaseId, count: int, now: datetime) -> Sequence[str]:
        names = [new_id(now) for _ in range(count)]
        if names:
            self._db.run(intents.insert(), [_row(IntentKind.SEAL, f"{name}.age", case, now) for name in names])
        return names

    def to_draft(self, case: CaseId, folder: str, now: datetime) -> None:
        self._db.run(upsert(intents), _row(IntentKind.SITTING, folder, case, now))

    def all(self, case: CaseId | None = None) -> Sequence[Intent]:
        statement = select(intents)
        if case is not None:
            statement = statement.where(intents.c.case == case)
        found = (
            Intent(IntentKind(row.kind), row.path, row.case, row.at, row.is_closed) for row in self._db.run(statement)
        )
        return sorted(found, key=lambda intent: (intent.kind.value, intent.path))

    def close(self, case: CaseId) -> None:
        self._db.run(intents.update().where(intents.c.case == case).values(is_closed=True))

    def drop(self, kind: IntentKind, paths: Iterable[str]) -> None:
        for lot in in_lots(paths):
            self._db.run(intents.delete().where(intents.c.kind == kind.value, intents.c.path.in_(lot)))


def _row(kind: IntentKind, path: str, case: CaseId, now: datetime) -> dict[str, object]:
    return {"kind": kind.value, "path": path, "case": case, "at": now, "is_closed": False}
