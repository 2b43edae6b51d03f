"""What the addresses of desks answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select

from monitor.model.desk import DeskAnswer, DeskLook
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.fact_tables import desk_looks


class SqlDeskLooks:
    """`monitor.ports.desks.DeskLooks`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self, case: str) -> Mapping[str, DeskLook]:
        rows = self._db.run(select(desk_looks).where(desk_looks.c.case == case))
        looks = (DeskLook(row.address, row.at, DeskAnswer(row.answer), row.said) for row in rows)
        return {look.address: look for look in sorted(looks, key=lambda look: look.address)}

    def save(self, case: str, look: DeskLook) -> None:
        values = {"case": case, "address": look.address, "at": look.at, "answer": look.answer.value, "said": look.said}
        self._db.run(upsert(desk_looks), values)

    def keep_only(self, case: str, addresses: Collection[str]) -> None:
        with self._db.transaction():
            for lot in in_lots([address for address in self.all(case) if address not in addresses]):
                self._db.run(desk_looks.delete().where(desk_looks.c.case == case, desk_looks.c.address.in_(lot)))

    def forget_before(self, case: str, before: datetime) -> int:
        return self._db.run(desk_looks.delete().where(desk_looks.c.case == case, desk_looks.c.at < before)).rowcount

    def forget(self, case: str) -> None:
        self._db.run(desk_looks.delete().where(desk_looks.c.case == case))
