"""Who is looked for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from monitor.model.case import Attestation, Authority, Case
from monitor.model.ids import CaseId
from monitor.store import every_table
from monitor.store.engine import Database, upsert
from monitor.store.key_tables import KEYS_CHANGED, case_keys
from monitor.store.tables import cases, removals


class SqlCases:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: CaseId) -> Case | None:
        return next(iter(self._where(cases.c.id == case)), None)

    def all(self) -> Sequence[Case]:
        return self._where()

    def save(self, case: Case) -> None:
        given = case.attestation
        self._db.run(
            upsert(cases),
            {
                "id": case.id,
                "name": case.name,
                "authority": given.authority.value if given else None,
                "attested_at": given.at if given else None,
                "created_at": case.created_at,
            },
        )

    def clear(self, case: CaseId) -> None:
        stays = {"cases", "removals", "case_keys"}
        with self._db.transaction():
            for table in reversed(every_table.metadata.sorted_tables):  # what leans on others first
                if "case" in table.columns and table.name not in stays:
                    self._db.run(table.delete().where(table.c.case == case))
            self._db.run(cases.update().where(cases.c.id == case).values(name="", authority=None, attested_at=None))

    def remove(self, case: CaseId) -> None:
        with self._db.transaction():
            for table in (removals, case_keys):
                self._db.run(table.delete().where(table.c.case == case))
            self._db.run(cases.delete().where(cases.c.id == case))
            self._db.run(KEYS_CHANGED)

    def _where(self, *conditions: object) -> list[Case]:
        rows = self._db.run(select(cases).where(*conditions).order_by(cases.c.id))  # type: ignore[arg-type]
        return [
            Case(
                row.id,
                row.name,
                Attestation(Authority(row.authority), row.attested_at) if row.authority else None,
                row.created_at,
            )
            for row in rows
        ]
