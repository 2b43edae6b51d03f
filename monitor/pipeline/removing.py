"""Takes away the files that are to go, and says honestly what could not be taken away.

What is to go is written in the transaction that decided it (`store.removals`), and forgotten only once the file is gone
and its folder synced: `remove_files` can be called again at any time, and is at every start.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.errors import MonitorError
from monitor.model.evidence import WITHHELD, EvidenceItem
from monitor.model.removal import FileKind, Removal
from monitor.model.settings import Settings
from monitor.pipeline.vault_keeping import put_aside
from monitor.ports import Store
from monitor.vault.folder import STORE_KEY

log = logging.getLogger(__name__)

_KEYED = "vault:keyed"
"""Note: the store's key was once seen in the vault. From then on a vault without it is another folder."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is not known to be gone. It is tried again at every start, until the person says that it is gone."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Removed:
    """gone: files taken away now. moved: drafts that lay no longer where they were written. left: what may be left."""

    gone: int = 0
    moved: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()


def remove_files(store: Store, settings: Settings, case: str | None = None) -> Removed:
    """case: only those of this one. Never raises for what a disk does."""
    gone, moved, left = 0, list[str](), list[Left]()
    done, folders = list[Removal](), set[Path]()
    for item in store.removals.all(case):
        try:
            path, why = _find(item, store, settings, folders)
        except OSError as error:
            left.append(Left(item.path, error.strerror or str(error)))
            continue
        try:
            for copy in put_aside(settings.vault_dir, item.path) if item.kind is FileKind.SEALED else ():
                copy.unlink()
                gone += 1
                folders.add(copy.parent)
            if path is not None:
                path.unlink()
        except FileNotFoundError:
            path = None
        except OSError as error:
            left.append(Left(item.path, error.strerror or str(error)))
            continue
        if path is not None:
            gone += 1
            folders.add(path.parent)
        elif why:
            left.append(Left(item.path, why))
            continue
        elif item.kind is FileKind.DRAFT:
            moved.append(item.path)
        done.append(item)
    _sync(folders)
    if done:
        with store.transaction():
            store.removals.done(*done)
    return Removed(gone, tuple(moved), tuple(left))


def not_found(store: Store, settings: Settings, case: str) -> list[Removal]:
    """What may be given up (`store.removals.done`) once the person says that it is gone. What is there and cannot be
    removed is not in it."""
    missing = list[Removal]()
    for item in store.removals.all(case):
        with suppress(OSError):
            if _find(item, store, settings, set())[0] is None:
                missing.append(item)
    return missing


def finish(store: Store, settings: Settings) -> None:
    """What a crash or a disk that was away left undone; at every start, which it never hinders."""
    try:
        if _has_key(settings) and store.notes.get(_KEYED) is None:
            store.notes.set(_KEYED, "yes")
        if not store.removals.all():
            return
        result = remove_files(store, settings)
    except MonitorError as error:  # the store is full or busy: next time
        said = {"action": "not_removed", "error": type(error).__name__}
        log.warning("files that are to go are still there", extra=said)
        return
    if result.gone:
        log.info("files that were to go are gone", extra={"action": "removed", "files": result.gone})


def forget_rows(items: Iterable[EvidenceItem], *, store: Store) -> None:
    """Evidence that goes, in the caller's transaction: its rows, and sealed files that no row names any more. One
    that another find names too stays."""
    gone = list(items)
    for item in gone:
        store.evidence.remove(item.case, item.id)
    for item in gone:
        if not item.is_withheld and not store.evidence.names(item.file.path):
            store.removals.add(Removal(item.case, FileKind.SEALED, item.file.path))


def withhold(items: Iterable[EvidenceItem], *, store: Store) -> None:
    """Takes what these rows name away from every find, in the caller's transaction: the rows stay, those of others too,
    and say that it is withheld."""
    for item in items:
        if item.is_withheld:
            continue
        for row in store.evidence.naming(item.file.path):
            store.evidence.save(replace(row, file=WITHHELD))
        store.removals.add(Removal(item.case, FileKind.SEALED, item.file.path))


def _find(item: Removal, store: Store, settings: Settings, emptied: set[Path]) -> tuple[Path | None, str]:
    """Where it lies, or why that is not known; neither where it is plainly not there. A disk that is not mounted leaves
    an empty folder. emptied: folders that something was just taken from."""
    if item.kind is FileKind.SEALED:
        path = settings.vault_dir / item.path
        if path.exists() or put_aside(settings.vault_dir, item.path) or path.parent in emptied:
            return path, ""
        return None, _not_the_vault(store, settings)
    path = Path(item.path)
    if path.is_absolute():
        if path.is_symlink() or path.exists():
            return path, ""
        if path.is_relative_to(settings.data_dir.absolute()) or path.parent in emptied:
            return None, ""
        if path.parent.is_dir():
            empty = not any(path.parent.iterdir())
            return None, "its folder is empty, as that of a disk or stick that is not connected" if empty else ""
        return None, "its folder is not there: on a disk or stick that is not connected, it may still be"
    # Versions before this one noted the path as it was typed, and not in which folder.
    places = [Path(), settings.data_dir, Path.home(), *([settings.path.parent] if settings.path else [])]
    found = next((place / path for place in places if (place / path).is_file()), None)
    if found is not None:
        return found, ""
    return None, "an earlier version noted only this, not the folder in which it was typed: type any command there"


def _not_the_vault(store: Store, settings: Settings) -> str:
    """Why the folder in its place cannot be the vault that was written to; '' where it is that one."""
    if not settings.vault_dir.is_dir():
        return "the vault is not there"
    if _has_key(settings):
        return ""
    if store.notes.get(_KEYED) is not None:
        return f"the vault is not there: {settings.vault_dir} lacks {STORE_KEY}, as where its disk is not mounted"
    empty = not any(settings.vault_dir.iterdir())  # one that never had a key
    return f"{settings.vault_dir} is empty, as where its disk is not mounted" if empty else ""


def _has_key(settings: Settings) -> bool:
    return os.path.isfile(settings.vault_dir / STORE_KEY)  # never raises


def _sync(folders: Iterable[Path]) -> None:
    """So that a power cut does not bring a file back whose removal is forgotten."""
    for folder in folders:
        with suppress(OSError):  # a folder of a kind of disk that cannot be synced
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
