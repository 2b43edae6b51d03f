"""`erase`: everything of this installation goes. The keys first, so that what is left of the rest, should the work be
cut off, opens no more; the configuration last, so that the command can be given again.

Only what the program wrote goes, by its names: a `data_dir` that holds other things keeps them.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from monitor.config_edit import SECRETS
from monitor.config_places import PREFIX
from monitor.errors import MonitorError
from monitor.model.removal import Left, half_written, is_sitting
from monitor.model.settings import Settings
from monitor.store import keys
from monitor.store.lock import LOCK_FILE, UPGRADE_FILE, DaemonLock
from monitor.store.opening import FILE
from monitor.vault.folder import STRAY, sync_folder

_STORE = tuple(f"{FILE}{end}" for end in ("-wal", "-shm", "-journal", ""))
_LOCKS = (UPGRADE_FILE, LOCK_FILE)
_IDENTITIES = ("identity.age", "identity.txt", "recovery-sheet*.txt")  # the key may stand on a sheet


@dataclass(frozen=True, slots=True)
class Erasure:
    """What would go. key_file: the store's, None where it is elsewhere. drafts: all that are known, wherever they lie.
    knows_all: the store could be asked for them. others: files that the configuration names and that lie elsewhere."""

    key_file: Path | None
    identities: tuple[Path, ...]
    sealed: tuple[Path, ...]
    drafts: tuple[Path, ...]
    store_files: tuple[Path, ...]
    settings: tuple[Path, ...]
    folders: tuple[Path, ...]
    knows_all: bool
    others: tuple[Path, ...] = ()
    key_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """gone: files. left: what could not be removed, and why."""

    gone: int
    left: tuple[Left, ...]


def plan_erasure(settings: Settings, drafts: Iterable[str] | None, environ: Mapping[str, str] = os.environ) -> Erasure:
    """Changes nothing. drafts: their places by the store's word; None where it does not open."""
    home = settings.path.parent if settings.path else None
    named = list(_named_files(settings.path)) if settings.path else []
    key_file = next((path for key, path in named if key == ("database", "key_file")), None)
    more = [path for key, path in named if path != key_file]
    beside = [path for path in more if home is not None and path.is_relative_to(home)]
    beside += [path for path in _asked_for(home) if path not in more]
    written = _drafts(settings, drafts or ())
    return Erasure(
        key_file=next(_files([key_file]), None),
        identities=(*_identities(home), *_keys_before(key_file)),
        sealed=tuple(_sealed(settings.vault_dir)),
        drafts=written,
        store_files=tuple(path for name in _STORE if (path := settings.data_dir / name).exists()),
        settings=_settings(settings, beside),
        folders=(*_sittings(written), *_folders(settings)),
        knows_all=drafts is not None,
        others=tuple(_files(path for path in more if path not in beside)),
        key_elsewhere=_is_elsewhere(environ),
    )


def _files(paths: Iterable[Path | None]) -> Iterator[Path]:
    """Those that are there."""
    return (path for path in paths if path is not None and path.is_file())


def _identities(home: Path | None) -> Iterator[Path]:
    """And what else opens everything."""
    return _files(path for name in _IDENTITIES for path in sorted(home.glob(name))) if home else iter(())


def _keys_before(key_file: Path | None) -> Iterator[Path]:
    """What `recover-key` put aside: it may be the key of an older copy of the store."""
    return _files(sorted(key_file.parent.glob(f"{key_file.name}.old-*")) if key_file else ())


def _asked_for(home: Path | None) -> list[Path]:
    """Secrets that commands asked for, those that the configuration names no more too."""
    return sorted(home.joinpath(SECRETS).glob("*")) if home else []


def _drafts(settings: Settings, known: Iterable[str]) -> tuple[Path, ...]:
    lying = {path for path in (settings.data_dir / "drafts").rglob("*") if path.is_file() or path.is_symlink()}
    named = {Path(place) for path in known for place in (path, half_written(path))}
    return tuple(sorted(lying | set(_files(named))))


