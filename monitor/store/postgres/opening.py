"""Opening the store on PostgreSQL. Its tables are made by `database prepare` and by nothing else."""

from __future__ import annotations

from pathlib import Path

from monitor.model.settings import Secret
from monitor.store.postgres.address import conninfo_of
from monitor.store.postgres.database import PostgresDatabase
from monitor.store.postgres.roles import refuse_mighty_role
from monitor.store.tables import HEAD


def open_postgres(url: Secret, data_dir: Path) -> PostgresDatabase:
    """Raises UsageError for an address that leads past TLS, StoreError: for a role that may see every case at once,
    for tables that are not there, or of another version."""
    database = PostgresDatabase(conninfo_of(url), data_dir, revision=HEAD)
    try:
        database.ask(refuse_mighty_role)
    except BaseException:
        database.close()
        raise
    return database
