"""SQLite: the one connection to the encrypted database, opening it, running statements, transactions.

SQLCipher 4 with a raw 256-bit key: no page and no journal is ever written in clear. Errors of the database become
StoreError or Locked here, and nowhere else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.base import Executable
from sqlcipher3 import dbapi2

from monitor.aside import can_pause, pause
from monitor.clock import monotonic
from monitor.errors import NewerStore, NoWriting, StoreBusy, StoreError
from monitor.marks import working
from monitor.model.progress import Loop
from monitor.model.settings import Secret
from monitor.store.engine import STANDS_STILL_AFTER_S, Database, Values, this_task
from monitor.store.failures import error_of_words, store_error
from monitor.store.reserve import ReserveFile

BUSY_SECONDS = 20  # a CLI command and the daemon write in turns; no transaction of ours lasts this long
PATIENT_SECONDS = 600  # where nobody else is kept waiting meanwhile (`aside.pause`)
QUICK_SECONDS = 5  # so long a wait is tried again and again: it takes a twentieth of a core
_BETWEEN_TRIES_S = 0.003
_BETWEEN_LATE_TRIES_S = 0.03
_ASK_ONCE = "PRAGMA busy_timeout = 0"

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was said to be saved survives a power loss
    "PRAGMA temp_store = MEMORY",  # sorting must not leave plaintext in /tmp
    "PRAGMA secure_delete = ON",  # what is removed is overwritten, also for whoever has the key
)


class Way(Enum):
    """How the file is opened: what stands behind its address, and the pragmas that go before all else."""

    WRITE = ("mode=rw", _PRAGMAS)
    READ = ("mode=ro", ())
    # Without shared memory, for which a full disk has no room. The file is locked for others as long as it is open.
    READ_FULL = ("mode=rw", ("PRAGMA locking_mode = EXCLUSIVE", "PRAGMA query_only = ON", "PRAGMA temp_store = MEMORY"))
    # Without any lock: only where nobody can write, and no journal waits beside it.
    READ_FIXED = ("mode=ro&immutable=1", ("PRAGMA temp_store = MEMORY",))

    def __init__(self, query: str, pragmas: tuple[str, ...]) -> None:
        self.query, self.pragmas = query, pragmas


def connect(path: Path, key: Secret, way: Way = Way.WRITE) -> dbapi2.Connection:
    """A bare DBAPI connection with the key set; nothing has been read yet, so a wrong key shows later."""
    connection = dbapi2.connect(
        f"{path.absolute().as_uri()}?{way.query}",
        timeout=BUSY_SECONDS,
        isolation_level=None,  # transactions are begun by us, as writers
        check_same_thread=False,  # `Database` takes its lock
        uri=True,
    )
    connection.execute(
        "PRAGMA cipher_log_level = NONE"
    )  # it would write on stderr: our errors say what there is to say
    connection.execute(f"PRAGMA key = \"x'{key.value}'\"")
    return connection


_opening: ContextVar[Callable[[], dbapi2.Connection]] = ContextVar("_opening")


@cache
def _engine() -> Engine:
    """One for every store of this process, whichever file a connection is to: what statements were made into is found
    again by the next that is opened, on a reload and by a test."""
    return create_engine(
        "sqlite://", module=dbapi2, creator=lambda: _opening.get()(), poolclass=NullPool, hide_parameters=True
    )


class SqliteDatabase(Database):
    """Used from one asyncio thread (others wait at its lock); other processes use the same file meanwhile."""

    def __init__(self, path: Path, key: Secret, *, reading: NoWriting | None = None) -> None:
        """reading: what keeps it from being written; then nothing is, and whoever tries is told so."""

        def creator() -> dbapi2.Connection:
            way = Way.WRITE if reading is None else Way.READ_FULL if reading.is_full else Way.READ_FIXED
            connection = connect(path, key, way)
            for pragma in way.pragmas:
                connection.execute(pragma)
            return connection

        self.path, self.reading = path, reading
        self.reserve = ReserveFile(path.parent)
        self._lock = threading.RLock()
        self._depth = 0
        self._owner: object = None
        self._doomed = False
        self._revision = ""
        self._schema: int | None = None
        self._commits = 0
        self._waits_s: float = BUSY_SECONDS
        opening = _opening.set(creator)
        try:
            self._connection = _engine().connect().execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError as error:
            raise store_error(error, path) from error
        finally:
            _opening.reset(opening)

    @property
    def connection(self) -> Connection:
        """For migrations only."""
        return self._connection

    def wait_at_most(self, seconds: float) -> None:
        """For another process that writes: then StoreBusy is raised. For whoever has others to answer meanwhile."""
        self._waits_s = seconds
        self._driver(self._ask_long)

    @property
    def _ask_long(self) -> str:
        return f"PRAGMA busy_timeout = {int(self._waits_s * 1000)}"

    def ring(self, bell: str) -> None:
        """Nobody listens."""

    async def listen(self, bell: str, heard: Callable[[], None]) -> None:
        """Nobody rings: a file has no way of telling."""

    def hold_to(self, revision: str) -> None:
        """From here on every write is refused once the store is no longer of `revision`: a newer version may upgrade it
        under a process that was started before (the lock of the data_dir keeps out only who asks for it)."""
        self._revision, self._schema = revision, self._schema_number()

    def writings(self) -> object:
        """Another value after anything was written, here or by another process. To ask costs microseconds."""
        with self._lock:
            driver = self._connection.connection.driver_connection
            if driver is None:
                raise RuntimeError("the store is closed")
            try:
                (elsewhere,) = driver.execute("PRAGMA data_version").fetchone()
            except dbapi2.Error as error:
                raise error_of_words(str(error), self.path) from error
            return id(self), elsewhere, self._commits

    def close(self) -> None:
        """May be called twice."""
        with self._lock:
            self._connection.close()

    def run(self, statement: Executable, values: Values | Sequence[Values] | None = None) -> CursorResult[Any]:
        """One statement. A write outside of `transaction` is durable when this returns. Raises StoreError."""
        with self._lock:
            self._check_owner()
            is_alone = self._depth == 0
        if is_alone and statement.is_dml:
            return self._written(statement, values)
        with working(Loop.STORE, "read", STANDS_STILL_AFTER_S, counts=False):
            return self._run(statement, values)

    def _run(self, statement: Executable, values: Values | Sequence[Values] | None) -> CursorResult[Any]:
        with self._lock:
            self._check_owner()
            try:
                # CursorResult is what every statement of ours gives; the annotation of `execute` is wider.
                result: CursorResult[Any] = self._connection.execute(statement, values)
            except DBAPIError as error:
                self._refuse_newer()  # the cause of most things that go wrong in such a store
                raise self._told(error) from error
            return result

    def _written(self, statement: Executable, values: Values | Sequence[Values] | None) -> CursorResult[Any]:
        try:
            with self.transaction():
                return self.run(statement, values)
        except NoWriting as error:
            if not error.made_room:
                raise
        with self.transaction():
            return self.run(statement, values)

    def _told(self, error: DBAPIError) -> StoreError:
        """For want of room the reserve goes, if there is one: who tries the same once more has its room."""
        told = store_error(error, self.path)
        if isinstance(told, NoWriting) and told.is_full:
            told.made_room = self.reserve.give_away()
        return told

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Takes the writer's place at once, so that what is read in it is still true when it is written. Never held
        over an `await`: another task that comes upon it gets a RuntimeError instead of joining by accident. The
        outermost may have to wait for a writer elsewhere; other tasks go on meanwhile (`aside.pause`)."""
        with working(Loop.STORE, "write", STANDS_STILL_AFTER_S):
            self._enter()
            try:
                self._depth += 1
                try:
                    yield
                except BaseException:
                    self._depth -= 1
                    self._doomed = True
                    if self._depth == 0:
                        self._roll_back()
                    raise
                self._depth -= 1
                if self._depth == 0:
                    self._commit()
            finally:
                self._lock.release()

    def _enter(self) -> None:
        """The lock is held, and a transaction begun, when this returns. It is let go of between two tries: threads
        that only read wait for no writer elsewhere."""
        give_up: float | None = None
        while True:
            self._lock.acquire()
            try:
                self._check_owner()
                if self.reading is not None:
                    raise self.reading
                if self._depth > 0:
                    return
                if give_up is None:
                    self.reserve.before_writing()
                self._begin()
                return
            except StoreBusy:
                self._lock.release()
                waits_s = PATIENT_SECONDS if can_pause() and self._waits_s == BUSY_SECONDS else self._waits_s
                now = monotonic()
                give_up = now + waits_s if give_up is None else give_up
                if now >= give_up:
                    raise
                is_long = give_up - now < waits_s - QUICK_SECONDS
            except BaseException:
                self._lock.release()
                raise
            pause(_BETWEEN_TRIES_S if not is_long else _BETWEEN_LATE_TRIES_S)

    def _begin(self) -> None:
        """Raises StoreBusy at once. SQLite's own waiting asks every tenth of a second in the end: a writer that begins
        again right after each of its transactions would keep all others out for minutes."""
        self._driver(_ASK_ONCE)
        try:
            self._driver("BEGIN IMMEDIATE")
        finally:
            self._driver(self._ask_long)
        try:
            self._refuse_newer()
        except BaseException:
            self._roll_back()
            raise
        self._owner, self._doomed = this_task(), False

    def _refuse_newer(self) -> None:
        """Raises NewerStore. SQLite counts the changes of a schema in the file's first page: to ask costs microseconds,
        and only where the count has moved (VACUUM moves it too) is the revision read."""
        if self._schema is None or (number := self._schema_number()) == self._schema:
            return
        try:
            (found,) = self._connection.exec_driver_sql("SELECT version_num FROM alembic_version").one()
        except DBAPIError as error:
            raise store_error(error, self.path) from error
        if found != self._revision:
            raise NewerStore(
                f"a newer version of this program has upgraded the store {self.path} while this one was running, which "
                "writes nothing into it any more",
                remedy="Start this process again, with the newer version: systemctl restart reupload-monitor (with "
                "--user if it is yours).",
            )
        self._schema = number

    def _schema_number(self) -> int:
        try:
            (number,) = self._bare("PRAGMA schema_version").fetchone()
        except DBAPIError as error:
            raise store_error(error, self.path) from error
        return int(number)

    def _commit(self) -> None:
        if self._doomed:
            self._roll_back()
            raise StoreError(
                "a part of a transaction failed and the rest went on as if it had not: nothing was saved",
                remedy="Please report this as a bug.",
            )
        try:
            self._driver("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        self._commits += 1

    def _roll_back(self) -> None:
        driver = self._connection.connection.driver_connection
        if driver is not None and driver.in_transaction:  # a full disk ends a transaction by itself
            self._driver("ROLLBACK")

    def _driver(self, sql: str) -> None:
        try:
            self._bare(sql)
        except DBAPIError as error:
            raise self._told(error) from error

    def _bare(self, sql: str) -> Any:
        """What begins and ends each transaction: past SQLAlchemy, which takes ten times as long as SQLite for it. A
        cursor. Raises DBAPIError, as SQLAlchemy would."""
        driver = self._connection.connection.driver_connection
        if driver is None:
            raise RuntimeError("the store is closed")
        try:
            return driver.execute(sql)
        except dbapi2.Error as error:
            raise DBAPIError.instance(sql, None, error, dbapi2.Error, hide_parameters=True) from error

    def _check_owner(self) -> None:
        if self._depth and self._owner is not this_task():
            raise RuntimeError("a transaction of the store was held over an await, and another task came upon it")
