"""Statements and transactions on PostgreSQL. Each task's outermost transaction has a connection of its own, so that
several may be under way at once; what keeps them apart is the lock of the case they are for (`beginning`)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import BigInteger, ColumnElement, Connection, func, literal_column, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable

from monitor.acting import Acting, acting, fence
from monitor.aside import pause
from monitor.clock import Clock, exact_now, monotonic
from monitor.errors import LeaseLost, NewerStore, NoWriting, StoreAway, StoreBusy, StoreError
from monitor.marks import working
from monitor.measures import Measure, count_measure
from monitor.model.progress import Loop
from monitor.store.engine import STANDS_STILL_AFTER_S, Database, Values, this_task
from monitor.store.keeping_time import KeptTime
from monitor.store.key_ring import KeyRing
from monitor.store.postgres.beginning import NOW, begin_sql, scope_sql
from monitor.store.postgres.connecting import PausingConnection
from monitor.store.postgres.failures import store_error_of
from monitor.store.postgres.listening import listen_for
from monitor.store.postgres.pool import ConnectionPool, driver_of
from monitor.store.postgres.sealing import KEYS
from monitor.store.reserve import ReserveFile
from monitor.store.sealed_types import opens_no_more

log = logging.getLogger(__name__)

BUSY_S = 20.0
_BETWEEN_TRIES_S = 0.05
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True, eq=False)
class _UnderWay:
    """began_for: how far it may reach. shown_for: what the server was told last. in_hand: the server works for it just
    now, so its task may have been left."""

    connection: Connection
    began_for: Acting
    shown_for: Acting
    depth: int = 0
    is_doomed: bool = False
    in_hand: int = 0


class PostgresDatabase(Database):
    is_shared = True

    def __init__(self, conninfo: str, data_dir: Path, keys: KeyRing, *, revision: str) -> None:
        """revision: that this program reads and writes."""
        self.keys = keys
        self.reading: NoWriting | None = None
        self.reserve = ReserveFile(data_dir)
        self._conninfo = conninfo
        self._pool = ConnectionPool(conninfo, self)
        self._revision = revision
        self._under_way: dict[tuple[int, object], _UnderWay] = {}
        self._waits_s = BUSY_S
        self._is_away = False
        self.heard: Callable[[datetime, datetime, datetime], None] | None = None
        self.own_clock: Clock = exact_now
        """Told the database's time at each beginning, and this machine's before and after."""

    def now(self) -> ColumnElement[int] | None:
        return literal_column(NOW, BigInteger)

    def keep_time(self, own: Clock) -> Clock:
        kept = KeptTime(own)
        self.own_clock, self.heard = own, kept.heard
        self.writings()  # whatever is asked, the time comes with it
        return kept.clock

    def wait_at_most(self, seconds: float) -> None:
        self._waits_s = seconds

    def close(self) -> None:
        opens_no_more(self.keys)
        self._pool.close()

    def writings(self) -> object:
        """Every writer is in the server's snapshot while it writes, and behind its beginning afterwards."""
        with self._begun(writes=False, alone=True) as way, self._in_hand(way):
            found = self._bare(way, "SELECT pg_current_snapshot()::text")
        return found

    def ring(self, bell: str) -> None:
        self.run(select(func.pg_notify(bell, "")))

    async def listen(self, bell: str, heard: Callable[[], None]) -> None:
        await listen_for(bell, heard, self._conninfo)

    def ask(self, what: Callable[[PausingConnection], None]) -> None:
        """Of the server itself, within a transaction."""
        with self._begun(writes=False, alone=True) as way, self._in_hand(way):
            what(driver_of(way.connection))

    def run(self, statement: Executable, values: Values | Sequence[Values] | None = None) -> CursorResult[Any]:
        mine = self._mine()
        if mine is not None:
            return self._run(mine, statement, values)
        writes = statement.is_dml
        with working(Loop.STORE, "write" if writes else "read", STANDS_STILL_AFTER_S, counts=writes):
            with self._begun(writes=writes, alone=True) as way:
                return self._run(way, statement, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        mine = self._mine()
        if mine is not None:
            with self._joined(mine):
                yield
            return
        with working(Loop.STORE, "write", STANDS_STILL_AFTER_S), self._begun(writes=True, alone=False) as way:
            here = _here()
            self._under_way[here] = way
            try:
                yield
            finally:
                del self._under_way[here]

    @contextmanager
    def _joined(self, way: _UnderWay) -> Iterator[None]:
        way.depth += 1
        try:
            yield
        except BaseException:
            way.is_doomed = True
            raise
        finally:
            way.depth -= 1

    @contextmanager
    def _begun(self, *, writes: bool, alone: bool) -> Iterator[_UnderWay]:
        way = self._begin(writes=writes, alone=alone)
        try:
            try:
                yield way
            except BaseException:
                self._end(way, "ROLLBACK", is_failing=True)
                raise
            if way.is_doomed:
                self._end(way, "ROLLBACK")
                raise StoreError(
                    "a part of a transaction failed and the rest went on as if it had not: nothing was saved",
                    remedy="Please report this as a bug.",
                )
            self._end(way, "COMMIT")
        finally:
            self._pool.give_back(way.connection)

    def _begin(self, *, writes: bool, alone: bool) -> _UnderWay:
        """Whoever else writes the same case is waited for. A connection that was cut off while nobody used it is made
        anew: nothing was begun on it."""
        for_whom, held_by = acting(), fence()
        sql = begin_sql(for_whom, held_by if writes else "", writes=writes, alone=alone)
        give_up, was_lost = monotonic() + self._waits_s, False
        while True:
            way = _UnderWay(self._taken(), for_whom, for_whom)
            try:
                with self._in_hand(way):
                    before = self.own_clock()
                    revision, now, changes, *held = self._asked(way, sql)
                if self.heard is not None:
                    self.heard(_EPOCH + timedelta(microseconds=now), before, self.own_clock())
                self._refuse_newer(revision, is_in_hand=bool(held_by))
                self.keys.read_up_to(changes)
                if held and held[0] is None:
                    raise LeaseLost(
                        "another process has this work by now: nothing of it was saved here",
                        remedy="Nothing is to be done. Whoever has it does it.",
                    )
                self._told_of(None)
                return way
            except BaseException as error:
                self._end(way, "ROLLBACK", is_failing=True)
                self._pool.give_back(way.connection)
                if isinstance(error, StoreAway) and not was_lost:
                    was_lost = True
                    self._pool.drop_free()
                    continue
                if isinstance(error, StoreAway):
                    self._pool.failed()
                    self._told_of(error)
                if not isinstance(error, StoreBusy) or monotonic() >= give_up:
                    raise
            pause(_BETWEEN_TRIES_S)

    def _taken(self) -> Connection:
        try:
            return self._pool.take()
        except StoreAway as error:
            self._told_of(error)
            raise

    def _told_of(self, away: StoreAway | None) -> None:
        """Once, however many meet it."""
        if (away is not None) == self._is_away:
            return
        self._is_away = away is not None
        if away is not None:
            count_measure(Measure.DATABASE_LOST)
            log.warning("the database does not answer", extra={"action": "store_away"})
        else:
            log.info("the database answers again", extra={"action": "store_back"})

    def _refuse_newer(self, found: str, *, is_in_hand: bool) -> None:
        """What is in hand is finished: each revision is readable by the version before, and takes what it writes."""
        if found != self._revision and not (is_in_hand and found > self._revision):
            raise NewerStore(
                f"the tables in the database are of revision {found}, and this program writes {self._revision}",
                remedy="Start this process again, with the version of the others: systemctl restart its unit. "
                "If this is the newer one, prepare the database first: reupload-monitor database prepare --owner URL",
            )

    def _run(
        self, way: _UnderWay, statement: Executable, values: Values | Sequence[Values] | None
    ) -> CursorResult[Any]:
        for_whom = acting()
        if for_whom != way.shown_for:
            if not way.began_for.holds(for_whom):
                raise RuntimeError("a transaction that was begun for some cases cannot go on for others")
            with self._in_hand(way):
                self._bare(way, scope_sql(for_whom))
            way.shown_for = for_whom
        with self._in_hand(way):
            try:
                # CursorResult is what every statement of ours gives; the annotation of `execute` is wider.
                result: CursorResult[Any] = way.connection.execute(
                    statement, values, execution_options={KEYS: self.keys}
                )
            except DBAPIError as error:
                way.is_doomed = True  # PostgreSQL goes on with nothing of it either
                raise store_error_of(error.orig) from error
            return result

    def _end(self, way: _UnderWay, how: str, *, is_failing: bool = False) -> None:
        try:
            with self._in_hand(way):
                self._bare(way, how)
        except (StoreError, RuntimeError):
            if not is_failing:
                raise

    def _bare(self, way: _UnderWay, sql: str) -> Any:
        """The one value it gives, if it gives any."""
        try:
            cursor = driver_of(way.connection).execute(sql, prepare=False)
            row = cursor.fetchone() if cursor.description else None
        except psycopg.Error as error:
            raise store_error_of(error) from error
        return row[0] if row else None

    def _asked(self, way: _UnderWay, sql: str) -> Any:
        """Past SQLAlchemy, which takes longer over it than the server. The last row."""
        try:
            cursor = driver_of(way.connection).execute(sql, prepare=False)
            while cursor.nextset():
                pass
            return cursor.fetchone()
        except psycopg.Error as error:
            raise store_error_of(error) from error

    @contextmanager
    def _in_hand(self, way: _UnderWay) -> Iterator[None]:
        way.in_hand += 1
        try:
            yield
        finally:
            way.in_hand -= 1

    def _mine(self) -> _UnderWay | None:
        if not self._under_way:
            return None
        here = _here()
        mine = self._under_way.get(here)
        if mine is None and any(
            key[0] == here[0] and not other.in_hand for key, other in list(self._under_way.items())
        ):
            raise RuntimeError("a transaction of the store was held over an await, and another task came upon it")
        return mine


def _here() -> tuple[int, object]:
    return threading.get_ident(), this_task()
