"""What the person has ticked off in the guide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from monitor.model.ids import CaseId
from monitor.model.own_evidence import SaidTime
from monitor.model.tick import Tick
from monitor.store.engine import Database, upsert
from monitor.store.own_tables import ticks


class SqlTicks:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: CaseId, step: str) -> Tick | None:
        row = self._db.run(select(ticks).where(ticks.c.case == case, ticks.c.step == step)).first()
        return None if row is None else _tick(row)

    def all(self, case: CaseId) -> Sequence[Tick]:
        return [_tick(row) for row in self._db.run(select(ticks).where(ticks.c.case == case).order_by(ticks.c.step))]

    def save(self, tick: Tick) -> None:
        self._db.run(
            upsert(ticks),
            {
                "case": tick.case,
                "step": tick.step,
                "said": tick.done.said,
                "at": tick.done.at,
                "is_exact": tick.done.is_exact,
                "noted_at": tick.noted_at,
                "note": tick.note,
            },
        )

    def remove(self, case: CaseId, step: str) -> None:
        self._db.run(ticks.delete().where(ticks.c.case == case, ticks.c.step == step))


def _tick(row: Row[Any]) -> Tick:
    return Tick(row.case, row.step, SaidTime(row.said, row.at, row.is_exact), row.noted_at, row.note)
