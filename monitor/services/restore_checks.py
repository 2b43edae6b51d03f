"""Whose a backup is, and whether it is whole: before anything of it is used."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from monitor.errors import Locked, MonitorError, NeedsUser, NewerStore, WorkFailed
from monitor.model.backup import BackupExtent, BackupMade, BackupWhy, goes_by_itself
from monitor.model.ids import ContentDigest
from monitor.model.settings import Secret, Settings
from monitor.services.backup_file import BackupFile, BackupMember, BackupPart
from monitor.services.backup_settings import KeptSettings, read_settings
from monitor.store import tables
from monitor.store.failures import unreadable
from monitor.store.keys import load_key
from monitor.store.opening import FILE
from monitor.store.sqlite import Way, connect

_FORMAT = 1
_KEY_COPY = "store-key"

Passphrase = Callable[[], Secret | None]


@dataclass(frozen=True, slots=True)
class RestoreWish:
    """identity: what opens the store's key in it, where the one at hand is another or none. ask: for its passphrase.
    key: of the store, where it is given itself."""

    file: Path
    identity: Path | None = None
    ask: Passphrase = lambda: None
    key: Secret | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """aside: where what was there is kept; None where nothing was. closed: finds and photos that were closed as under
    18 since the backup, and were closed in it again; dismissed: likewise, what the person said is not hers. missing:
    sealed files that were missing when it was made. digest: SHA-256 of the backup."""

    made_at: datetime
    digest: ContentDigest
    extent: BackupExtent
    key: Secret
    settings: KeptSettings
    aside: Path | None = None
    closed: int = 0
    dismissed: int = 0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedBackup:
    """Every member was read, and the list is of whoever has the key."""

    file: BackupFile
    digest: ContentDigest
    key: Secret
    manifest: dict[str, Any]
    settings: KeptSettings

    @classmethod
    def of(cls, file: BackupFile, wish: RestoreWish, settings: Settings, work: Path) -> CheckedBackup:
        """work: a folder for what has to be a file to be opened; all of it is encrypted."""
        digest = file.check()
        key = _key_for(file, wish, settings, work)
        manifest = _manifest(file)
        unpack_member(file, file.member(BackupPart.SETTINGS), work / "settings")
        try:
            kept = read_settings(work / "settings", key)
        except ValueError as error:
            raise file.broken(BackupPart.SETTINGS, str(error)) from error
        finally:
            (work / "settings").unlink(missing_ok=True)
        return cls(file, digest, key, manifest, kept)

    @property
    def extent(self) -> BackupExtent:
        return BackupExtent(self.manifest["extent"])

    def as_made(self, now: datetime) -> BackupMade:
        """As the store notes it: tried by being restored."""
        path, made_at = self.file.path.absolute(), datetime.fromtimestamp(self.file.at, UTC)
        why = BackupWhy.SCHEDULED if goes_by_itself(path.name) else BackupWhy.ASKED
        missing = len(self.manifest["missing"])
        return BackupMade(str(path), made_at, self.file.size, self.digest, why, self.extent, now, now, missing)

    def told(self) -> Restored:
        missing = tuple(self.manifest["missing"])
        return Restored(
            datetime.fromtimestamp(self.file.at, UTC),
            self.digest,
            self.extent,
            self.key,
            self.settings,
            missing=missing,
        )


def _key_for(file: BackupFile, wish: RestoreWish, settings: Settings, work: Path) -> Secret:
    """Of the store in it. The one at hand first."""
    at_hand = wish.key or _key_at_hand(settings)
    if at_hand is not None and file.is_sealed_by(at_hand):
        return at_hand
    if at_hand is not None and is_of_this_store(settings, at_hand):
        raise WorkFailed(
            f"{file.path} is a backup of another store: the key of the one in {settings.data_dir} did not make it",
            remedy="Nothing was changed. Is it the backup of another case or set-up? Restore that into a folder of its "
            "own: --config ANOTHER/config.toml --data-dir ANOTHER/data --identity FILE.",
        )
    if wish.identity is None:
        why = "the key at hand is another" if at_hand is not None else "there is none at hand"
        remedy = "Your identity opens the copy of it in the backup: --identity FILE (identity.age, or a file with the "
        remedy += "key from the recovery sheet)."
        if not file.has(BackupPart.KEY):
            remedy = "This backup has no copy of it, since no recipient was set: name a file with it: --store-key FILE."
        raise NeedsUser(f"the store's key is needed, and {why}", remedy=remedy)
    found = _key_inside(file, wish, wish.identity, work)
    if not file.is_sealed_by(found):
        raise file.broken(BackupPart.KEY, "its list was not made with the key that is in it: somebody changed it")
    return found


def _key_at_hand(settings: Settings) -> Secret | None:
    try:
        key = load_key(settings)
    except MonitorError:
        return None
    return key if re.fullmatch(r"[0-9a-f]{64}", key.value) else None


def is_of_this_store(settings: Settings, key: Secret) -> bool:
    """Whether there is a store with something in it, and that is its key. What `init` made and nobody used yet may be
    exchanged for another's: it is kept aside all the same."""
    path = settings.data_dir / FILE
    if not path.is_file() or not path.stat().st_size:
        return False
    try:  # by itself: as the program opens it, an older one would be brought up to date
        with closing(connect(path, key, Way.READ)) as reader:
            asked = "SELECT EXISTS (SELECT 1 FROM sightings) OR EXISTS (SELECT 1 FROM enrolled)"
            return bool(reader.execute(asked).fetchone()[0])
    except dbapi2.Error:
        return not isinstance(unreadable(path, key), Locked)  # damaged: some page was read with it


