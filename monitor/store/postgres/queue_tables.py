"""procrastinate's own tables: whether they are those of the library that is installed here, and how they are made.

They carry no number. What the library calls is what they must have: a function that changes gets another name, and
each table has the columns that the library would give it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING, Any

from monitor.errors import QueueMisfit
from monitor.model.settings import Secret

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection

_FUNCTION = re.compile(r"\bprocrastinate_\w+_v\d+(?=\()")
_TABLE = re.compile(r"^CREATE TABLE (procrastinate_\w+)\s*\((.*?)^\);", re.DOTALL | re.MULTILINE)
_COLUMN = re.compile(r"^\s+([a-z_]+) ", re.MULTILINE)
_PRESENT = """
SELECT proname::text FROM pg_proc WHERE proname LIKE 'procrastinate%' AND pg_function_is_visible(oid)
 UNION ALL
SELECT relname || '.' || attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
 WHERE relname LIKE 'procrastinate%' AND relkind = 'r' AND pg_table_is_visible(pg_class.oid)
  AND attnum > 0 AND NOT attisdropped
"""
_TABLES = ("procrastinate_jobs", "procrastinate_workers", "procrastinate_events", "procrastinate_periodic_defers")


def quiet_library() -> None:
    """It logs jobs with their arguments, and what it wrote fails with; the pool that it asks by, each try to connect:
    that the queue is away is told by us, once."""
    for name in ("procrastinate", "psycopg.pool"):
        library = logging.getLogger(name)
        library.setLevel(logging.CRITICAL + 1)
        library.propagate = False


@cache
def needed_of_queue() -> frozenset[str]:
    """By the library that is installed here: functions by their name, columns behind their table's."""
    from procrastinate import sql
    from procrastinate.schema import SchemaManager

    functions = {name for query in sql.queries.values() for name in _FUNCTION.findall(query)}
    tables = _TABLE.findall(SchemaManager.get_schema())
    return frozenset(functions | {f"{table}.{column}" for table, body in tables for column in _COLUMN.findall(body)})


def misfit(present: Collection[str]) -> QueueMisfit | None:
    """present: the functions and columns that the database has."""
    missing = needed_of_queue() - set(present)
    if not missing:
        return None
    if not present:
        return QueueMisfit(
            "the database has no queue",
            remedy="Prepare it, as the owner of its tables: reupload-monitor database prepare --owner URL",
        )
    import procrastinate

    return QueueMisfit(
        f"the queue in the database is not that of procrastinate {procrastinate.__version__}, which is installed here "
        f"({len(missing)} of its functions and columns are missing): this process takes no work",
        remedy="If this is the newer version: reupload-monitor database prepare --owner URL, as their owner. If "
        "another machine has a newer one, install that here too.",
    )


async def check_queue(connection: AsyncConnection[Any]) -> None:
    """Raises QueueMisfit."""
    cursor = await connection.execute(_PRESENT)
    if (wrong := misfit({name for (name,) in await cursor.fetchall()})) is not None:
        raise wrong


def misfit_here(connection: Connection[Any]) -> QueueMisfit | None:
    return misfit({name for (name,) in connection.execute(_PRESENT).fetchall()})


def look_at_queue(url: Secret) -> None:
    """Raises QueueMisfit; nothing for a queue that does not answer."""
    import psycopg

    from monitor.store.postgres.address import conninfo_of

    try:
        with psycopg.connect(conninfo_of(url), autocommit=True) as connection:
            wrong = misfit_here(connection)
    except psycopg.Error:
        return
    if wrong is not None:
        raise wrong


def prepare_queue(connection: Connection[Any], role: str) -> bool:
    """By the owner: the library's tables where there are none, and what the program's role needs of them. Whether they
    were made. Raises QueueMisfit where they are of another version: their own migrations change those."""
    from procrastinate.schema import SchemaManager
    from psycopg import sql

    present = {name for (name,) in connection.execute(_PRESENT).fetchall()}
    made = not present
    if made:
        connection.execute(SchemaManager.get_schema().encode())
    elif (wrong := misfit(present)) is not None:
        raise wrong
    to = sql.Identifier(role)
    for table in _TABLES:
        rights = sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}")
        connection.execute(rights.format(sql.Identifier(table), to))
        number = connection.execute("SELECT pg_get_serial_sequence(%s, 'id')", (table,)).fetchone()
        if number and number[0]:
            schema, _, name = str(number[0]).partition(".")
            connection.execute(sql.SQL("GRANT USAGE ON SEQUENCE {} TO {}").format(sql.Identifier(schema, name), to))
    return made
