"""Whether anybody is named as staff: asked before every command, so with a glance into the file and nothing else."""

from __future__ import annotations

from sqlcipher3 import dbapi2

from monitor.model.settings import Settings
from monitor.store.failures import error_of_words
from monitor.store.keys import load_key
from monitor.store.opening import FILE
from monitor.store.sqlite import Way, connect

_HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'staff'"


def has_staff(settings: Settings) -> bool:
    """False where no store is, and in one of an earlier version. Raises Locked, StoreError."""
    path = settings.data_dir / FILE
    if not path.is_file() or not path.stat().st_size:
        return False
    # Nobody has it open where no journal lies beside it: then it is read without one, and nothing is left of the look.
    is_in_use = path.with_name(f"{path.name}-wal").exists()
    connection = connect(path, load_key(settings), Way.READ if is_in_use else Way.READ_FIXED)
    try:
        is_there = connection.execute(_HAS_TABLE).fetchone() is not None
        return is_there and connection.execute("SELECT 1 FROM staff LIMIT 1").fetchone() is not None
    except dbapi2.Error as error:
        raise error_of_words(str(error), path) from error
    finally:
        connection.close()
