"""The custody log. Entries are written behind the last one and never changed; only details go."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from monitor.evidence.custody import drops_text, names, new_entry
from monitor.model.custody import NO_HEAD, CustodyAct, CustodyEntry, CustodyHead
from monitor.model.ids import CaseId
from monitor.store.custody_tables import custody, custody_heads
from monitor.store.engine import Database, in_lots, upsert

_SAVE_HEAD = upsert(custody_heads)


class SqlCustody:
    def __init__(self, database: Database) -> None:
        self._db = database

    def note(
        self,
        case: CaseId,
        act: CustodyAct,
        about: Mapping[str, str],
        now: datetime,
        *,
        drop: Collection[str] = (),
        spare: Collection[CustodyAct] = (),
    ) -> CustodyEntry:
        with self._db.transaction():  # what is behind the last one is decided while nobody else writes
            going = [entry.number for entry in self.naming(case, drop) if entry.act not in spare]
            end, noted = self.head(case), self.noted_head(case)
            if noted.number > end.number:  # its end was cut off: written behind that, it is found ever after
                end = noted
            entry = new_entry(case, act, about, now, after=end, salt=secrets.token_bytes(32), drops=going)
            for lot in in_lots(going):
                gone = custody.update().where(custody.c.case == case, custody.c.number.in_(lot))
                self._db.run(gone.values(details="", salt=""))
            self._db.run(custody.insert().values(_row(entry)))
            self._db.run(_SAVE_HEAD, {"case": case, "number": entry.number, "digest": entry.digest})
        return entry

    def head(self, case: CaseId) -> CustodyHead:
        last = select(custody.c.number, custody.c.digest).where(custody.c.case == case)
        row = self._db.run(last.order_by(custody.c.number.desc()).limit(1)).first()
        return CustodyHead(row.number, row.digest) if row is not None else NO_HEAD

    def noted_head(self, case: CaseId) -> CustodyHead:
        row = self._db.run(select(custody_heads).where(custody_heads.c.case == case)).first()
        return CustodyHead(row.number, row.digest) if row is not None else NO_HEAD

    def all(self, case: CaseId, *, after: int = 0) -> Sequence[CustodyEntry]:
        statement = select(custody).where(custody.c.case == case, custody.c.number > after)
        return [_entry(row) for row in self._db.run(statement.order_by(custody.c.number))]

    def naming(self, case: CaseId, words: Collection[str]) -> Sequence[CustodyEntry]:
        asked = sorted(set(words) - {""})
        if not asked:
            return []
        told = select(custody).where(custody.c.case == case, custody.c.details != "").order_by(custody.c.number)
        rows = (row for row in self._db.run(told) if any(word in row.details for word in asked))
        return [entry for entry in map(_entry, rows) if names(entry, asked)]


def _row(entry: CustodyEntry) -> dict[str, Any]:
    return {
        "case": entry.case,
        "number": entry.number,
        "at": entry.at,
        "act": entry.act.value,
        "details": entry.details,
        "salt": entry.salt,
        "commitment": entry.commitment,
        "previous": entry.previous,
        "digest": entry.digest,
        "drops": drops_text(entry.drops),
    }


def _entry(row: Row[Any]) -> CustodyEntry:
    return CustodyEntry(
        case=row.case,
        number=row.number,
        at=row.at,
        act=CustodyAct(row.act),
        details=row.details,
        salt=row.salt,
        commitment=row.commitment,
        previous=row.previous,
        digest=row.digest,
        drops=tuple(int(number) for number in row.drops.split()),
    )
