"""`evidence verify`: whether what is kept is what was kept."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from monitor.errors import Locked, SealError
from monitor.evidence.checking import (
    CaseKept,
    Fault,
    FoundFile,
    faults_of,
    manifest_faults,
    opened_faults,
)
from monitor.evidence.custody import head_of
from monitor.evidence.manifest import MAX_MANIFEST
from monitor.model.custody import CustodyAct, CustodyHead
from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import CaseId
from monitor.model.settings import Secret, Settings
from monitor.pipeline.vault_keeping import IN_WORK, unnamed_files
from monitor.ports import Store
from monitor.vault.folder import STORE_KEY, VaultFolder

if TYPE_CHECKING:
    from monitor.vault.opening import Unsealer

Tell = Callable[[str], None]

_LOOKS = 3
"""To look while nobody changes anything."""


@dataclass(frozen=True, slots=True)
class Verified:
    """files: sealed files of the case, each counted once; opened: of those, how many were opened; not_opened: that are
    sealed to other keys than the one that was given. head: of the custody log. aside: sealed files that lie in the
    folder for what no row names."""

    faults: tuple[Fault, ...]
    files: int
    opened: int
    not_opened: int
    entries: int
    stamps: int
    head: CustodyHead
    aside: int


@dataclass(frozen=True, slots=True)
class EvidenceCheckService:
    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def verify(
        self,
        case: CaseId,
        identity: Path | None = None,
        ask: Callable[[], Secret | None] = lambda: None,
        *,
        reference: str = "",
        tell: Tell = lambda _: None,
    ) -> Verified:
        """identity: opens what can be opened with it; without one nothing is. ask, Raises: as `unsealing` has it."""
        if identity is None:
            return self.check(case, None, reference=reference, tell=tell)
        from monitor.services.unsealing import unsealing

        with unsealing(self.store, identity, ask, self.clock) as unsealer:
            return self.check(case, unsealer, reference=reference, tell=tell)

    def check(
        self, case: CaseId, unsealer: Unsealer | None, *, reference: str = "", tell: Tell = lambda _: None
    ) -> Verified:
        """reference: the first digits of a head that must be in the log. tell: takes what is being done. Raises Locked
        for an identity that opens nothing here."""
        for _ in range(_LOOKS):
            look = self._read(case)
            seen = _seen(look, unsealer, self.settings.vault_dir, tell)
            done = self._judged(look, seen, unsealer, reference)
            if self._is_settled(case, look, done):
                break
        self._note_viewed(case, unsealer, done)
        return done

    async def check_beside(self, case: CaseId, unsealer: Unsealer | None) -> Verified:
        """As `check`; the files are looked at beside the loop, so that others are answered meanwhile."""
        for _ in range(_LOOKS):
            look = self._read(case)
            seen = await asyncio.to_thread(_seen, look, unsealer, self.settings.vault_dir, lambda _: None)
            done = self._judged(look, seen, unsealer, "")
            if self._is_settled(case, look, done):
                break
        self._note_viewed(case, unsealer, done)
        return done

    def _is_settled(self, case: CaseId, look: _Look, done: Verified) -> bool:
        """Else something was done meanwhile, which the log tells."""
        return not done.faults or self.store.custody.head(case) == head_of(look.kept.entries)

    def _note_viewed(self, case: CaseId, unsealer: Unsealer | None, done: Verified) -> None:
        if unsealer is not None:
            about = {"by": "evidence verify", "files": str(done.opened)}
            self.store.custody.note(case, CustodyAct.VIEW, about, self.clock())

    def _read(self, case: CaseId) -> _Look:
        vault = VaultFolder(self.settings.vault_dir)
        unnamed = self._unnamed(vault)  # before the rows are read
        with self.store.transaction():  # all as at one moment
            kept = CaseKept(
                entries=self.store.custody.all(case),
                stamps=self.store.time_stamps.all(case),
                items=self.store.evidence.all(case),
                captures=self.store.captures.all(case),
                noted_head=self.store.custody.noted_head(case),
            )
        return _Look(kept, unnamed, sum(map(len, vault.aside().values())))

    def _judged(self, look: _Look, seen: _Seen, unsealer: Unsealer | None, reference: str) -> Verified:
        kept = look.kept
        vault = VaultFolder(self.settings.vault_dir)
        faults = [*faults_of(kept, seen.found, look.unnamed, reference), *self._store_key_faults(vault), *seen.faults]
        if unsealer is not None:
            faults += _opened_store_key(unsealer, vault.folder / STORE_KEY, self.settings)
        return Verified(
            faults=tuple(dict.fromkeys(faults)),
            files=len(look.paths),
            opened=seen.opened,
            not_opened=seen.not_opened,
            entries=len(kept.entries),
            stamps=len(kept.stamps),
            head=head_of(kept.entries),
            aside=look.aside,
        )

    def _unnamed(self, vault: VaultFolder) -> list[str]:
        """Those that are no longer in somebody's work."""
        written = vault.names()
        before = self.clock() - IN_WORK
        return [name for name in unnamed_files(store=self.store, vault=vault) if written.get(name, before) <= before]

    def _store_key_faults(self, vault: VaultFolder) -> Iterator[Fault]:
        where, there = f"vault/{STORE_KEY}", _found(vault.folder, STORE_KEY, lambda _: None)
        sealed = self.store.machine.store_key_sealed()
        if there is None:
            if self.store.machine.vault_had_key():
                yield Fault(where, "it is missing: without it, a backup of the store cannot be opened elsewhere")
        elif there.why:
            yield Fault(where, f"it cannot be read: {there.why}")
        elif sealed is not None and sealed.digest != there.digest:
            yield Fault(where, "it is not the file that was sealed: changed, cut off, or another one in its place")


