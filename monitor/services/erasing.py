"""`erase`: everything of this installation goes. The keys first, so that what is left of the rest, should the work be
cut off, opens no more; the configuration last, so that the command can be given again.

Only what the program wrote goes, as `erasing_marks` knows it, and never through a link: whatever cannot be known to be
the program's is named, and stays. The folder of config.toml and `data_dir` are the person's word: they may be reached
through one.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.config_edit import KEPT_ASIDE, SECRETS
from monitor.config_places import PREFIX
from monitor.errors import MonitorError
from monitor.model.removal import Left, half_written, is_sitting
from monitor.model.settings import Settings
from monitor.services import erasing_marks as marks
from monitor.services.erasing_copies import files_of_kept_copies, folders_of_kept_copies
from monitor.store import keys
from monitor.store.lock import LOCK_FILE, OPEN_FILE, UPGRADE_FILE, DaemonLock
from monitor.store.opening import FILE
from monitor.store.reserve import RESERVE_FILE
from monitor.store.upgrade_copies import COPIES, files_of_copies, left_folders
from monitor.vault.folder import STORE_KEY, STRAY, sync_folder

DRAFTS_LEFT = "erase.drafts"
"""In `data_dir` while the work goes on: where drafts lie. The store that knows it opens no more without its key."""

_STORE = tuple(f"{FILE}{end}" for end in ("-wal", "-shm", "-journal", ""))
_LOCKS = (OPEN_FILE, UPGRADE_FILE, LOCK_FILE)
_RESERVE = (RESERVE_FILE, f"{RESERVE_FILE}.part", "stall.json")  # and what the daemon wrote beside the store
_IDENTITIES = ("identity.age", "identity.txt", "recovery-sheet*.txt")  # the key may stand on a sheet
_A_LINK = "a link, and what it leads to may be yours"
_NOT_KNOWN = "it cannot be known to be the program's"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What would go. key_file: the store's, None where it is elsewhere. drafts: all that are known, wherever they lie.
    knows_all: the store could be asked for them. stays: what looks like a part of it or is named by the configuration,
    and is not known to be the program's."""

    key_file: Path | None
    identities: tuple[Path, ...]
    sealed: tuple[Path, ...]
    drafts: tuple[Path, ...]
    store_files: tuple[Path, ...]
    settings: tuple[Path, ...]
    folders: tuple[Path, ...]
    knows_all: bool
    stays: tuple[Left, ...] = ()
    key_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """gone: files. left: what could not be removed, and why."""

    gone: int
    left: tuple[Left, ...]


def plan_erasure(settings: Settings, drafts: Iterable[str] | None, environ: Mapping[str, str] = os.environ) -> Erasure:
    """Changes nothing. drafts: their places by the store's word; None where it does not open."""
    told, settings = settings.data_dir.absolute(), _real(settings)
    home = settings.path.parent if settings.path else None
    named = list(_named_files(settings.path)) if settings.path else []
    key_file = next((path for key, path in named if key == ("database", "key_file")), None)
    if key_file is not None:
        named = [(key, path) for key, path in named if path != key_file]
        key_file = key_file.parent.resolve() / key_file.name
    known = _drafts_by_list(settings) if drafts is None else [*drafts, *(_drafts_by_list(settings) or ())]
    if known is not None:
        known = [_moved(place, told, settings.data_dir) for place in known]
    found = _Sorted([], [])
    keys_of_store = found.take([key_file, *_keys_before(key_file)], marks.is_store_key)
    identities = found.take(_identities(home), marks.is_identity)
    return Erasure(
        key_file=key_file if key_file in keys_of_store else None,
        identities=(*identities, *(path for path in keys_of_store if path != key_file)),
        sealed=tuple(found.take(_in_vault(settings.vault_dir, found), marks.is_vault_file)),
        drafts=(written := tuple(found.take(*_drafts(settings, known, found)))),
        store_files=tuple(found.take(_store_files(settings), marks.is_ordinary)),
        settings=tuple(_settings(settings, [path for _, path in named], found)),
        folders=(*_sittings(written), *_folders(settings)),
        knows_all=known is not None,
        stays=tuple({item.path: item for item in found.stays}.values()),
        key_elsewhere=_is_elsewhere(environ),
    )


