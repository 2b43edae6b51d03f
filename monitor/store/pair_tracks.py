"""What pairs of addresses of one picture came to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select

from monitor.ports.facts import PairTrack
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.fact_tables import pair_tracks

_GET = select(pair_tracks).where(pair_tracks.c.kind.in_(bindparam("kinds", expanding=True)))


class SqlPairTracks:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, kinds: Iterable[str]) -> Mapping[str, PairTrack]:
        wanted = {_mark(kind): kind for kind in kinds}
        found = {}
        for lot in in_lots(wanted):
            for row in self._db.run(_GET, {"kinds": lot}):
                found[wanted[row.kind]] = PairTrack(row.same, row.other, row.stand_ins)
        return found

    def save(self, tracks: Mapping[str, PairTrack], at: datetime) -> None:
        rows = [
            {"kind": _mark(kind), "same": one.same, "other": one.other, "stand_ins": one.stand_ins, "at": at}
            for kind, one in tracks.items()
        ]
        if rows:
            self._db.run(upsert(pair_tracks), rows)

    def forget_before(self, before: datetime) -> int:
        return self._db.run(pair_tracks.delete().where(pair_tracks.c.at < before)).rowcount


def _mark(kind: str) -> str:
    return hashlib.sha256(kind.encode("utf-8", "surrogatepass")).hexdigest()[:24]
