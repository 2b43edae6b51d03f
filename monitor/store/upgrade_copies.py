"""The store as it stood before an upgrade, beside it: an upgrade changes the only one there is.

Encrypted with the same key. How to go back to one stands in `way_back`: the version before knows nothing of these, so
it is a line for the shell.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import NoWriting
from monitor.model.settings import Secret
from monitor.store.copying import PART, copy_store, free_bytes, room_for_copy

COPIES = "upgrade-copies"
"""The folder in `data_dir`."""

MOST_KEPT_COPIES = 3

LEFT = "left"
"""The folder in `COPIES` where `way_back` puts the newer store aside; `left-2` the second time."""
_LEFT_NAME = re.compile(rf"{LEFT}(?:-\d{{1,3}})?")

_NAME = re.compile(r"store-r(\d{4})-(\d{8}T\d{6})Z\.db")
_STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class UpgradeCopy:
    """revision: of the schema, as the version before wrote it."""

    path: Path
    revision: str
    at: datetime


def copies_in(data_dir: Path) -> Sequence[UpgradeCopy]:
    """The newest first. What has another name is none of ours."""
    found = []
    with suppress(OSError):
        for path in (data_dir / COPIES).iterdir():
            if (name := _NAME.fullmatch(path.name)) and path.is_file() and not path.is_symlink():
                with suppress(ValueError):
                    at = datetime.strptime(name[2], _STAMP).replace(tzinfo=UTC)
                    found.append(UpgradeCopy(path, name[1], at))
    return sorted(found, key=lambda copy: (copy.at, copy.revision), reverse=True)


def keep_before_upgrade(path: Path, key: Secret, revision: str, now: datetime) -> UpgradeCopy:
    """Of the store at `path`. Of one revision the newest copy stays: an upgrade that is cut off again and again pushes
    out none of another. Raises NoWriting, before anything is changed, where there is no room for the copy and for the
    upgrade itself, which writes at most as much again; StoreError."""
    folder = path.parent / COPIES
    needed, free = 2 * room_for_copy(path), free_bytes(path.parent)
    if free < needed:
        raise NoWriting(
            f"this version has to upgrade the store {path} first, and keeps a copy of it before it does: the disk has "
            f"{_mb(free)} MB free, and {_mb(needed)} MB are needed; nothing was changed",
            is_full=True,
            remedy="Make room on that disk, and run this command again. Until then the version before still works.",
        )
    with suppress(FileExistsError):
        _made(folder)
    for half in folder.glob(f"store-r*.db{PART}*"):  # of an upgrade that was cut off: nobody else upgrades now
        half.unlink(missing_ok=True)
    copy = UpgradeCopy(folder / f"store-r{revision}-{now:{_STAMP}}Z.db", revision, now)
    copy_store(path, key, copy.path)
    others = [one for one in copies_in(path.parent) if one.path != copy.path]
    stay = [one for one in others if one.revision != revision][: MOST_KEPT_COPIES - 1]
    for one in others:
        if one not in stay:
            one.path.unlink(missing_ok=True)
    return copy


def forget_copies(data_dir: Path, before: datetime | None = None) -> int:
    """Those that were made before then; None: all, and what was left aside, for what must not stay anywhere. Raises
    OSError."""
    going = [one.path for one in copies_in(data_dir) if before is None or one.at < before]
    if before is None:
        going += files_of_copies(data_dir)
    for path in dict.fromkeys(going):
        path.unlink(missing_ok=True)
    return len(set(going))


def files_of_copies(data_dir: Path) -> Sequence[Path]:
    """Every file that an upgrade or `way_back` may have put below `COPIES`, half-written ones too."""
    folder = data_dir / COPIES
    if folder.is_symlink():
        return []
    aside = [file for left in left_folders(data_dir) for file in sorted(left.glob("store.db*"))]
    return [path for path in (*sorted(folder.glob("store-r*.db*")), *aside) if path.is_file() and not path.is_symlink()]


def way_back(copy: UpgradeCopy, path: Path) -> str:
    """The line for the shell, once the daemon is stopped. path: of the store. The newer one is kept, with its journal:
    what was found since the upgrade is in it alone."""
    here, aside = shlex.quote(str(path.parent)), shlex.quote(str(_free_folder(path.parent)))
    back = f"cp -p {shlex.quote(str(copy.path))} {shlex.quote(str(path))}"
    return f"mkdir {aside} && mv {here}/{path.name}* {aside}/ && {back}"


def _free_folder(data_dir: Path) -> Path:
    """Where nobody put one aside before: whoever goes back twice loses neither."""
    folder = data_dir / COPIES
    names = (LEFT, *(f"{LEFT}-{number}" for number in range(2, 1000)))
    return next(one for name in names if not os.path.lexists(one := folder / name))


def left_folders(data_dir: Path) -> Sequence[Path]:
    """Those that are there."""
    found = (data_dir / COPIES).glob(f"{LEFT}*")
    return sorted(one for one in found if _LEFT_NAME.fullmatch(one.name) and one.is_dir() and not one.is_symlink())


def _made(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise
    except OSError as error:
        raise NoWriting(
            f"no folder for a copy of the store can be made in {folder.parent}: {error.strerror}; the store was not "
            "upgraded",
            is_full=False,
            remedy="Look at who may write in that folder, then run this command again.",
        ) from error


def _mb(size: int) -> int:
    return -(-size // 1_000_000)
