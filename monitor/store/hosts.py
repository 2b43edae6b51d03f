"""Pacing: when a host may be asked next, for every process and over restarts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert

from monitor.store.engine import Database
from monitor.store.tables import hosts

# No honest queue or Retry-After reaches this far: the clock was set back since the row was written.
MAX_WAIT = timedelta(days=7)

_FREE_AT = select(hosts.c.free_at).where(hosts.c.host == bindparam("of_host"))
_FIRST = insert(hosts).on_conflict_do_nothing()
_MOVE = (
    hosts.update()
    .where(hosts.c.host == bindparam("of_host"), hosts.c.free_at == bindparam("seen"))
    .values(free_at=bindparam("next"))
)


class SqlHostGate:
    def __init__(self, database: Database) -> None:
        self._db = database

    def claim(self, host: str, gap: timedelta, now: datetime) -> float:
        while True:  # compare-and-set: ends, because whoever came between was given a slot
            seen: datetime | None = self._db.run(_FREE_AT, {"of_host": host}).scalar_one_or_none()
            slot = seen if seen is not None and now < seen <= now + MAX_WAIT else now
            if seen is None:
                values = {"host": host, "free_at": slot + gap, "failures": 0}
                taken = self._db.run(_FIRST, values).rowcount
            else:
                taken = self._db.run(_MOVE, {"of_host": host, "seen": seen, "next": slot + gap}).rowcount
            if taken == 1:
                return (slot - now).total_seconds()

    def back_off(self, host: str, until: datetime, failures: int) -> None:
        """Not before `until`, nor before what was already claimed. failures: in a row; 0 once it answers again."""
        values = {"host": host, "free_at": until, "failures": failures}
        with self._db.transaction():
            if self._db.run(_FIRST, values).rowcount == 0:
                statement = hosts.update().where(hosts.c.host == host)
                self._db.run(statement.values(failures=failures))
                self._db.run(statement.where(hosts.c.free_at < until).values(free_at=until))

    def failures(self, host: str) -> int:
        return self._db.run(select(hosts.c.failures).where(hosts.c.host == host)).scalar_one_or_none() or 0
