"""What places have taught, and what is left of the budget of watches that adapt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from monitor.ports.places import BudgetLeft, TaughtPlace
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import taught_places, visit_budget

_ONE = 1


class SqlTaughtPlaces:
    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> Sequence[TaughtPlace]:
        rows = self._db.run(select(taught_places))
        places = [TaughtPlace(row.case, row.watch, row.memory, tuple(json.loads(row.domains)), row.at) for row in rows]
        return sorted(places, key=lambda place: (place.case, place.watch))

    def save(self, place: TaughtPlace) -> None:
        values = {
            "case": place.case,
            "watch": place.watch,
            "memory": place.memory,
            "domains": json.dumps(place.domains),
            "at": place.at,
        }
        self._db.run(upsert(taught_places), values)

    def budget(self) -> BudgetLeft | None:
        row = self._db.run(select(visit_budget)).first()
        return None if row is None else BudgetLeft(row.tokens, row.at)

    def save_budget(self, left: BudgetLeft) -> None:
        self._db.run(upsert(visit_budget), {"number": _ONE, "tokens": left.tokens, "at": left.at})

    def forget_before(self, case: str, before: datetime) -> int:
        statement = taught_places.delete().where(taught_places.c.case == case, taught_places.c.at < before)
        return self._db.run(statement).rowcount

    def forget(self, case: str) -> None:
        self._db.run(taught_places.delete().where(taught_places.c.case == case))