@dataclass(frozen=True, slots=True)
class _Look:
    """What the store says. aside: as `Verified` has it."""

    kept: CaseKept
    unnamed: list[str]
    aside: int

    @property
    def paths(self) -> set[str]:
        return {item.file.path for item in self.kept.items if not item.is_withheld}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the files say."""

    found: Mapping[str, FoundFile]
    faults: list[Fault]
    opened: int = 0
    not_opened: int = 0


def _seen(look: _Look, unsealer: Unsealer | None, folder: Path, tell: Tell) -> _Seen:
    """Touches no store. Raises Locked."""
    found = {path: one for path in sorted(look.paths) if (one := _found(folder, path, tell)) is not None}
    return _Seen(found, []) if unsealer is None else _opened_all(look.kept, found, unsealer, folder, tell)


def _opened_all(kept: CaseKept, found: Mapping[str, FoundFile], unsealer: Unsealer, folder: Path, tell: Tell) -> _Seen:
    by_path: dict[str, list[EvidenceItem]] = {}
    for item in kept.items:
        if not item.is_withheld and item.file.path in found:
            by_path.setdefault(item.file.path, []).append(item)
    faults, opened, not_opened = list[Fault](), 0, 0
    for path, items in by_path.items():
        tell(f"opening {path}")
        try:
            faults += chain.from_iterable(_opened(unsealer, folder / path, items, kept))
            opened += 1
        except Locked:
            not_opened += 1
        except SealError as error:
            faults.append(Fault(f"vault/{path}", str(error)))
    if not_opened and not opened:
        raise Locked(
            f"this identity opens none of the {not_opened} sealed files",
            remedy="Give the identity whose public key is, or was, in [evidence] recipients.",
        )
    return _Seen(found, faults, opened, not_opened)


class _Nowhere:
    """What is written to it is not kept."""

    def write(self, piece: bytes) -> int:
        return len(piece)


def _opened(unsealer: Unsealer, path: Path, items: list[EvidenceItem], kept: CaseKept) -> Iterator[Iterator[Fault]]:
    if any(item.kind is EvidenceKind.MANIFEST for item in items):
        content = b"".join(_bounded(unsealer, path))
        for item in items:
            yield opened_faults(item, hashlib.sha256(content).hexdigest(), len(content))
            if item.kind is EvidenceKind.MANIFEST:
                yield manifest_faults(item, content, kept)
        return
    held = unsealer.copy(path, cast(BinaryIO, _Nowhere()))
    for item in items:
        yield opened_faults(item, held.plain_digest, held.size)


def _bounded(unsealer: Unsealer, path: Path) -> Iterator[bytes]:
    size = 0
    for piece in unsealer.stream(path):
        size += len(piece)
        if size > MAX_MANIFEST:
            raise SealError("what it holds is too large for a manifest")
        yield piece


def _opened_store_key(unsealer: Unsealer, path: Path, settings: Settings) -> Iterator[Fault]:
    """Whether what it holds is the key that this store is opened with."""
    from monitor.store.keys import load_key

    if not path.is_file():
        return
    try:
        key = b"".join(_bounded(unsealer, path)).strip()
    except Locked:
        return  # told by `evidence recipients list`
    except SealError as error:
        yield Fault(f"vault/{STORE_KEY}", str(error))
        return
    if key.decode("ascii", "replace").lower() != load_key(settings).value.lower():
        yield Fault(f"vault/{STORE_KEY}", "what it holds is not the key of this store")


def _found(folder: Path, name: str, tell: Tell) -> FoundFile | None:
    if name != os.path.basename(name):
        return FoundFile("", "its name leads out of the vault")
    tell(f"checking {name}")
    try:
        with open(folder / name, "rb") as file:
            return FoundFile(hashlib.file_digest(file, "sha256").hexdigest())
    except FileNotFoundError:
        return None
    except OSError as error:
        return FoundFile("", error.strerror or str(error))