def _real(settings: Settings) -> Settings:
    """The folders that the person named, wherever they are."""
    path = settings.path.parent.resolve() / settings.path.name if settings.path else None
    lists = settings.watchlist_dir.parent.resolve() / settings.watchlist_dir.name
    return replace(settings, path=path, data_dir=settings.data_dir.resolve(), watchlist_dir=lists)


def _moved(place: str, told: Path, real: Path) -> str:
    """told: `data_dir` as it is named."""
    return str(real / Path(place).relative_to(told)) if Path(place).is_relative_to(told) else place


def _is_through_a_link(path: Path) -> bool:
    """The store has real places, and so have the settings here."""
    return path.parent.resolve() != path.parent


@dataclass(frozen=True, slots=True)
class _Sorted:
    """goes, stays: as far as it was looked at."""

    goes: list[Path]
    stays: list[Left]

    def take(self, paths: Iterable[Path | None], is_own: Callable[[Path], bool]) -> list[Path]:
        """Those that go, each once; what is there and stays is noted."""
        taken = list[Path]()
        for path in paths:
            if path is None or path in self.goes or not os.path.lexists(path):
                continue
            if is_own(path) and not _is_through_a_link(path):
                self.goes.append(path)
                taken.append(path)
            else:
                self.keep(path)
        return taken

    def keep(self, path: Path) -> None:
        self.stays.append(Left(str(path), _A_LINK if path.is_symlink() or _is_through_a_link(path) else _NOT_KNOWN))

    def within(self, folder: Path, pattern: str = "*") -> list[Path]:
        """What is in it; nothing of a link, which is noted."""
        if folder.is_symlink():
            self.keep(folder)
            return []
        return sorted(folder.glob(pattern)) if folder.is_dir() else []


def _identities(home: Path | None) -> Iterator[Path]:
    """And what else opens everything."""
    return (path for name in _IDENTITIES for path in sorted(home.glob(name))) if home else iter(())


def _keys_before(key_file: Path | None) -> list[Path]:
    """What `recover-key` put aside: it may be the key of an older copy of the store."""
    return sorted(key_file.parent.glob(f"{key_file.name}.old-*")) if key_file else []


def _in_vault(vault: Path, found: _Sorted) -> list[Path]:
    """The store's key first."""
    there = [path for path in found.within(vault) if path.name != STRAY or path.is_symlink()]
    there += found.within(vault / STRAY) if marks.is_folder(vault) else []
    return sorted(there, key=lambda path: (path.name != STORE_KEY, path.parent, path.name))


def _drafts(
    settings: Settings, known: Iterable[str] | None, found: _Sorted
) -> tuple[list[Path], Callable[[Path], bool]]:
    """What may be one, and what is."""
    named = [Path(place) for path in known or () for place in (path, half_written(path))]
    lying = [path for path in _below(settings.data_dir / "drafts", found) if not marks.is_folder(path)]
    if known is None:
        return lying, marks.is_draft
    sure = set(named)
    return [*sorted(sure), *lying], lambda path: path in sure and marks.is_ordinary(path)


def _below(folder: Path, found: _Sorted) -> Iterator[Path]:
    for path in found.within(folder):
        yield path
        if marks.is_folder(path):
            yield from _below(path, found)


def _settings(settings: Settings, named: Iterable[Path], found: _Sorted) -> Iterator[Path]:
    """The configuration itself last."""
    yield from found.take(found.within(settings.watchlist_dir, "*.toml"), marks.is_watchlist)
    if settings.path is None:
        return
    if settings.channels_dir:
        yield from found.take(found.within(settings.channels_dir, "*.toml"), marks.is_own_check)
    asked_for, named = found.within(settings.path.parent / SECRETS), set(named)
    yield from found.take(asked_for, lambda path: marks.is_secret(path, named))
    found.take(sorted(named), lambda _: False)
    aside = [*found.within(settings.path.parent, f"{settings.path.name}{KEPT_ASIDE}*")]
    yield from found.take([*aside, *found.within(settings.watchlist_dir, f"*.toml{KEPT_ASIDE}*")], marks.is_ordinary)
    half = settings.path.with_name(f".{settings.path.name}.part")  # of an edit that was cut off
    yield from found.take([half, settings.path], marks.is_ordinary)


