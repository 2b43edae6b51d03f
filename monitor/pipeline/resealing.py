"""Seals what is in the vault anew, to the recipients as they are now: for that it has to be opened, so only the person
can ask for it.

Each file goes by itself: the new one is sealed under a name of its own, one transaction has every row name it in place
of the old one, then the old one goes. Whatever ends the work leaves each file whole, and it can be done again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from monitor.errors import Locked, SealError
from monitor.model.evidence import EvidenceItem, SealedFile
from monitor.model.removal import FileKind, Left, Removal
from monitor.model.settings import Settings
from monitor.pipeline.removing import remove_files
from monitor.ports import Store, Vault
from monitor.vault.opening import Unsealer

_NAME = re.compile(r"(.+?)(?:-r(\d+))?\.age")


@dataclass(frozen=True, slots=True)
class Resealed:
    """done: files, each once. left: those that are as they were, and why."""

    done: int = 0
    left: tuple[Left, ...] = ()


def files_named(store: Store) -> tuple[str, ...]:
    """What lies in the vault by the store's word, each once."""
    return tuple(dict.fromkeys(item.file.path for item in store.evidence.all() if not item.is_withheld))


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
            file = vault.seal(_free_name(name, vault).removesuffix(".age"), pieces)
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
            vault.remove(*_left_by_a_crash(file.path, vault, store))
            done += 1
        else:
            vault.remove(file.path)
    return Resealed(done, tuple(left))


def next_name(name: str) -> str:
    """ID.age, ID-r2.age, ID-r3.age: an older copy of the store finds by it what its own rows name no more."""
    found = _NAME.fullmatch(name)
    return f"{found[1]}-r{int(found[2] or 1) + 1}.age" if found else name


def _free_name(name: str, vault: Vault) -> str:
    there = vault.names()
    name = next_name(name)
    while name in there:
        name = next_name(name)
    return name


def _left_by_a_crash(path: str, vault: Vault, store: Store) -> list[str]:
    """Of the same file, sealed anew and never named."""
    found = [_NAME.fullmatch(name) for name in (path, *vault.names())]
    return [one[0] for one in found if one and found[0] and one[1] == found[0][1] and not store.evidence.names(one[0])]


def rows_resealed(rows: Iterable[EvidenceItem], there: Iterable[str]) -> Iterator[EvidenceItem]:
    """Rows of an older copy of the store whose files were sealed anew since, each with the newest name. Its digest of
    the sealed file stays what it was: what lies there now is not what it has on record."""
    names = set(there)
    newest: dict[str, tuple[int, str]] = {}
    for name in names:
        found = _NAME.fullmatch(name)
        if found:
            newest[found[1]] = max(newest.get(found[1], (0, "")), (int(found[2] or 1), name))
    for row in rows:
        found = _NAME.fullmatch(row.file.path)
        if found and row.file.path not in names and found[1] in newest:
            yield replace(row, file=replace(row.file, path=newest[found[1]][1]))


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
