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

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Left:
    """A draft that is not known to be gone. pending: tried again at every start."""

    path: str
    why: str
    pending: bool = True


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
        path, why = _find(item, settings)
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
            left.append(Left(item.path, why, pending=item.kind is FileKind.SEALED or Path(item.path).is_absolute()))
            if left[-1].pending:
                continue
        elif item.kind is FileKind.DRAFT:
            moved.append(item.path)
        done.append(item)
    _sync(folders)
    if done:
        with store.transaction():
            store.removals.done(*done)
    return Removed(gone, tuple(moved), tuple(left))


def finish(store: Store, settings: Settings) -> None:
    """What a crash or a disk that was away left undone; at every start, which it never hinders."""
    try:
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


def _find(item: Removal, settings: Settings) -> tuple[Path | None, str]:
    """Where it lies, or why that is not known; neither where it is plainly not there."""
    if item.kind is FileKind.SEALED:
        if not settings.vault_dir.is_dir():
            return None, "the vault is not there"
        return settings.vault_dir / item.path, ""
    path = Path(item.path)
    if path.is_absolute():
        if path.is_symlink() or path.exists():
            return path, ""
        if path.parent.is_dir() or path.is_relative_to(settings.data_dir.absolute()):
            return None, ""
        return None, "its folder is not there: on a disk or stick that is not connected, it may still be"
    # Versions before this one noted the path as it was typed, and not in which folder.
    places = [Path.cwd(), settings.data_dir, Path.home(), *([settings.path.parent] if settings.path else [])]
    found = next((place / path for place in places if (place / path).is_file()), None)
    return found, "" if found else "an earlier version noted only this, not the folder in which it was typed"


def _sync(folders: Iterable[Path]) -> None:
    """So that a power cut does not bring a file back whose removal is forgotten."""
    for folder in folders:
        with suppress(OSError):  # a folder of a kind of disk that cannot be synced
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
