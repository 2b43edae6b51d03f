"""When the daemon stood still: of the machine, of no case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from monitor.model.progress import Loop
from monitor.model.standstill import Standstill, StoodBecause
from monitor.store.dialect import insert
from monitor.store.engine import Database
from monitor.store.fact_tables import standstills

MOST_STANDSTILLS_KEPT = 100


class SqlStandstills:
    def __init__(self, database: Database) -> None:
        self._db = database

    def note(self, stood: Standstill) -> None:
        values = {"since": stood.since, "until": stood.until, "because": stood.because, "loop": stood.loop or ""}
        with self._db.transaction():
            self._db.run(insert(standstills), values)
            newest = select(standstills.c.number).order_by(standstills.c.number.desc()).limit(MOST_STANDSTILLS_KEPT)
            self._db.run(standstills.delete().where(standstills.c.number.not_in(newest)))

    def since(self, moment: datetime) -> Sequence[Standstill]:
        rows = self._db.run(select(standstills).where(standstills.c.until > moment).order_by(standstills.c.number))
        return [
            Standstill(row.since, row.until, StoodBecause(row.because), Loop(row.loop) if row.loop else None)
            for row in rows
        ]
