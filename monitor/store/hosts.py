"""Pacing: when a host may be asked next, for every process of this machine and over restarts. Over machines:
`postgres.host_gate`."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from monitor.ports.host_gate import HostTurn
from monitor.store.dialect import insert
from monitor.store.engine import Database
from monitor.store.tables import hosts

# No row of its kind reaches this far: the clock stood wrong when it was written. After refusals, what a host may ask
# for (`pacing.MAX_ASKED_S`); else a queue for a host's gaps.
MAX_WAIT = timedelta(days=1, hours=1)
MAX_QUEUE = timedelta(hours=1)

_FREE_AT = select(hosts.c.free_at, hosts.c.failures).where(hosts.c.host == bindparam("of_host"))
_FIRST = insert(hosts).on_conflict_do_nothing()
_MOVE = (
    hosts.update()
    .where(hosts.c.host == bindparam("of_host"), hosts.c.free_at == bindparam("seen"))
    .values(free_at=bindparam("next"))
)


class SqlHostGate:
    """Of one machine. A slot is handed out ahead of time, and nothing is held until the answer: that would be one more
    write to the disk for each request, and the gap lies between two processes all the same."""

    is_shared = False

    def __init__(self, database: Database) -> None:
        self._db = database

    def claim(self, host: str, gap: timedelta, lease: timedelta, now: datetime) -> HostTurn:
        while True:  # compare-and-set: ends, because whoever came between was given a slot
            row = self._db.run(_FREE_AT, {"of_host": host}).first()
            slot = row.free_at if row is not None and _is_believed(row.free_at, row.failures, now) else now
            if row is None:
                values = {"host": host, "free_at": slot + gap, "failures": 0}
                taken = self._db.run(_FIRST, values).rowcount
            else:
                taken = self._db.run(_MOVE, {"of_host": host, "seen": row.free_at, "next": slot + gap}).rowcount
            if taken == 1:
                return HostTurn((slot - now).total_seconds(), row.failures if row is not None else 0)

    def give_back(self, host: str, gap: timedelta) -> None:
        """Nothing was held."""

    def back_off(self, host: str, wait: timedelta, failures: int, now: datetime) -> None:
        until = now + wait
        values = {"host": host, "free_at": until, "failures": failures}
        with self._db.transaction():
            if self._db.run(_FIRST, values).rowcount == 0:
                statement = hosts.update().where(hosts.c.host == host)
                self._db.run(statement.values(failures=failures))
                self._db.run(statement.where(hosts.c.free_at < until).values(free_at=until))

    def forget_before(self, before: datetime) -> int:
        return self._db.run(hosts.delete().where(hosts.c.free_at < before)).rowcount


def _is_believed(free_at: datetime, failures: int, now: datetime) -> bool:
    return now < free_at <= now + (MAX_WAIT if failures else MAX_QUEUE)
