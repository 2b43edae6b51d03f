"""The connections of one process: as many as tasks have transactions under way at once, up to a bound. Whoever finds
none free waits, and in a task that can be left others go on meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache

import psycopg
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from monitor.aside import pause
from monitor.clock import monotonic
from monitor.errors import StoreAway, StoreBusy
from monitor.store.postgres.connecting import PausingConnection, connected
from monitor.store.postgres.failures import away, store_error_of
from monitor.store.postgres.sealing import seals

MOST_CONNECTIONS = 16
_WAITS_S = 20.0
_BETWEEN_TRIES_S = 0.005
FIRST_GAP_S = 0.25
LONGEST_GAP_S = 10.0

_given: ContextVar[PausingConnection] = ContextVar("_given")


class ConnectionPool:
    """owner: what each connection carries as its option `database`."""

    def __init__(self, conninfo: str, owner: object, *, most: int = MOST_CONNECTIONS) -> None:
        self._conninfo, self._owner, self._most = conninfo, owner, most
        self._lock = threading.Lock()
        self._free: list[Connection] = []
        self._taken = 0
        self._closed = False
        self._not_before, self._gap_s = 0.0, 0.0

    def take(self) -> Connection:
        """Raises StoreAway: after a failure at once, until it is tried again. The gaps grow."""
        give_up = monotonic() + _WAITS_S
        while True:
            with self._lock:
                if self._closed:
                    raise RuntimeError("the store is closed")
                if self._free:
                    self._taken += 1
                    return self._free.pop()
                if self._taken < self._most:
                    if (now := monotonic()) < self._not_before:
                        raise away(f"it did not a moment ago, and is tried again in {self._not_before - now:.0f} s")
                    self._taken += 1
                    break
            if monotonic() >= give_up:
                raise StoreBusy(
                    f"all {self._most} connections to the database stayed in use",
                    remedy="Try again. If it stays so, look at what the database's server is doing.",
                )
            pause(_BETWEEN_TRIES_S)
        try:
            made = self._made()
        except BaseException as error:
            with self._lock:
                self._taken -= 1
            if isinstance(error, StoreAway):
                self.failed()
            raise
        self._gap_s = self._not_before = 0.0
        return made

    def give_back(self, connection: Connection) -> None:
        is_there = not connection.closed and not connection.invalidated
        driver = connection.connection.driver_connection if is_there else None
        is_idle = (
            isinstance(driver, PausingConnection)
            and not driver.closed
            and driver.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        )
        with self._lock:
            self._taken -= 1
            if is_idle and not self._closed:
                self._free.append(connection)
                return
        _dropped(connection)

    def failed(self) -> None:
        """What stands free is of a server that is gone."""
        with self._lock:
            stale, self._free = self._free, []
            self._gap_s = min(LONGEST_GAP_S, self._gap_s * 2 or FIRST_GAP_S)
            self._not_before = monotonic() + self._gap_s
        for connection in stale:
            _dropped(connection)

    def drop_free(self) -> None:
        with self._lock:
            stale, self._free = self._free, []
        for connection in stale:
            _dropped(connection)

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self.drop_free()

    def _made(self) -> Connection:
        try:
            driver = connected(self._conninfo)
        except psycopg.Error as error:
            raise store_error_of(error) from error
        token = _given.set(driver)
        try:
            return engine().connect().execution_options(isolation_level="AUTOCOMMIT", database=self._owner)
        except DBAPIError as error:
            driver.close()
            raise store_error_of(error.orig) from error
        finally:
            _given.reset(token)


def driver_of(connection: Connection) -> PausingConnection:
    """Raises StoreAway where it was cut in the middle of a statement: SQLAlchemy has let go of it then."""
    if connection.invalidated:
        raise away("the connection was cut")
    driver = connection.connection.driver_connection
    if not isinstance(driver, PausingConnection):
        raise RuntimeError("the store is closed")
    return driver


@cache
def engine() -> Engine:
    """One for every store of this process, so that what statements were made into is found again by the next one."""
    give: Callable[[], PausingConnection] = lambda: _given.get()  # noqa: E731
    made = create_engine(
        "postgresql+psycopg://", creator=give, poolclass=NullPool, hide_parameters=True, use_native_hstore=False
    )
    seals(made)
    return made


def _dropped(connection: Connection) -> None:
    try:
        if not connection.invalidated:
            driver_of(connection).close()
            connection.invalidate()
        connection.close()
    except (psycopg.Error, DBAPIError, RuntimeError):  # it is gone either way
        pass
