"""Time stamps of the custody log's head, and what was tried in vain for the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select

from monitor.model.ids import CaseId
from monitor.model.stamp import StampTry, TimeStamp
from monitor.store.custody_tables import stamp_tries, time_stamps
from monitor.store.engine import Database, upsert


class SqlTimeStamps:
    def __init__(self, database: Database) -> None:
        self._db = database

    def save(self, stamp: TimeStamp) -> None:
        with self._db.transaction():
            self._db.run(upsert(time_stamps), asdict(stamp))
            self._db.run(stamp_tries.delete().where(stamp_tries.c.case == stamp.case))

    def all(self, case: CaseId) -> Sequence[TimeStamp]:
        statement = select(time_stamps).where(time_stamps.c.case == case)
        ordered = statement.order_by(time_stamps.c.number, time_stamps.c.authority)
        return [_stamp(row) for row in self._db.run(ordered)]

    def last(self, case: CaseId) -> TimeStamp | None:
        statement = select(time_stamps).where(time_stamps.c.case == case)
        row = self._db.run(statement.order_by(time_stamps.c.at.desc()).limit(1)).first()
        return _stamp(row) if row is not None else None

    def tried(self, case: CaseId) -> StampTry | None:
        row = self._db.run(select(stamp_tries).where(stamp_tries.c.case == case)).first()
        return StampTry(row.tries, row.at, row.retry_at, row.why) if row is not None else None

    def note_try(self, case: CaseId, tried: StampTry) -> None:
        self._db.run(upsert(stamp_tries), {"case": case} | asdict(tried))


def _stamp(row: Row[Any]) -> TimeStamp:
    return TimeStamp(
        case=row.case,
        number=row.number,
        authority=row.authority,
        at=row.at,
        told=row.told,
        data=row.data,
        query=row.query,
        reply=row.reply,
        chain=row.chain,
    )