def _settings(settings: Settings, beside: Iterable[Path]) -> tuple[Path, ...]:
    """The configuration itself last."""
    folders = [folder for folder in (settings.watchlist_dir, settings.channels_dir) if folder]
    lists = [path for folder in folders for path in sorted(folder.glob("*.toml"))]
    return (*lists, *_files(beside), *((settings.path,) if settings.path else ()))


def _sittings(drafts: Iterable[Path]) -> list[Path]:
    """Folders that the program made elsewhere than in `data_dir`."""
    return sorted({path.parent for path in drafts if is_sitting(path.parent)})


def _folders(settings: Settings) -> tuple[Path, ...]:
    """Those within another first."""
    written = settings.data_dir / "drafts"
    within = sorted((path for path in written.rglob("*") if path.is_dir()), reverse=True)
    channels = (settings.channels_dir,) if settings.channels_dir else ()
    asked_for = (settings.path.parent / SECRETS,) if settings.path else ()
    vault = settings.vault_dir
    return (vault / STRAY, vault, *within, written, settings.data_dir, settings.watchlist_dir, *channels, *asked_for)


def erase_all(plan: Erasure, settings: Settings) -> Erased:
    """Can be done again, whatever cut it off. Raises StoreError while a daemon runs: nothing is removed then."""
    left, gone = list[Left](), 0
    with DaemonLock(settings.data_dir):
        try:
            keys.forget_in_keyring(settings.data_dir)
        except MonitorError as error:
            left.append(Left("the store's key in the keyring", str(error)))
        for path in (plan.key_file, *plan.identities):
            if path is not None:
                _try(path, make_useless, left)
        locks = [settings.data_dir / name for name in _LOCKS]  # one is this work's own
        for path in (
            *plan.identities,
            *plan.sealed,
            *plan.drafts,
            *plan.store_files,
            *locks,
            *plan.settings,
            plan.key_file,
        ):
            if path is not None:
                gone += _try(path, _remove, left)
        for folder in plan.folders:
            with suppress(OSError):  # something is left in it
                folder.rmdir()
    return Erased(gone, tuple({item.path: item for item in left}.values()))


def _try(path: Path, work: Callable[[Path], None], left: list[Left]) -> int:
    try:
        work(path)
    except FileNotFoundError:
        return 0
    except OSError as error:
        left.append(Left(str(path), error.strerror or str(error)))
        return 0
    return 1


def make_useless(path: Path) -> None:
    """What lies there is another key, in the same place on most disks; the configuration that names it still reads."""
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        file.write(secrets.token_hex(max(32, size // 2 + 1)).encode()[: max(64, size)])
        file.flush()
        os.fsync(file.fileno())
        file.truncate(64)
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    path.unlink()
    with suppress(OSError):  # a folder of a kind of disk that cannot be synced
        sync_folder(path.parent)


def _sealed(vault: Path) -> Iterator[Path]:
    """The store's key first."""
    for folder in (vault, vault / STRAY):
        if folder.is_dir():
            found = [path for path in folder.iterdir() if path.name.endswith(".age") or path.name.startswith(".part-")]
            yield from sorted(found, key=lambda path: (path.name != "store-key.age", path.name))


def _named_files(config: Path) -> Iterator[tuple[tuple[str, str], Path]]:
    """(section, key) and the file: whatever ends in `_file`."""
    try:
        content = tomllib.loads(config.read_bytes().decode().replace("\r\n", "\n"))
    except (OSError, ValueError):
        return
    for section, table in content.items():
        yield from _files_in(section, table, config.parent)


def _files_in(section: str, value: object, home: Path) -> Iterator[tuple[tuple[str, str], Path]]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key.endswith("_file") and isinstance(one, str):
                yield (section, key), (home / Path(one).expanduser()).absolute()
            else:
                yield from _files_in(section, one, home)
    elif isinstance(value, list):
        for one in value:
            yield from _files_in(section, one, home)


def _is_elsewhere(environ: Mapping[str, str]) -> bool:
    """The store's key comes from where a command cannot take it away."""
    credential = Path(environ.get("CREDENTIALS_DIRECTORY", "/nowhere"), "database.key")
    return any(name.startswith(f"{PREFIX}DATABASE__KEY") for name in environ) or credential.is_file()
