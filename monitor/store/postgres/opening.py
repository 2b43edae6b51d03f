"""Opening the store on PostgreSQL. Its tables are made by `database prepare` and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from monitor.model.settings import Secret
from monitor.store.key_ring import KeyRing
from monitor.store.keys import refuse_no_key
from monitor.store.postgres.address import conninfo_of, is_on_socket
from monitor.store.postgres.connecting import connected
from monitor.store.postgres.database import PostgresDatabase
from monitor.store.postgres.failures import store_error_of
from monitor.store.postgres.key_rows import PostgresKeyRows
from monitor.store.postgres.roles import refuse_mighty_role
from monitor.store.tables import HEAD

_ABOUT = """
SELECT current_setting('server_version'), current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
 AND current_setting('synchronous_commit') <> 'off'
"""


@dataclass(frozen=True, slots=True)
class ServerSeen:
    """keeps: what was said to be saved survives a power cut."""

    version: str
    is_on_socket: bool
    keeps: bool


def looked_at(url: Secret) -> ServerSeen:
    """For `doctor`. Raises StoreError, UsageError."""
    conninfo = conninfo_of(url)
    try:
        with connected(conninfo) as connection:
            row = connection.execute(_ABOUT).fetchone()
    except psycopg.Error as error:
        raise store_error_of(error) from error
    assert row is not None  # noqa: S101 - it has no WHERE
    version, keeps = row
    return ServerSeen(version, is_on_socket(conninfo_to_dict(conninfo)), keeps)


def open_postgres(url: Secret, data_dir: Path, key: Secret) -> PostgresDatabase:
    """Raises UsageError for an address that leads past TLS, Locked for what is no key; StoreError: for a role that may
    see every case at once, for tables that are not there, or of another version."""
    refuse_no_key(key)
    conninfo = conninfo_of(url)
    database = PostgresDatabase(conninfo, data_dir, KeyRing(key, PostgresKeyRows(conninfo)), revision=HEAD)
    try:
        database.ask(refuse_mighty_role)
    except BaseException:
        database.close()
        raise
    return database
