"""The store's key, when it is lost: the identity opens the copy in the vault, which is tried on the store before
anything is written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from monitor import config
from monitor.config_edit import write_key_file
from monitor.errors import Locked, MonitorError, SealError, UsageError, WorkFailed
from monitor.model.settings import Secret, Settings
from monitor.store import keys
from monitor.vault.folder import STORE_KEY

_LONGEST_KEY = 200  # bytes, with what an editor may have put beside the 64 digits
WRONG_AFTER_S = 1.0  # until a wrong passphrase is told; the store, which counts them, is shut


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """file: None = the keyring. named: config.toml says so already."""

    file: Path | None
    named: bool

    @property
    def words(self) -> str:
        return str(self.file) if self.file else "the keyring"


def settings_without_key(path: Path | None) -> Settings:
    """As `config.load`, but the store's key may be missing. Raises ConfigError for anything else."""
    found = config.load(path, without_key=True)
    return replace(found, database=replace(found.database, key=None))


def recovered_key(settings: Settings, identity: Path, ask: Callable[[], Secret | None]) -> Secret:
    """ask: for the passphrase, where the identity is under one. Raises Locked, SealError, NeedsUser, StoreError."""
    from monitor.vault.opening import needs_passphrase, opening

    sealed = settings.vault_dir / STORE_KEY
    if not sealed.is_file():
        raise WorkFailed(
            f"there is no sealed copy of the key at {sealed}",
            remedy="Look for it in a backup of the data, and put it there. Where no evidence was ever kept, none was "
            "made: then only the key itself opens the store.",
        )
    passphrase = ask() if needs_passphrase(identity) else None
    if passphrase is None and needs_passphrase(identity):
        raise Locked(
            f"{identity} is under a passphrase, and there is no terminal to ask for it",
            remedy="Give it in the first line of a file: --passphrase-file FILE.",
        )
    with opening(identity, passphrase, wait=WRONG_AFTER_S) as unsealer:
        found = unsealer.read(sealed).decode("ascii", "replace").strip().lower()
    if not re.fullmatch(r"[0-9a-f]{64}", found):
        raise SealError(f"{sealed} holds no key", remedy="Take that file from a backup of the data.")
    key = Secret(found)
    _try(settings, key)
    return key


def _try(settings: Settings, key: Secret) -> None:
    from monitor.store.store import open_store

    try:
        open_store(replace(settings, database=replace(settings.database, key=key)), to_read=True).close()
    except Locked as error:
        raise WorkFailed(
            f"the key in {settings.vault_dir / STORE_KEY} is not that of the store in {settings.data_dir}: the two "
            "come from different set-ups, or from backups of different days",
            remedy="Take both from the same backup. Nothing was changed.",
        ) from error


def place_of_key(settings: Settings, to: Path | None, environ: Mapping[str, str] = os.environ) -> KeyPlace:
    """Where it is written. to: as the person says; else as config.toml does, else the keyring. Raises UsageError."""
    named = config.key_file_named(settings.path) if settings.path else None
    if to is not None:
        refuse_place(to, settings.data_dir, settings.path)
        return KeyPlace(to.absolute(), named == to.absolute())
    if named is not None:
        return KeyPlace(named, True)
    if not keys.has_keyring():
        raise UsageError(
            "it has to be said where the key is to lie: this machine has no keyring, and config.toml names no file",
            remedy="A file outside the data, on a stick say: --to FILE.",
        )
    return KeyPlace(None, True)


def refuse_place(to: Path, data_dir: Path, config_path: Path | None) -> None:
    """config_path: of the configuration, also of one that is yet to be written. Raises UsageError where the key would
    lie with the data, or come into the place of something else, which would be put aside for it or come into its."""
    keys.refuse_inside(to, data_dir)
    if config_path is not None:
        beside = config_path.resolve().parent
        folders = (beside / "watchlists", beside / "channels.d")
        if to.resolve() == config_path.resolve() or any(to.resolve().is_relative_to(folder) for folder in folders):
            raise UsageError(
                f"{to} is a place of the configuration, and the key needs a file of its own",
                remedy="Name another one: --to FILE.",
            )
    if to.is_dir():
        raise UsageError(f"{to} is a folder", remedy="Name a file in it: --to FOLDER/store.key.")
    if to.exists() and not _may_be_key(to):
        raise UsageError(
            f"{to} holds something else than a key, and stays as it is", remedy="Name another one: --to FILE."
        )


def _may_be_key(file: Path) -> bool:
    """Also what is left of one."""
    try:
        with file.open("rb") as content:
            return re.fullmatch(rb"\s*[0-9a-fA-F]{0,64}\s*", content.read(_LONGEST_KEY)) is not None
    except OSError:
        return False


def put_key(key: Secret, place: KeyPlace, settings: Settings) -> Path | None:
    """Where a file that was no right key lay in its place: it is kept beside it. Raises UsageError, WorkFailed,
    StoreError."""
    if place.file is None:
        keys.save_to_keyring(key, settings.data_dir)
        return None
    aside = _put_aside(place.file)
    keys.save_key_file(key, place.file, data_dir=settings.data_dir)
    if not place.named and settings.path is not None:
        write_key_file(settings.path, place.file)
    return aside


def _put_aside(file: Path) -> Path | None:
    if not file.exists():
        return None
    if file.is_dir():  # as config.toml names it
        raise WorkFailed(f"{file} is a folder, where the key is to lie", remedy="Name a file: --to FILE.")
    names = (file.with_name(f"{file.name}.old-{number}") for number in range(1, 1000))
    aside = next(path for path in names if not path.exists())
    try:
        file.rename(aside)
    except OSError as error:
        raise WorkFailed(f"{file} cannot be put aside: {error.strerror}", remedy="Name another: --to FILE.") from error
    return aside


def is_in_place(path: Path | None, key: Secret) -> bool:
    """The key is where the program looks for it already."""
    try:
        return keys.load_key(config.load(path)).value == key.value
    except MonitorError:
        return False
