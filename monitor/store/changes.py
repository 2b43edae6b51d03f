"""What became of finds, each time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from monitor.model.ids import SightingId
from monitor.model.presence import Change, ChangeKind
from monitor.store.engine import Database, in_lots
from monitor.store.fact_tables import changes


class SqlChanges:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, case: str, change: Change) -> None:
        values = {"sighting": change.sighting, "at": change.at, "kind": change.kind.value, "why": change.why}
        self._db.run(changes.insert(), {"case": case, **values})

    def since(self, case: str, since: datetime) -> Sequence[Change]:
        found = select(changes).where(changes.c.case == case, changes.c.at >= since)
        return [_change(row) for row in self._db.run(found.order_by(changes.c.number))]

    def of(self, case: str, sightings: Iterable[str]) -> Sequence[Change]:
        asked = select(changes).where(changes.c.case == case)
        lots = in_lots(dict.fromkeys(sightings))
        rows = [row for lot in lots for row in self._db.run(asked.where(changes.c.sighting.in_(lot)))]
        return [_change(row) for row in sorted(rows, key=lambda row: row.number)]

    def drop(self, case: str, sighting: str) -> None:
        self._db.run(changes.delete().where(changes.c.case == case, changes.c.sighting == sighting))

    def forget(self, case: str) -> None:
        self._db.run(changes.delete().where(changes.c.case == case))


def _change(row: Row[Any]) -> Change:
    return Change(SightingId(row.sighting), row.at, ChangeKind(row.kind), row.why)
