"""A backup: everything that is kept, in one file, made while the daemon works (`services.backup_file` says what it is).

`write_backup` tells it in order. It asks for no open store, and disturbs nobody who has one.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlcipher3 import dbapi2

from monitor import __version__
from monitor.documents.times import rfc3339
from monitor.errors import NoWriting, SealError, WorkFailed
from monitor.model.backup import BackupBegun, BackupExtent, BackupMade, BackupWhy, backup_name
from monitor.model.ids import ContentDigest
from monitor.model.settings import Secret, Settings
from monitor.services.backup_file import (
    IN_VAULT,
    BackupFile,
    BackupPart,
    BackupStopped,
    PlannedMember,
    write_archive,
)
from monitor.services.backup_place import (
    SETTINGS_COPY,
    SNAPSHOT,
    WHOLE,
    name_backup,
    no_room_for_backup,
    not_written,
    refuse_backup_place,
    work_beside,
    work_of,
)
from monitor.services.backup_settings import settings_kept, write_settings
from monitor.store.copying import copy_store, free_bytes, size_of_store
from monitor.store.failures import error_of_words
from monitor.store.opening import FILE
from monitor.store.sqlite import Way, connect
from monitor.vault.folder import STORE_KEY, VaultFolder
from monitor.vault.identity import begins_as_age

_FORMAT = 1
_PIECE = 1024 * 1024
_TRIES = 5  # while evidence is taken away, begun anew
_SPARE = 16 * 1024 * 1024

Stop = Callable[[], bool]


def extent_by_schedule(settings: Settings) -> BackupExtent:
    """Beside the evidence itself a second copy of it helps nobody: what takes the disk takes both."""
    return BackupExtent.ALL if settings.backup.folder else BackupExtent.STORE


def write_backup(
    settings: Settings,
    target: Path,
    *,
    key: Secret,
    at: datetime,
    why: BackupWhy = BackupWhy.ASKED,
    extent: BackupExtent = BackupExtent.ALL,
    replace: bool = False,
    should_stop: Stop = lambda: False,
    begin: Callable[[BackupBegun], None] = lambda _: None,
) -> BackupMade:
    """At `target` once it is whole, on the disk, read again and found right; until then nothing is there, and an older
    one stays. A folder as target: named by its time. replace: over a backup that is there. should_stop: asked now and
    then; BackupStopped is raised. begin: told before anything is written. Raises UsageError, WorkFailed, NoWriting,
    StoreError, Locked."""
    path = refuse_backup_place(target / backup_name(at, why) if target.is_dir() else target, settings, replace)
    try:
        begin(BackupBegun(str(work_of(path)), at, why, extent))
        with work_beside(path) as work:
            making = _Making(settings, key, at, why, extent, work, should_stop)
            made = making.made_anew_while_it_changes()
            name_backup(work / WHOLE, path, replace)
            return BackupMade(str(path), at, made.size, made.digest, why, extent, at, missing=len(made.missing))
    except OSError as error:
        raise not_written(path, error) from error


@dataclass(frozen=True, slots=True)
class _Whole:
    size: int
    digest: ContentDigest
    missing: tuple[str, ...]


class _TakenMeanwhile(Exception):
    """What the snapshot names was taken away since: it must not be kept in a backup, and is not there to be copied."""


@dataclass(slots=True)
class _Making:
    settings: Settings
    key: Secret
    at: datetime
    why: BackupWhy
    extent: BackupExtent
    work: Path
    should_stop: Stop

    def made_anew_while_it_changes(self) -> _Whole:
        unreadable = set[str]()
        for _ in range(_TRIES):
            try:
                return self._made(unreadable)
            except _TakenMeanwhile:
                continue
            except _Unreadable as error:  # a file that the disk does not give back keeps nobody from having the rest
                unreadable.add(error.name)
        raise WorkFailed(
            "evidence was taken away again and again while it was copied, so that no copy became whole",
            remedy="Give the command once more when that has come to rest.",
        )

    def _made(self, unreadable: Collection[str]) -> _Whole:
        for name in (WHOLE, SNAPSHOT, SETTINGS_COPY):
            (self.work / name).unlink(missing_ok=True)
        snapshot = self.work / SNAPSHOT
        self._snapshot(snapshot)
        kept = _kept_in(snapshot, self.key)
        write_settings(self.work / SETTINGS_COPY, self.key, settings_kept(self.settings))
        sealed, missing = self._sealed(kept, unreadable)
        members = [
            self._manifest(kept, missing),
            _of_file(BackupPart.STORE, snapshot),
            _of_file(BackupPart.SETTINGS, self.work / SETTINGS_COPY),
            *self._key(),
            *sealed,
        ]
        self._refuse_without_room(members)
        whole = self.work / WHOLE
        with whole.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            write_archive(file, [self._stopping(one) for one in members], self.key, int(self.at.timestamp()))
            file.flush()
            os.fsync(file.fileno())
            with suppress(OSError):  # so that what is checked comes from the disk
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        if not kept.is_left_by(_kept_in(self.settings.data_dir / FILE, self.key)):
            raise _TakenMeanwhile
        with BackupFile(whole) as written:
            digest = written.check(self.should_stop)
            if not written.is_sealed_by(self.key):
                raise written.broken("", "its list is not as it was written")
            return _Whole(written.size, digest, missing)

    def _snapshot(self, to: Path) -> None:
        """It is the disk of the backup that has no room for it, not that of the data."""
        needed = 2 * size_of_store(self.settings.data_dir / FILE) + _SPARE  # once more in the whole
        if (free := free_bytes(self.work)) < needed:
            raise _no_room(self.work, needed, free)
        try:
            copy_store(self.settings.data_dir / FILE, self.key, to)
        except NoWriting as error:
            raise no_room_for_backup(self.work.parent, "it is full") from error

    def _manifest(self, kept: _Kept, missing: Sequence[str]) -> PlannedMember:
        told = {
            "format": _FORMAT,
            "program": f"reupload-monitor {__version__}",
            "made_at": rfc3339(self.at),
            "why": self.why.value,
            "extent": self.extent.value,
            "revision": kept.revision,
            "missing": list(missing),
        }
        content = json.dumps(told, indent=2).encode("ascii") + b"\n"
        return PlannedMember(BackupPart.MANIFEST, len(content), lambda: [content])

    def _key(self) -> Iterator[PlannedMember]:
        """As it lies in the vault; sealed anew where it does not. None where nobody can be sealed to: then only the
        store's key itself opens the backup."""
        recipients, there = self.settings.evidence.recipients, self.settings.vault_dir / STORE_KEY
        if there.is_file() and (not recipients or _is_age(there)):
            yield _of_file(BackupPart.KEY, there)
            return
        if not recipients:
            return
        from monitor.vault.age import sealed_in_memory

        try:
            content = sealed_in_memory(recipients, self.key.value.encode("ascii") + b"\n")
        except SealError:  # told as a standing alarm
            return
        yield PlannedMember(BackupPart.KEY, len(content), lambda: [content])

    def _sealed(self, kept: _Kept, unreadable: Collection[str]) -> tuple[list[PlannedMember], tuple[str, ...]]:
        """Of the vault, what that very snapshot names; and what is not there, and was not before."""
        if self.extent is BackupExtent.STORE or not kept.sealed:
            return [], ()
        vault = self.settings.vault_dir
        there = VaultFolder(vault).names().keys()
        if not kept.sealed & there and not VaultFolder(vault).has_key():  # with it, it is the vault, whatever it lacks
            why = VaultFolder(vault).why_not_there(had_key=kept.vault_had_key) or "none of its files is there"
            raise WorkFailed(
                f"the evidence cannot be copied: {why}",
                remedy=f"Mount the disk that {vault} lies on. Nothing was written.",
            )
        missing = (kept.sealed - there) | set(unreadable)
        if missing - set(unreadable) and not kept.is_left_by(_kept_in(self.settings.data_dir / FILE, self.key)):
            raise _TakenMeanwhile
        members = [_of_file(f"{IN_VAULT}{name}", vault / name, name) for name in sorted(kept.sealed - missing)]
        return members, tuple(sorted(missing))

    def _refuse_without_room(self, members: Sequence[PlannedMember]) -> None:
        needed = sum(one.size + 1024 for one in members) + _SPARE
        if (free := free_bytes(self.work)) < needed:
            raise _no_room(self.work, needed, free)

    def _stopping(self, one: PlannedMember) -> PlannedMember:
        def pieces() -> Iterator[bytes]:
            for piece in one.open():
                if self.should_stop():
                    raise BackupStopped
                yield piece

        return PlannedMember(one.name, one.size, pieces)


