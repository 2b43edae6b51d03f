"""The table `case_keys`, over a connection of its own: a key is kept whatever becomes of the transaction that needed
it, and is found whoever it is that works just now."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from monitor.store.key_ring import KeyRow
from monitor.store.postgres.beginning import EVERY_CASE, NOW
from monitor.store.postgres.failures import store_error_of

_READ = 'SELECT id, "case", number, wrapped FROM case_keys'
_ADD = (
    f'INSERT INTO case_keys (id, "case", number, wrapped, made_at) VALUES (%s, %s, %s, %s, {NOW}) '  # noqa: S608 - ours
    "ON CONFLICT DO NOTHING"
)


class PostgresKeyRows:
    """`monitor.store.key_ring.KeyRows`. It waits without leaving the task: who else is here could come back to it in
    the middle. That is once for each case, and takes milliseconds."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo, self._lock = conninfo, threading.Lock()

    def of_case(self, case: str) -> Sequence[KeyRow]:
        return self._asked(f'{_READ} WHERE "case" = %s', case)

    def of_id(self, key_id: bytes) -> Sequence[KeyRow]:
        return self._asked(f"{_READ} WHERE id = %s", key_id)

    def all(self) -> Sequence[KeyRow]:
        return self._asked(_READ)

    def add(self, key_id: bytes, case: str, number: int, content: bytes) -> None:
        self._asked(_ADD, key_id, case, number, content)

    def _asked(self, sql: str, *values: object) -> list[Any]:
        try:
            with (
                self._lock,
                psycopg.connect(self._conninfo, row_factory=namedtuple_row) as connection,  # one transaction
                connection.cursor() as cursor,
            ):
                cursor.execute("SELECT set_config('monitor.cases', %s, true)", (EVERY_CASE,))
                cursor.execute(sql.encode(), values)
                return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise store_error_of(error) from error
