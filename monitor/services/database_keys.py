"""New keys for what is sealed in the database, and a new one to wrap them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.acting import acting_for_all
from monitor.errors import MonitorError, UsageError
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.model.staff import INSTALLATION
from monitor.pipeline.store_key import keep_store_key
from monitor.plain import several
from monitor.store.keys import generate_key, load_key, save_key_file
from monitor.store.lock import running_daemon
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


@dataclass(frozen=True, slots=True)
class StoreKeyRenewed:
    """keys: that it wraps now. sealed_to: how many recipients open the copy of it in the vault, 0 where none is kept;
    trouble: why the one that lies there is still that of before."""

    keys: int
    sealed_to: int = 0
    trouble: str = ""


def new_store_key(settings: Settings, path: Path) -> StoreKeyRenewed:
    """A new key in a new file, by which all keys are wrapped from now on. Raises UsageError while others work with the
    one of before."""
    with _opened(settings) as (store, database):
        from monitor.store.postgres.rekeying import wrap_anew

        _refuse_at_work(settings)
        key = generate_key()
        save_key_file(key, path, data_dir=settings.data_dir)
        with acting_for_all():
            store.machine.note_store_key_sealed(None)  # should what follows be cut off: written at the next start
        keys = wrap_anew(database, load_key(settings), key)
    return _with_copy(replace(settings, database=replace(settings.database, key=key)), keys)


def _refuse_at_work(settings: Settings) -> None:
    """What has the old key in memory, and would open nothing in the midst of its work."""
    at_work = []
    if running_daemon(settings.data_dir) is not None:
        at_work.append("the scheduler on this machine")
    if settings.queue.url is not None:
        from monitor.store.postgres.queue_standing import queue_standing

        standing = queue_standing(settings.queue.url)
        if not at_work and (standing.leads or standing.standing_by):
            at_work.append("a scheduler")
        if standing.workers:
            at_work.append(several(standing.workers, "worker", "workers"))
    if at_work:
        raise UsageError(
            f"still at work: {', '.join(at_work)}; the key that they have would open nothing any more",
            remedy="Stop schedulers, workers and pages on all machines first. Who was killed counts for another 20 "
            "seconds.",
        )


def _with_copy(settings: Settings, keys: int) -> StoreKeyRenewed:
    """The copy in the vault too, at once: by it the identity is the way back where the new file is lost."""
    recipients = settings.evidence.recipients
    if not recipients:
        return StoreKeyRenewed(keys)
    from monitor.vault.age import AgeVault

    with _opened(settings) as (store, _), acting_for_all():
        try:
            is_kept = keep_store_key(
                store, AgeVault(settings.vault_dir, recipients), recipients, lambda: load_key(settings)
            )
        except MonitorError as error:
            return StoreKeyRenewed(keys, trouble=str(error))
    if not is_kept:
        return StoreKeyRenewed(keys, trouble=f"{settings.vault_dir} is not there: its disk is not mounted")
    return StoreKeyRenewed(keys, sealed_to=len(recipients))


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