def _no_room(work: Path, needed: int, free: int) -> NoWriting:
    return no_room_for_backup(work.parent, f"it takes {needed // 1_000_000} MB, and {free // 1_000_000} MB are free")


class _Unreadable(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _of_file(name: str, path: Path, sealed: str = "") -> PlannedMember:
    """sealed: its name in the vault, where it is of that."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise _TakenMeanwhile from None

    def pieces() -> Iterator[bytes]:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            raise _TakenMeanwhile from None
        with os.fdopen(descriptor, "rb") as file:
            left = size
            while left:
                try:
                    piece = file.read(min(_PIECE, left))
                except OSError as error:
                    raise _Unreadable(sealed) if sealed else error from None
                if not piece:
                    raise _Unreadable(sealed) if sealed else OSError(errno.EIO, "it became shorter", str(path))
                left -= len(piece)
                yield piece

    return PlannedMember(name, size, pieces)


# -- what a store names


@dataclass(frozen=True, slots=True)
class _Kept:
    """sealed: names in the vault. closed: finds that were closed as under 18. references: enrolled photos."""

    sealed: frozenset[str]
    closed: frozenset[str]
    references: frozenset[str]
    vault_had_key: bool
    revision: str

    def is_left_by(self, now: _Kept) -> bool:
        """Nothing of it was taken away since. now: of the living store."""
        return self.sealed <= now.sealed and self.references <= now.references and now.closed <= self.closed


def _kept_in(path: Path, key: Secret) -> _Kept:
    """Raises StoreError."""
    try:
        with closing(connect(path, key, Way.READ)) as reader:
            reader.execute("BEGIN")

            def column(asked: str) -> frozenset[str]:
                return frozenset(value for (value,) in reader.execute(asked))

            return _Kept(
                sealed=column("SELECT path FROM evidence WHERE path != ''"),
                closed=column("SELECT id FROM sightings WHERE under_18"),
                references=column("SELECT id FROM enrolled"),
                vault_had_key=any(column("SELECT vault_had_key FROM machine")),
                revision=next(iter(column("SELECT version_num FROM alembic_version")), ""),
            )
    except dbapi2.Error as error:
        raise error_of_words(str(error), path) from error


def _is_age(path: Path) -> bool:
    """A copy that the disk spoilt would make a backup that no identity opens."""
    with suppress(OSError), path.open("rb") as file:
        return begins_as_age(file.read(100))
    return False