def _key_inside(file: BackupFile, wish: RestoreWish, identity: Path, work: Path) -> Secret:
    from monitor.vault.opening import needs_passphrase, opening

    if not file.has(BackupPart.KEY):
        raise WorkFailed(
            f"{file.path} has no copy of the store's key: no recipient was set when it was made",
            remedy="The key itself opens it, from a file: --store-key FILE.",
        )
    passphrase = wish.ask() if needs_passphrase(identity) else None
    if passphrase is None and needs_passphrase(identity):
        raise Locked(
            f"{identity} is under a passphrase, and there is no terminal to ask for it",
            remedy="Give it in the first line of a file: --passphrase-file FILE.",
        )
    sealed = work / _KEY_COPY
    unpack_member(file, file.member(BackupPart.KEY), sealed)
    try:
        with opening(identity, passphrase, wait=1.0) as unsealer:
            found = unsealer.read(sealed).decode("ascii", "replace").strip().lower()
    finally:
        sealed.unlink(missing_ok=True)
    if not re.fullmatch(r"[0-9a-f]{64}", found):
        raise file.broken(BackupPart.KEY, "it holds no key")
    return Secret(found)


def _manifest(file: BackupFile) -> dict[str, Any]:
    try:
        told = json.loads(file.content(BackupPart.MANIFEST))
        known = {
            "format": int(told["format"]),
            "extent": BackupExtent(told["extent"]),
            "revision": str(told["revision"]),
            "missing": [str(one) for one in told["missing"]],
        }
    except (ArithmeticError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise file.broken(BackupPart.MANIFEST, "it cannot be read") from error
    if known["format"] != _FORMAT or known["revision"] not in (tables.HEAD, *tables.OLDER):
        raise NewerStore(
            f"{file.path} was made by a newer version of this program",
            remedy="Install that version, or a newer one, then restore it. Nothing was changed.",
        )
    return known


def unpack_member(file: BackupFile, member: BackupMember, to: Path, mode: int = 0o600) -> None:
    """A new file, on the disk. Raises BackupBroken, OSError."""
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        for piece in file.pieces(member):
            target.write(piece)
        target.flush()
        os.fchmod(target.fileno(), mode)
        os.fsync(target.fileno())
