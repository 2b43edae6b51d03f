"""Where the last digest of each case ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from monitor.ports.facts import Watching
from monitor.store.engine import Database, upsert
from monitor.store.fact_tables import digests


class SqlDigests:
    def __init__(self, database: Database) -> None:
        self._db = database

    def last(self, case: str) -> datetime | None:
        last: datetime | None = self._db.run(select(digests.c.last_at).where(digests.c.case == case)).scalar()
        return last

    def lasts(self) -> Mapping[str, datetime]:
        return {row.case: row.last_at for row in self._db.run(select(digests.c.case, digests.c.last_at))}

    def begin(self, case: str, at: datetime) -> None:
        self.queued(case, at, Watching())

    def queued(self, case: str, at: datetime, watching: Watching) -> None:
        told = {
            "watches": json.dumps(watching.watches),
            "wrong": watching.wrong,
            "stopped": watching.stopped,
        }
        self._db.run(upsert(digests), {"case": case, "last_at": at} | told)

    def watching(self, case: str) -> Watching:
        row = self._db.run(select(digests).where(digests.c.case == case)).first()
        return Watching(tuple(json.loads(row.watches)), row.wrong, row.stopped) if row is not None else Watching()

    def forget(self, case: str) -> None:
        self._db.run(digests.delete().where(digests.c.case == case))
