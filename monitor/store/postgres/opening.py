"""Opening the store on PostgreSQL. Its tables are made by `database prepare` and by nothing else."""

from __future__ import annotations

from pathlib import Path

from monitor.model.settings import Secret
from monitor.store.postgres.address import conninfo_of
from monitor.store.postgres.database import PostgresDatabase
from monitor.store.tables import HEAD


def open_postgres(url: Secret, data_dir: Path) -> PostgresDatabase:
    """Raises ConfigError for an address that leads past TLS, StoreError."""
    return PostgresDatabase(conninfo_of(url), data_dir, revision=HEAD)
