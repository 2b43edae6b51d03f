"""A copy of the store, made while others work with it: the one way of it, for backups and before an upgrade.

`VACUUM INTO` reads one moment of the store and writes another file, encrypted with the same key and without what was
removed. SQLite's own backup in small steps begins anew whenever somebody writes, and beside a busy daemon never ends.
"""

from __future__ import annotations

import os
import re
from contextlib import closing, suppress
from pathlib import Path

from sqlcipher3 import dbapi2

from monitor.errors import NoWriting, StoreError
from monitor.model.settings import Secret
from monitor.store.failures import error_of_words, no_room
from monitor.store.sqlite import Way, connect

PART = ".part"
"""Behind the name of a copy that is being made: whole under its own name, or not there."""

_SPARE_BYTES = 16 * 1024 * 1024  # for whoever else writes on that disk meanwhile


def copy_store(path: Path, key: Secret, to: Path) -> None:
    """`to` is there afterwards, on the disk, and was opened and read through; or nothing is. One that was there is
    replaced. Raises NoWriting where there is no room for it, StoreError."""
    part = to.with_name(f"{to.name}{PART}")
    try:
        _clear(part)
        # For its owner only: SQLite writes into an empty file that is there, and would make one that all may read.
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        _vacuum_into(path, key, part)
        _check(part, key)
        sync_file(part)
        os.rename(part, to)
        sync_file(to.parent)
    except OSError as error:
        raise _not_made(to, error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            _clear(part)


def room_for_copy(path: Path) -> int:
    """Bytes: as large as the store with its journal is now, at most, and some to spare."""
    return _SPARE_BYTES + size_of_store(path)


def size_of_store(path: Path) -> int:
    """With its journal."""
    return sum(one.stat().st_size for one in (path, path.with_name(f"{path.name}-wal")) if one.exists())


def free_bytes(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def sync_file(path: Path) -> None:
    """A folder too. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def wrong_in_store(path: Path, key: Secret) -> str:
    """What is wrong with the file, in SQLite's words; '' where every page is as it was written."""
    try:
        with closing(connect(path, key, Way.READ)) as reader:
            for check in ("cipher_integrity_check", "quick_check"):
                said = [str(row[0]) for row in reader.execute(f"PRAGMA {check}").fetchmany(3)]
                if said not in ([], ["ok"]):
                    return "; ".join(said)
            if reader.execute("SELECT version_num FROM alembic_version").fetchone() is None:
                return "it does not say of which version it is"
    except dbapi2.Error as error:
        return str(error)
    return ""


def wrong_pages(path: Path, key: Secret) -> list[int]:
    """By their numbers: those whose seal is not that of what stands in them. Empty too where it cannot be looked at."""
    try:
        with closing(connect(path, key, Way.READ)) as reader:
            said = [str(row[0]) for row in reader.execute("PRAGMA cipher_integrity_check")]
    except dbapi2.Error:
        return []
    return [int(found[1]) for one in said if (found := re.search(r"page (\d+)", one))]


def _vacuum_into(path: Path, key: Secret, part: Path) -> None:
    try:
        with closing(connect(path, key, Way.READ)) as reader:
            reader.execute("PRAGMA temp_store = MEMORY")
            reader.execute("VACUUM INTO ?", (str(part),))
    except dbapi2.Error as error:
        if "full" in str(error):
            raise no_room(part) from error
        raise error_of_words(str(error), path) from error


def _check(part: Path, key: Secret) -> None:
    if wrong := wrong_in_store(part, key):
        raise _not_made(part, f"what was written does not read as it should ({wrong})")


def _clear(part: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):
        part.with_name(f"{part.name}{end}").unlink(missing_ok=True)


def _not_made(to: Path, why: str) -> StoreError:
    full = "No space" in why or "quota" in why
    said = f"no copy of the store could be made in {to.parent}: {why}"
    remedy = "Make room there, and try again." if full else "Look at the disk, and at who may write in that folder."
    return NoWriting(said, is_full=True, remedy=remedy) if full else StoreError(said, remedy=remedy)
