"""Opening the store on PostgreSQL. Its tables are made by `database prepare` and by nothing else."""

from __future__ import annotations

from pathlib import Path

from monitor.model.settings import Secret
from monitor.store.key_ring import KeyRing
from monitor.store.keys import refuse_no_key
from monitor.store.postgres.address import conninfo_of
from monitor.store.postgres.database import PostgresDatabase
from monitor.store.postgres.key_rows import PostgresKeyRows
from monitor.store.postgres.roles import refuse_mighty_role
from monitor.store.tables import HEAD


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
