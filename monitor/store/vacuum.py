"""Gives the disk back what removed rows took.

`VACUUM` writes the store anew into a file beside it and then back, through the journal: for a while there are three.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlcipher3 import dbapi2

from monitor.model.settings import Secret
from monitor.store.failures import error_of_words
from monitor.store.sqlite import connect


def vacuum_file(path: Path, key: Secret) -> bool:
    """Whether the room is given back already: False where another process still reads what was there before, and gives
    it back when it is done. Raises StoreBusy, and NoWriting for a disk that fills; then the store is as it was."""
    with closing(connect(path, key)) as writer:
        try:
            writer.execute("PRAGMA secure_delete = ON")
            with _beside(writer, path.parent):
                writer.execute("VACUUM")
            busy, *_ = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except dbapi2.Error as error:
            raise error_of_words(str(error), path) from error
    return not busy


@contextmanager
def _beside(writer: dbapi2.Connection, folder: Path) -> Iterator[None]:
    """In a file there: not in memory, of which it would take as much, nor in /var/tmp, which may be on another disk.
    What SQLite writes into it is encrypted as the store is: it is the store. SQLite has one such place for the whole
    process (and reads SQLITE_TMPDIR only when it is loaded); nobody else here writes to files."""
    place = str(folder).replace("'", "''")
    writer.execute(f"PRAGMA temp_store_directory = '{place}'")
    writer.execute("PRAGMA temp_store = FILE")
    try:
        yield
    finally:
        writer.execute("PRAGMA temp_store = MEMORY")
        writer.execute("PRAGMA temp_store_directory = ''")
