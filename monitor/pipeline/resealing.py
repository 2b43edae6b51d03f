"""Seals what is in the vault anew, to the recipients as they are now: for that it has to be opened, so only the person
can ask for it.

Each file goes by itself: the new one is sealed under a name of its own, one transaction has every row name it in place
of the old one, then the old one goes. Whatever ends the work leaves each file whole, and it can be done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from monitor.errors import Locked, SealError
from monitor.model.evidence import SealedFile
from monitor.model.removal import FileKind, Left, Removal
from monitor.model.settings import Settings
from monitor.pipeline.removing import remove_files
from monitor.pipeline.sealed_names import next_name
from monitor.ports import Store, Vault
from monitor.vault.opening import Unsealer


@dataclass(frozen=True, slots=True)
class Resealed:
    """done: files, each once. left: those that are as they were, and why."""

    done: int = 0
    left: tuple[Left, ...] = ()


def files_named(store: Store) -> tuple[str, ...]:
    """What lies in the vault by the store's word, each once. Not what is of a case that says itself who can open its
    evidence: whom the configuration names are not let in there."""
    apart = store.case_settings.having("evidence.recipients")
    every = (item for item in store.evidence.all() if not item.is_withheld and item.case not in apart)
    return tuple(dict.fromkeys(item.file.path for item in every))


def reseal(
    unsealer: Unsealer, vault: Vault, *, store: Store, settings: Settings, tell: Callable[[str], None]
) -> Resealed:
    """tell: called with each file's name. Raises SealError where nothing can be written, StoreError."""
    done, left = 0, list[Left]()
    for name in files_named(store):
        tell(name)
        rows = store.evidence.naming(name)
        if not rows:  # decided meanwhile
            continue
        pieces = _Pieces(unsealer.stream(settings.vault_dir / name))
        try:
            file = vault.seal(next_name(name, vault.names()).removesuffix(".age"), pieces)
        except (SealError, Locked) as error:
            if pieces.error is not error:
                raise  # writing, not opening
            left.append(Left(name, str(error)))
            continue
        if file.plain_digest != rows[0].file.plain_digest:
            vault.remove(file.path)
            left.append(Left(name, "what is in it is not what is on record of it"))
            continue
        if _renamed(name, file, store):
            remove_files(store, settings)
            done += 1
        else:
            vault.remove(file.path)
    return Resealed(done, tuple(left))


def _renamed(name: str, file: SealedFile, store: Store) -> bool:
    with store.transaction():
        rows = store.evidence.naming(name)  # again: it may have been taken away while it was sealed
        for row in rows:
            store.evidence.save(replace(row, file=file))
        if rows:
            store.removals.add(Removal(rows[0].case, FileKind.SEALED, name))
    return bool(rows)


class _Pieces:
    """What comes in pieces of any size, to be read by size. error: what the pieces ended with."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""
        self.error: Exception | None = None

    def read(self, size: int, /) -> bytes:
        if not self._left:
            try:
                self._left = next(self._pieces, b"")
            except Exception as error:
                self.error = error
                raise
        piece, self._left = self._left[:size], self._left[size:]
        return piece
