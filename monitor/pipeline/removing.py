"""Takes away the files that are to go, and says honestly what could not be taken away.

What is to go is written in the transaction that decided it (`store.removals`), and forgotten only once the file is gone
and its folder synced: `remove_files` can be called again at any time, and is at every start.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from monitor.errors import MonitorError
from monitor.homes import home_if_any
from monitor.model.evidence import WITHHELD, EvidenceItem
from monitor.model.ids import CaseId
from monitor.model.removal import FileKind, Left, Removal, Removed, half_written, is_sitting
from monitor.model.settings import Settings
from monitor.pipeline.sealed_names import unnamed_kin
from monitor.ports import SealedFiles, Store
from monitor.vault.folder import VaultFolder, sync_folder

log = logging.getLogger(__name__)


def remove_files(store: Store, settings: Settings, case: CaseId | None = None) -> Removed:
    """case: only those of this one. Never raises for what a disk does."""
    wanted = store.removals.all(case)
    sealed, done = _remove_sealed([item for item in wanted if item.kind is FileKind.SEALED], store, settings)
    drafts, also_done = _remove_drafts([item for item in wanted if item.kind is FileKind.DRAFT], settings)
    if done or also_done:
        with store.transaction():
            store.removals.done(*done, *also_done)
        _remove_sittings(also_done)
    return Removed(sealed.gone + drafts.gone, drafts.moved, sealed.left + drafts.left)


def _remove_sealed(wanted: Sequence[Removal], store: Store, settings: Settings) -> tuple[Removed, list[Removal]]:
    vault: SealedFiles = VaultFolder(settings.vault_dir)
    missing = _missing(wanted, vault, store) if wanted else {}
    kin = _kin([item.path for item in wanted], vault, store)
    taken = vault.remove(*(item.path for item in wanted if item.path not in missing), *kin)
    left = [Left(path, why) for path, why in missing.items() if why]
    left += [Left(path, one.why) for path, one in taken.items() if one.why]
    stays = {kin.get(one.path, one.path) for one in left}
    gone = sum(one.gone for one in taken.values())
    return Removed(gone, left=tuple(left)), [item for item in wanted if item.path not in stays]


def _kin(names: Sequence[str], vault: SealedFiles, store: Store) -> dict[str, str]:
    """The same, sealed anew, that no row names -> which of these it is of."""
    try:
        there = vault.names().keys() | vault.aside().keys() if names else ()
    except OSError:
        return {}
    return {one: name for name in names for one in unnamed_kin(name, there, store) if one not in names}


def _missing(wanted: Sequence[Removal], vault: SealedFiles, store: Store) -> dict[str, str]:
    """Those that are not in the vault, and why they may be somewhere all the same: a disk that is not mounted leaves an
    empty folder."""
    try:
        there = vault.names().keys() | vault.aside().keys()
        is_the_vault = any(item.path in there for item in wanted)
        why = "" if is_the_vault else vault.why_not_there(had_key=store.machine.vault_had_key())
    except OSError as error:
        return {item.path: error.strerror or str(error) for item in wanted}
    return {item.path: why for item in wanted if item.path not in there}


def _remove_drafts(wanted: Sequence[Removal], settings: Settings) -> tuple[Removed, list[Removal]]:
    gone, moved, left = 0, list[str](), list[Left]()
    done, folders = list[Removal](), set[Path]()
    for item in wanted:
        try:
            path, why = _find(item, settings, folders)
            if path is not None:
                path.unlink()
            if _remove_part(item):
                path = Path(item.path)
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
        else:
            moved.append(item.path)
        done.append(item)
    for folder in folders:
        with suppress(OSError):  # a folder of a kind of disk that cannot be synced
            sync_folder(folder)  # so that a power cut does not bring back what was forgotten
    return Removed(gone, tuple(moved), tuple(left)), done


def _remove_part(item: Removal) -> bool:
    """Of a draft that a kill left half written. Raises OSError."""
    part = Path(half_written(item.path))
    if not part.is_absolute() or not part.is_file():
        return False
    part.unlink()
    return True


def _remove_sittings(done: Iterable[Removal]) -> None:
    """Folders of which the last draft is gone."""
    for folder in {Path(item.path).parent for item in done}:
        if folder.is_absolute() and is_sitting(folder):
            with suppress(OSError):  # something is left in it
                folder.rmdir()
                sync_folder(folder.parent)


def not_found(store: Store, settings: Settings, case: CaseId) -> list[Removal]:
    """What may be given up (`store.removals.done`) once the person says that it is gone. What is there and cannot be
    removed is not in it."""
    wanted = store.removals.all(case)
    sealed = [item for item in wanted if item.kind is FileKind.SEALED]
    missing = _missing(sealed, VaultFolder(settings.vault_dir), store) if sealed else {}
    found = [item for item in sealed if item.path in missing]
    for item in wanted:
        with suppress(OSError):
            if item.kind is FileKind.DRAFT and _find(item, settings, set())[0] is None:
                found.append(item)
    return found


def finish(store: Store, settings: Settings) -> None:
    """What a crash or a disk that was away left undone; at every start, which it never hinders."""
    try:
        if VaultFolder(settings.vault_dir).has_key() and not store.machine.vault_had_key():
            store.machine.note_vault_key()
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


def _find(item: Removal, settings: Settings, emptied: set[Path]) -> tuple[Path | None, str]:
    """Where a draft lies, or why that is not known; neither where it is plainly not there. A disk that is not mounted
    leaves an empty folder. emptied: folders that something was just taken from."""
    path = Path(item.path)
    if path.is_absolute():
        if path.is_symlink() or path.exists():
            return path, ""
        if path.is_relative_to(settings.data_dir.absolute()) or path.parent in emptied:
            return None, ""
        if path.parent.is_dir():
            empty = not any(path.parent.iterdir())
            return None, "its folder is empty, as that of a disk or stick that is not connected" if empty else ""
        if is_sitting(path.parent) and path.parent.parent.is_dir() and any(path.parent.parent.iterdir()):
            return None, ""  # the place is the right one, and the sitting's folder was taken away
        return None, "its folder is not there: on a disk or stick that is not connected, it may still be"
    # Versions before this one noted the path as it was typed, and not in which folder.
    folders = (home_if_any(), settings.path.parent if settings.path else None)
    places = [Path(), settings.data_dir, *(folder for folder in folders if folder is not None)]
    found = next((place / path for place in places if (place / path).is_file()), None)
    if found is not None:
        return found, ""
    return None, "an earlier version noted only this, not the folder in which it was typed: type any command there"
