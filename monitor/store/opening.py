"""Opening the store: upgraded where it is older, left untouched where it is newer, and made by `init` alone.

A configuration that is read says that there was a store. One that is missing or empty now (a power cut, a disk that is
not mounted, a wrong path) must not become a new, empty one: everything would look as if nothing had ever been found.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlcipher3 import dbapi2

from monitor.clock import utc_now
from monitor.errors import DamagedStore, NeedsUser, NewerStore, NoWriting, StoreError
from monitor.model.settings import Secret
from monitor.store import every_table, tables
from monitor.store.failures import error_of_words, no_rights, no_room, unreadable, why_not_writable
from monitor.store.keys import refuse_no_key
from monitor.store.lock import upgrading
from monitor.store.sqlite import SqliteDatabase, Way, connect
from monitor.store.upgrade_copies import copies_in, keep_before_upgrade, way_back

FILE = "store.db"

_EMPTY = ""


def open_database(path: Path, key: Secret, *, new: bool = False) -> SqliteDatabase:
    """new: made where there is none yet; otherwise `refuse_absent` comes first. Raises Locked for a wrong key;
    StoreError for what is not a store, is empty, damaged, of a newer version, or older while a daemon works with it."""
    refuse_no_key(key)
    if new:
        _make_room(path)
    version = _version(path, key)
    if version in tables.OLDER:
        with upgrading(path.parent):
            return _ready(path, key, _version(path, key))  # another command may have done it meanwhile
    if version == _EMPTY and not new:
        raise DamagedStore(f"the store {path} was made and never filled: {_NOTHING_IN_IT}", remedy=_LOST)
    return _ready(path, key, version)


def open_to_read(path: Path, key: Secret) -> SqliteDatabase:
    """`open_database`; and where the store cannot be written, as it was saved last (`SqliteDatabase.reading` says why).
    Raises the same, NoWriting too where reading takes writing: an older store, a journal beside one without rights."""
    try:
        return open_database(path, key)
    except NoWriting as error:
        journal = path.with_name(f"{path.name}-wal")
        if not error.is_full and journal.exists() and journal.stat().st_size:
            raise
        try:
            database = SqliteDatabase(path, key, reading=error)
            version = str(database.connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
        except (DBAPIError, StoreError):
            raise error from None
        if version != tables.HEAD:
            database.close()
            raise
        return database


def is_older(path: Path, key: Secret) -> bool:
    """Whether opening it upgrades it. Reads only. Raises OSError, Locked, StoreError."""
    return _version(path, key) in tables.OLDER


def traces_of_store(path: Path, vault: Path) -> list[Path]:
    """What lies where a new store would be made and belongs to one that was there: also a link that leads nowhere, a
    journal without its database, sealed evidence (a new store would write its key over that of the old one)."""
    files = [path.with_name(f"{path.name}{end}") for end in ("", "-wal", "-shm", "-journal")]
    sealed = [file for file in vault.rglob("*.age") if not file.name.startswith(".")]  # with a dot: half written
    return [file for file in files if os.path.lexists(file)] + sorted(sealed)


_NOTHING_IN_IT = "nothing is in it"
_LOST = (
    "If the disk was full or lost its power: restore your last backup (reupload-monitor restore FILE). If nothing was "
    "kept yet, this says how to begin anew: reupload-monitor init"
)


def _ready(path: Path, key: Secret, version: str) -> SqliteDatabase:
    if version not in (tables.HEAD, _EMPTY) and version not in tables.OLDER:
        raise NewerStore(
            f"the store {path} is a database from a newer version of this program; it was left untouched",
            remedy=f"Upgrade reupload-monitor, or use the version that wrote it.{_copy_that_fits(path)}",
        )
    if version in tables.OLDER:
        keep_before_upgrade(path, key, version, utc_now())
    database = SqliteDatabase(path, key)
    try:
        if version == _EMPTY:
            _create(database)
        elif version != tables.HEAD:
            # Alembic takes memory and time that a daemon should not pay for a store that is up to date.
            from monitor.store.upgrade import upgrade

            upgrade(database)
        database.hold_to(tables.HEAD)
    except BaseException:
        database.close()
        raise
    return database


def _copy_that_fits(path: Path) -> str:
    """How to go back to what this version can open, where an upgrade kept a copy of it; '' where there is none."""
    for copy in copies_in(path.parent):
        if copy.revision in {tables.HEAD, *tables.OLDER}:
            return (
                f" Or go back to the store as it stood before it was upgraded ({copy.at:%Y-%m-%d %H:%M} UTC; what was "
                "found since is only in the newer one, which is put aside). Stop the daemon, then type: "
                f"{way_back(copy, path)}"
            )
    return ""


def refuse_absent(path: Path) -> None:
    """Raises NeedsUser where no store is; StoreError for an empty file, a link that leads nowhere, and no file.
    Changes nothing but permissions."""
    try:
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size and found.st_mode & 0o077:
            path.chmod(0o600)
    except FileNotFoundError as error:
        if path.is_symlink():
            raise StoreError(
                f"the store {path} is a link to {path.readlink()}, and that is not there",
                remedy="Mount the disk that it lies on, or correct the link.",
            ) from error
        raise NeedsUser(
            f"there is no store in {path.parent}",
            remedy="Correct data_dir, mount the disk that it lies on, or restore it from a backup: "
            "reupload-monitor restore FILE. Where nothing was kept yet, this says how to begin anew: "
            "reupload-monitor init",
        ) from error
    except OSError as error:
        raise _unusable(path, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"the store {path} is not a file", remedy="Move it away, or correct data_dir.")
    if not found.st_size:
        raise DamagedStore(f"the store {path} is an empty file: {_NOTHING_IN_IT}", remedy=_LOST)


def _make_room(path: Path) -> None:
    """SQLite gives its journals the permissions of the database file, so that one is made first, for its owner only."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_room(path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and (why := why_not_writable(path)):
        return no_rights(path, why)
    return StoreError(
        f"the store {path} cannot be made or written: {error.strerror}",
        remedy="Check data_dir, its owner and its permissions.",
    )


def _version(path: Path, key: Secret) -> str:
    """The revision of the schema, '' for an empty file. Reads only, so that a newer store stays as it is."""
    if path.stat().st_size == 0:
        return _EMPTY
    try:
        return _revision(path, key)
    except dbapi2.Error as error:
        if "not a database" in str(error):
            raise unreadable(path, key) from error
        if "readonly" in str(error) and path.with_name(f"{path.name}-journal").exists():
            with suppress(dbapi2.Error):  # cut off while it was changed: reading it takes what was begun back
                return _revision(path, key, Way.WRITE)
        raise error_of_words(str(error), path) from error


def _revision(path: Path, key: Secret, way: Way = Way.READ) -> str:
    probe = connect(path, key, way)
    try:
        names = {name for (name,) in probe.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not names:
            return _EMPTY
        if "alembic_version" not in names:
            raise StoreError(f"{path} is a database, but not a store of this program", remedy="Set another data_dir.")
        (version,) = probe.execute("SELECT version_num FROM alembic_version").fetchone() or (_EMPTY,)
    finally:
        probe.close()
    return str(version)


def _create(database: SqliteDatabase) -> None:
    with database.transaction():
        # Two processes may have come here at once: the second finds the work done.
        every_table.metadata.create_all(database.connection)
        if database.run(tables.schema_version.select()).first() is None:
            database.run(tables.schema_version.insert(), {"version_num": tables.HEAD})
