"""Which sealed files stay in the vault. A file goes only where its removal was asked for in so many words; one that no
row names is put aside and kept: of a crash between a file and its row, or since the store is an older one that was
restored, which knows nothing of it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.acting import acting_for_all
from monitor.model.intent import IntentKind
from monitor.model.removal import FileKind
from monitor.pipeline.sealed_names import rows_resealed
from monitor.ports import SealedFiles, Store

IN_WORK = timedelta(hours=1)
"""Younger files are left alone: somebody may be about to write their row."""


@dataclass(frozen=True, slots=True)
class Swept:
    """moved: put aside. returned: named by a row again, and back in their place."""

    moved: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Strays:
    """size: bytes. since: when the first of them was put aside, as the disk has it."""

    count: int
    size: int
    since: datetime


def sweep_vault(*, store: Store, vault: SealedFiles, now: datetime) -> Swept:
    """Puts aside what no row names, takes back what one names again. What is to go (`store.removals`) is left to
    `pipeline.removing`: it must not be kept by being put aside. The folder is that of all cases, and so are the rows
    that it is compared with, for whomever this is asked."""
    with acting_for_all():
        return _swept(store, vault, now)


def _swept(store: Store, vault: SealedFiles, now: datetime) -> Swept:
    sealed = vault.names()
    # Of these it is known whose they are: `recovering` settles them. Before the rows, which take intents back.
    intents = store.intents.all()
    _follow_resealed(store, sealed.keys() | vault.aside().keys())
    # Read after the folder: whatever lay there with a row has it by now.
    named = {item.file.path for item in store.evidence.all()}
    returned = vault.take_back(named)
    keep = named | {item.path for item in store.removals.all() if item.kind is FileKind.SEALED}
    keep |= {one.path for one in intents if one.kind is IntentKind.SEAL}
    moved = vault.put_aside([name for name, at in sealed.items() if name not in keep and at < now - IN_WORK])
    return Swept(moved, returned)


def _follow_resealed(store: Store, there: Set[str]) -> None:
    if all(item.is_withheld or item.file.path in there for item in store.evidence.all()):
        return
    with store.transaction():
        for row in rows_resealed((item for item in store.evidence.all() if not item.is_withheld), there):
            store.evidence.save(row)


def unnamed_files(*, store: Store, vault: SealedFiles) -> frozenset[str]:
    """In their place, young ones too, and of whichever case. What is to go is not among them."""
    sealed = vault.names()  # before the rows: whatever lay there with a row has it by now
    with acting_for_all():
        going = {item.path for item in store.removals.all() if item.kind is FileKind.SEALED}
        return frozenset(sealed) - store.evidence.files() - going


def strays(vault: SealedFiles) -> Strays | None:
    found = [one for files in vault.aside().values() for one in files]
    if not found:
        return None
    return Strays(len(found), sum(one.size for one in found), min(one.since for one in found))
