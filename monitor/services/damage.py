"""A store that is damaged: what is wrong with it, a copy of it as it is, and the newest backup that holds, by name.

Nothing is mended by itself, and nothing is made anew: what can still be read of the damaged one may be all there is of
the last days.
"""

from __future__ import annotations

import shlex
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from monitor.clock import utc_now
from monitor.config_places import calling
from monitor.documents.times import utc_words
from monitor.errors import DamagedStore, Locked, MonitorError, StoreError
from monitor.model.settings import Secret, Settings
from monitor.services.backup_file import BackupFile
from monitor.services.backup_place import backup_folder, own_backups
from monitor.services.on_server import is_on_server
from monitor.store.copying import free_bytes, sync_file, wrong_pages
from monitor.store.failures import RESTORE, STORE_PAGE
from monitor.store.keys import load_key
from monitor.store.opening import FILE
from monitor.store.swapping import DAMAGED_BEGINS

_FILES = (FILE, f"{FILE}-wal")
_MOST_TRIED = 5  # backups, newest first: each is read to its last byte
_SPARE = 64 * 1024 * 1024
MOST_BYTES_CHECKED = 256 * 1024 * 1024
"""At each start of the daemon: a second or two. Of a larger store what is wrong shows when it is read."""


def with_way_back(error: DamagedStore | Locked, settings: Settings) -> DamagedStore | Locked:
    """The same, with what can be done about it here. Where the key does not open the store and has made a backup of it,
    the key is right, and the store's first page is damaged. Never raises."""
    key = _key(settings)
    if isinstance(error, Locked) and key is None:
        return error
    backup = newest_that_holds(settings, key)
    if isinstance(error, Locked):
        if backup is None:
            return error
        told = f"the store {settings.data_dir / FILE} is damaged: its key is right, and does not open it"
    else:
        pages = _wrong_pages(settings, key)
        told = f"{error} ({pages})" if pages else str(error)
    aside = _copied_aside(settings)
    kept = f"It was copied as it is to {aside}. " if aside is not None else ""
    if backup is None:
        return DamagedStore(told, remedy=f"{kept}{error.remedy}")
    path, at = backup
    command = f"{calling(settings.path)} restore {shlex.quote(str(path))}"
    return DamagedStore(
        told,
        remedy=f"{kept}The newest backup that holds is of {utc_words(at)}. Stop the daemon, then: {command}",
    )


def damage_of(error: StoreError, settings: Settings) -> DamagedStore | None:
    """Met in the midst of work: whether it is the store that is not as it was written, and then with what can be done.
    None where the disk has another trouble."""
    if not isinstance(error, DamagedStore) and not _wrong_pages(settings, _key(settings)):
        return None
    damaged = DamagedStore(f"the store {settings.data_dir / FILE} is damaged", remedy=RESTORE)
    found = with_way_back(damaged, settings)
    return found if isinstance(found, DamagedStore) else damaged


def refuse_damaged(settings: Settings) -> None:
    """Each page of one of usual size: what nothing reads at a start may be what the first find needs. Raises
    DamagedStore."""
    path = settings.data_dir / FILE
    with suppress(OSError):
        if 0 < path.stat().st_size <= MOST_BYTES_CHECKED and (found := damage_of(StoreError("", remedy=""), settings)):
            raise found


def newest_that_holds(settings: Settings, key: Secret | None) -> tuple[Path, datetime] | None:
    """Of those that the program named, where they go by schedule. With the key, also that it is of this store."""
    for path in own_backups(backup_folder(settings), utc_now())[:_MOST_TRIED]:
        with suppress(MonitorError, OSError), BackupFile(path) as file:
            file.check()
            if key is None or file.is_sealed_by(key):
                return path, datetime.fromtimestamp(file.at, UTC)
    return None


def _key(settings: Settings) -> Secret | None:
    try:
        return load_key(settings)
    except MonitorError:
        return None


def _wrong_pages(settings: Settings, key: Secret | None) -> str:
    """In words; '' where each is as it was written. Looked at twice: somebody may be writing it. '' too where none is:
    then it is the key that is another one, which is said when the store is opened."""
    path, pages = settings.data_dir / FILE, list[int]()
    if is_on_server(settings):
        return ""
    with suppress(OSError):
        for _ in range(2):
            if key is None or not path.stat().st_size or not (pages := wrong_pages(path, key)):
                return ""
        if len(pages) >= path.stat().st_size // STORE_PAGE:
            return ""
    if len(pages) == 1:
        return f"part {pages[0]} of it is not as it was written"
    return f"{len(pages)} parts of it are not as they were written, the first of them part {pages[0]}"


def _copied_aside(settings: Settings) -> Path | None:
    """Once for each file that stood there as the store, however often its damage is met and whatever is still written
    to it; a restored one is another file. None where there is nothing in it, or no room."""
    path = settings.data_dir / FILE
    try:
        found = path.stat()
        if not found.st_size:
            return None
        of_this = f"-{found.st_ino}"
        for folder in sorted(settings.data_dir.glob(f"{DAMAGED_BEGINS}*{of_this}")):
            if (folder / FILE).is_file():
                return folder
        files = [path.with_name(name) for name in _FILES if path.with_name(name).exists()]
        if free_bytes(settings.data_dir) < sum(one.stat().st_size for one in files) + _SPARE:
            return None
        folder = settings.data_dir / f"{DAMAGED_BEGINS}{utc_now():%Y%m%dT%H%M%SZ}{of_this}"
        folder.mkdir(mode=0o700)
        for one in files:
            shutil.copy2(one, folder / one.name)
            sync_file(folder / one.name)
        sync_file(folder)
        return folder
    except OSError:
        return None
