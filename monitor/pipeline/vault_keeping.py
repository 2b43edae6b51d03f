"""Which sealed files stay in the vault. A file goes only where its removal was asked for in so many words; one that no
row names is put aside and kept, for the store may be an older one that was restored, which knows nothing of it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model.removal import FileKind
from monitor.ports import Store
from monitor.vault.folder import STORE_KEY, sync_folder

STRAY = "stray"
"""A folder in the vault."""

IN_WORK = timedelta(hours=1)
"""Younger files are left alone: another process may be about to write their row."""

_AGAIN = re.compile(r"(.+)\.\d+(\.age)")  # NAME.2.age: the second file of that name that was put aside


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


def sweep_vault(*, store: Store, vault_dir: Path, now: datetime) -> Swept:
    """Puts aside what no row names, takes back what one names again. What is to go (`store.removals`) is left to
    `pipeline.removing`: it must not be kept by being put aside."""
    if not vault_dir.is_dir():
        return Swept()
    sealed = [path for path in vault_dir.iterdir() if path.suffix == ".age" and path.is_file()]
    # Read after the folder: whatever lay there with a row has it by now.
    named = {item.file.path for item in store.evidence.all()}
    returned = sum(_take_back(path, vault_dir, named) for path in _strays(vault_dir))
    keep = named | {STORE_KEY} | {item.path for item in store.removals.all() if item.kind is FileKind.SEALED}
    oldest_in_work = (now - IN_WORK).timestamp()
    stray = [path for path in sealed if path.name not in keep and path.stat().st_mtime < oldest_in_work]
    if stray:
        (vault_dir / STRAY).mkdir(mode=0o700, exist_ok=True)
    for path in stray:
        _move_aside(path)
    if stray or returned:
        sync_folder(vault_dir / STRAY)
        sync_folder(vault_dir)
    return Swept(len(stray), returned)


def strays(vault_dir: Path) -> Strays | None:
    found = [path.stat() for path in _strays(vault_dir)]
    if not found:
        return None
    since = datetime.fromtimestamp(min(one.st_ctime for one in found), UTC)
    return Strays(len(found), sum(one.st_size for one in found), since)


def _strays(vault_dir: Path) -> list[Path]:
    folder = vault_dir / STRAY
    return sorted(path for path in folder.glob("*.age") if path.is_file()) if folder.is_dir() else []


def put_aside(vault_dir: Path, file: str) -> list[Path]:
    """Every file that had this name in the vault."""
    return [path for path in _strays(vault_dir) if _first_name(path.name) == file]


def _first_name(name: str) -> str:
    again = _AGAIN.fullmatch(name)
    return again[1] + again[2] if again else name


def _take_back(path: Path, vault_dir: Path, named: set[str]) -> bool:
    """Only under its own name: of a second file of one name nobody knows which is the one."""
    return path.name in named and _moved(path, vault_dir / path.name)


def _move_aside(path: Path) -> None:
    folder, number = path.parent / STRAY, 1
    target = folder / path.name
    while not _moved(path, target):
        number += 1
        target = folder / f"{path.stem}.{number}{path.suffix}"


def _moved(path: Path, target: Path) -> bool:
    """Never over another file: False where there is one."""
    try:
        os.link(path, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):  # a file system without hard links
            raise
        if target.exists():
            return False
        path.rename(target)
        return True
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    return True
