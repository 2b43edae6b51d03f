"""New keys for what is sealed in the database, and a new one to wrap them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.acting import acting_for_all
from monitor.errors import UsageError
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.model.staff import INSTALLATION
from monitor.store.keys import generate_key, load_key, save_key_file
from monitor.store.store import SqlStore, open_store

if TYPE_CHECKING:
    from monitor.store.postgres.database import PostgresDatabase


def new_case_keys(settings: Settings, case: CaseId | None) -> tuple[int, int]:
    """case: None = of every case, and of what is of none. How many keys, and how many values they seal now."""
    with _opened(settings) as (store, database), acting_for_all():
        from monitor.store.postgres.rekeying import renew_key

        known = [one.id for one in store.cases.all()]
        if case is not None and case not in known:
            raise UsageError(f"there is no case {case}", remedy="These are there: reupload-monitor case list")
        wanted = [*known, INSTALLATION] if case is None else [case]
        return len(wanted), sum(renew_key(database, one) for one in wanted)


def new_store_key(settings: Settings, path: Path) -> int:
    """A new key in a new file, by which all keys are wrapped from now on. How many there are."""
    with _opened(settings) as (store, database):
        from monitor.store.postgres.rekeying import wrap_anew

        key = generate_key()
        save_key_file(key, path, data_dir=settings.data_dir)
        with acting_for_all():
            store.machine.note_store_key_sealed(None)  # the copy in the vault is written anew at the next start
        return wrap_anew(database, load_key(settings), key)


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[SqlStore, PostgresDatabase]]:
    if settings.database.url is None:
        raise UsageError(
            "the configuration names no database: everything is kept in one encrypted file, which has one key",
            remedy="Nothing is to be done.",
        )
    from monitor.store.postgres.database import PostgresDatabase

    with acting_for_all():
        store = open_store(settings)
    try:
        database = store._db
        if isinstance(database, PostgresDatabase):
            yield store, database
    finally:
        store.close()
