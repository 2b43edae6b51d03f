"""Brings an older store up to date by the shipped Alembic revisions. Imported only when there is something to do."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from monitor.errors import StoreError
from monitor.store.sqlite import SqliteDatabase

MIGRATIONS = Path(__file__).parent / "migrations"


def migrations(connection: Connection) -> Config:
    """What Alembic works by. The transaction is the caller's."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(database: SqliteDatabase, *, to: str = "head") -> None:
    """All revisions in one transaction: a store is at its old version or at its new one, never between.

    Raises StoreError where what is kept would contradict itself afterwards.
    """
    config = migrations(database.connection)
    # SQLite rebuilds a table to change it, and dropping the old one must not take its dependants along.
    database.run(text("PRAGMA foreign_keys = OFF"))
    try:
        with database.transaction():
            command.upgrade(config, to)
            broken = database.run(text("PRAGMA foreign_key_check")).all()
            if broken:
                raise StoreError(
                    f"the upgrade would have left {len(broken)} rows without what they belong to; nothing was changed",
                    remedy="Please report this as a bug. The version that wrote the store still opens it.",
                )
    finally:
        database.run(text("PRAGMA foreign_keys = ON"))
