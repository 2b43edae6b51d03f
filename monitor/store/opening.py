"""Opening the store: made where there is none, upgraded where it is older, left untouched where it is newer."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sqlcipher3 import dbapi2

from monitor.errors import Locked, StoreError
from monitor.model.settings import Secret
from monitor.store import tables
from monitor.store.engine import Database, connect
from monitor.store.failures import RESTORE, unreadable

FILE = "store.db"

_KEY = re.compile(r"[0-9a-f]{64}")
_EMPTY = ""


def open_database(path: Path, key: Secret) -> Database:
    """Raises Locked for a wrong key; StoreError for what is no store, is damaged, or is of a newer version."""
    if _KEY.fullmatch(key.value) is None:
        raise Locked(
            "the store's key is not 64 hexadecimal digits",
            remedy="Use the key file exactly as `init` wrote it.",
        )
    _make_room(path)
    version = _version(path, key)
    if version not in (tables.HEAD, _EMPTY) and version not in tables.OLDER:
        raise StoreError(
            f"the store {path} is a database from a newer version of this program; it was left untouched",
            remedy="Upgrade reupload-monitor, or use the version that wrote it.",
        )
    database = Database(path, key)
    try:
        if version == _EMPTY:
            _create(database)
        elif version != tables.HEAD:
            # Alembic takes memory and time that a daemon should not pay for a store that is up to date.
            from monitor.store.upgrade import upgrade

            upgrade(database)
    except BaseException:
        database.close()
        raise
    return database


def _make_room(path: Path) -> None:
    """SQLite gives its journals the permissions of the database file, so that one is made first, for its owner only."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StoreError(
            f"the store {path} cannot be made or written: {error.strerror}",
            remedy="Check data_dir, its owner and its permissions.",
        ) from error


def _version(path: Path, key: Secret) -> str:
    """The revision of the schema, '' for an empty file. Reads only, so that a newer store stays as it is."""
    if path.stat().st_size == 0:
        return _EMPTY
    probe = connect(path, key, read_only=True)
    try:
        names = {name for (name,) in probe.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not names:
            return _EMPTY
        if "alembic_version" not in names:
            raise StoreError(f"{path} is a database, but no store of this program", remedy="Set another data_dir.")
        (version,) = probe.execute("SELECT version_num FROM alembic_version").fetchone() or (_EMPTY,)
    except dbapi2.DatabaseError as error:
        if "not a database" in str(error):
            raise unreadable(path, key) from error
        raise StoreError(f"the store {path} cannot be read: {error}", remedy=RESTORE) from error
    finally:
        probe.close()
    return str(version)


def _create(database: Database) -> None:
    with database.transaction():
        # Two processes may have come here at once: the second finds the work done.
        tables.metadata.create_all(database.connection)
        if database.run(tables.schema_version.select()).first() is None:
            database.run(tables.schema_version.insert(), {"version_num": tables.HEAD})