def _store_files(settings: Settings) -> list[Path]:
    data_dir = settings.data_dir
    own = (data_dir / name for name in (*_STORE, *_RESERVE))
    return [*own, *files_of_copies(data_dir), *files_of_kept_copies(settings)]


def _sittings(drafts: Iterable[Path]) -> list[Path]:
    """Folders that the program made elsewhere than in `data_dir`."""
    return sorted({path.parent for path in drafts if is_sitting(path.parent)})


def _folders(settings: Settings) -> tuple[Path, ...]:
    """Those within another first."""
    written = settings.data_dir / "drafts"
    within = sorted((path for path in _below(written, _Sorted([], [])) if marks.is_folder(path)), reverse=True)
    channels = (settings.channels_dir,) if settings.channels_dir else ()
    asked_for = (settings.path.parent / SECRETS,) if settings.path else ()
    vault = settings.vault_dir
    copies = settings.data_dir / COPIES
    return (
        *left_folders(settings.data_dir),
        copies,
        *folders_of_kept_copies(settings),
        vault / STRAY,
        vault,
        *within,
        written,
        settings.data_dir,
        settings.watchlist_dir,
        *channels,
        *asked_for,
    )


def _drafts_by_list(settings: Settings) -> list[str] | None:
    """Of an `erase` that was cut off; None where there is no such list."""
    path = settings.data_dir / DRAFTS_LEFT
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            known = json.loads(file.read())
    except (OSError, ValueError):
        return None
    return [one for one in known if isinstance(one, str)] if isinstance(known, list) else None


def _note_drafts(settings: Settings, drafts: Iterable[Path]) -> None:
    """Raises OSError."""
    path = settings.data_dir / DRAFTS_LEFT
    part = path.with_name(half_written(path.name))
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
        file.write(json.dumps([str(path) for path in drafts]).encode())
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    sync_folder(path.parent)


def erase_all(plan: Erasure, settings: Settings) -> Erased:
    """Can be done again, whatever cut it off. Raises StoreError while a daemon runs: nothing is removed then."""
    settings, left, gone = _real(settings), list[Left](), 0
    with DaemonLock(settings.data_dir):
        if plan.knows_all:
            with suppress(OSError):  # a full disk hinders nothing
                _note_drafts(settings, plan.drafts)
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
            *(settings.data_dir / name for name in (half_written(DRAFTS_LEFT), DRAFTS_LEFT)),
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
    """What lies there is another key, in the same place on most disks; the configuration that names it still reads.
    One with a second name (a hard link) is left as it is: only its name here goes. Raises OSError, for a link too."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "r+b") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            return
        size = found.st_size
        file.write(secrets.token_hex(max(32, size // 2 + 1)).encode()[: max(64, size)])
        file.flush()
        os.fsync(file.fileno())
        file.truncate(64)
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    if path.is_symlink() or _is_through_a_link(path):  # since it was planned
        raise OSError(0, _A_LINK)
    path.unlink()
    with suppress(OSError):  # a folder of a kind of disk that cannot be synced
        sync_folder(path.parent)


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
                yield (section, key), (home / Path(os.path.expanduser(one))).absolute()
            else:
                yield from _files_in(section, one, home)
    elif isinstance(value, list):
        for one in value:
            yield from _files_in(section, one, home)


def _is_elsewhere(environ: Mapping[str, str]) -> bool:
    """The store's key comes from where a command cannot take it away."""
    credential = Path(environ.get("CREDENTIALS_DIRECTORY", "/nowhere"), "database.key")
    return any(name.startswith(f"{PREFIX}DATABASE__KEY") for name in environ) or credential.is_file()
