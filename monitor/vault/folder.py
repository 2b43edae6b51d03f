"""What lies in the vault, without sealing or opening: what only sweeps and removes loads no cipher."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG

from monitor.model.removal import PutAside, TakenAway

STORE_KEY = "store-key.age"
STRAY = "stray"
"""A folder in the vault."""

HALF_SEALED = ".part-"
"""What the name of a file begins with until it is whole."""

_ENDING = ".age"
_AGAIN = re.compile(r"(.+)\.\d+(\.age)")  # NAME.2.age: the second file of that name that was put aside


class VaultFolder:
    """`monitor.ports.SealedFiles`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> Mapping[str, datetime]:
        if not self.folder.is_dir():
            return {}
        found: dict[str, datetime] = {}
        for path in self.folder.iterdir():
            if path.suffix == _ENDING and path.name != STORE_KEY and not path.name.startswith(HALF_SEALED):
                with contextlib.suppress(FileNotFoundError):  # it went meanwhile
                    stat = path.stat()
                    if S_ISREG(stat.st_mode):
                        found[path.name] = _time(stat.st_mtime)
        return found

    def aside(self) -> Mapping[str, Sequence[PutAside]]:
        found: dict[str, list[PutAside]] = {}
        for path in self._strays():
            stat = path.stat()
            found.setdefault(_first_name(path.name), []).append(PutAside(stat.st_size, _time(stat.st_ctime)))
        return found

    def put_aside(self, names: Iterable[str]) -> int:
        paths = [self.folder / name for name in names]
        if paths:
            (self.folder / STRAY).mkdir(mode=0o700, exist_ok=True)
        moved = 0
        for path in paths:
            with contextlib.suppress(FileNotFoundError):  # it went meanwhile
                _move_aside(path)
                moved += 1
        if moved:
            self._sync()
        return moved

    def take_back(self, names: Iterable[str]) -> int:
        """Only under its own name: of a second file of one name nobody knows which is the one."""
        wanted = set(names)
        returned = sum(path.name in wanted and _moved(path, self.folder / path.name) for path in self._strays())
        if returned:
            self._sync()
        return returned

    def remove(self, *names: str) -> Mapping[str, TakenAway]:
        found = {name: _taken_away([self.folder / name, *self._put_aside(name)]) for name in names}
        if any(taken.gone for taken in found.values()):
            with contextlib.suppress(OSError):  # a folder of a kind of disk that cannot be synced
                self._sync()
        return found

    def sweep_halves(self) -> int:
        """Removes what a killed process left half written: ciphertext that nothing names. Returns how many."""
        gone = 0
        for path in self.folder.glob(f"{HALF_SEALED}*"):
            with contextlib.suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused where its writer is still at it
                path.unlink()
                gone += 1
        return gone

    def why_not_there(self, *, had_key: bool) -> str:
        if not self.folder.is_dir():
            return "the vault is not there"
        if self.has_key():
            return ""
        if had_key:
            return f"the vault is not there: {self.folder} lacks {STORE_KEY}, as where its disk is not mounted"
        empty = not any(self.folder.iterdir())  # one that never had a key
        return f"{self.folder} is empty, as where its disk is not mounted" if empty else ""

    def has_key(self) -> bool:
        return os.path.isfile(self.folder / STORE_KEY)  # never raises

    def _strays(self) -> list[Path]:
        folder = self.folder / STRAY
        return sorted(path for path in folder.glob(f"*{_ENDING}") if path.is_file()) if folder.is_dir() else []

    def _put_aside(self, name: str) -> list[Path]:
        return [path for path in self._strays() if _first_name(path.name) == name]

    def _sync(self) -> None:
        if (self.folder / STRAY).is_dir():
            sync_folder(self.folder / STRAY)
        sync_folder(self.folder)


def sync_folder(folder: Path) -> None:
    """A new name in a folder survives a power loss only once the folder itself was synced; so does a removal."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _taken_away(paths: Sequence[Path]) -> TakenAway:
    gone = 0
    for path in paths:
        try:
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            return TakenAway(gone, error.strerror or str(error))
        gone += 1
    return TakenAway(gone)


def _first_name(name: str) -> str:
    again = _AGAIN.fullmatch(name)
    return again[1] + again[2] if again else name


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


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
