"""A real store for every test that needs one beside the thing it tests: `a_store()`. It promises what the program's
promises, but that nothing waits for the disk; `tests/conftest.py` closes and removes it when the test ends."""

from __future__ import annotations

import contextlib
import functools
import itertools
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from monitor.acting import acting_for
from monitor.model.alert import Alert
from monitor.model.case import Attestation, Authority, Case
from monitor.model.ids import CaseId
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.ports import Store
from monitor.store.opening import FILE
from monitor.store.sqlite import SqliteDatabase
from monitor.store.store import SqlStore, open_store

KEY = Secret("0f" * 32)
_AT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
_open = contextlib.ExitStack()
_free_databases: list[str] = []
_numbers = itertools.count(1)


def a_store(file: bytes = b"") -> SqlStore:
    """With the case `default`, whose person has attested. file: of another such store, as `file_of` gives it."""
    folder = a_folder()
    (folder / FILE).write_bytes(file or _template())
    (folder / FILE).chmod(0o600)
    store = _opened(folder, new=False)
    _open.callback(store.close)
    return store


def a_postgres_store() -> SqlStore:
    """Likewise, on a real PostgreSQL. Whoever uses it says for whom: `with acting_for("default"): ...`."""
    from tests.serving.postgres import the_server

    server = the_server()
    database = _free_databases.pop() if _free_databases else server.create(f"store_{next(_numbers)}")
    _open.callback(_free_databases.append, database)
    _open.callback(server.empty, database)
    folder = a_folder()
    settings = DatabaseSettings(key=KEY, url=Secret(server.url(database)))
    store = open_store(Settings(path=None, data_dir=folder, watchlist_dir=folder, database=settings))
    _open.callback(store.close)
    with acting_for("default"):
        store.cases.save(Case("default", attestation=Attestation(Authority.SELF, _AT), created_at=_AT))
    return store


def a_store_for(settings: Settings) -> SqlStore:
    """Such a one, in that data_dir and with its key; whoever asks closes it."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    (settings.data_dir / FILE).write_bytes(_template(settings.database.key))
    (settings.data_dir / FILE).chmod(0o600)
    return open_store(settings)


def a_folder() -> Path:
    """A new one, of this user alone; removed with the stores."""
    folder = Path(tempfile.mkdtemp(prefix="folder-"))
    _open.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def file_of(store: SqlStore) -> bytes:
    """Closes it."""
    database = store._db
    assert isinstance(database, SqliteDatabase)
    store.close()
    return database.path.read_bytes()


def every_alert(store: Store, case: CaseId | None = None) -> list[Alert]:
    """Newest first, done or not."""
    cases = [known.id for known in store.cases.all()] if case is None else [case]
    found = [alert for name in cases for alert in store.alerts.recent(name, 1_000_000)]
    return sorted(found, key=lambda alert: (alert.created_at, alert.id), reverse=True)


def when_the_test_ends(what: Callable[[], object]) -> None:
    _open.callback(what)


def close_stores() -> None:
    _open.close()


def _opened(folder: Path, *, new: bool, key: Secret = KEY) -> SqlStore:
    database = DatabaseSettings(key=key)
    store = open_store(Settings(path=None, data_dir=folder, watchlist_dir=folder, database=database), new=new)
    assert isinstance(store._db, SqliteDatabase)
    store._db.connection.exec_driver_sql("PRAGMA synchronous = OFF")  # power does not fail in a test
    return store


@functools.cache
def _template(key: Secret = KEY) -> bytes:
    """The file of an empty store: made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="store-"))
    try:
        store = _opened(folder, new=True, key=key)
        store.cases.save(Case("default", attestation=Attestation(Authority.SELF, _AT), created_at=_AT))
        store.close()
        return (folder / FILE).read_bytes()
    finally:
        shutil.rmtree(folder)
