"""A file of 16 MB that holds nothing. When the disk has no room left for the store, it goes, and what was found is
recorded and told at once, as ever; it is made again when there is room. `ports.reserve.RoomReserve`.

Each process that writes the store may give it away; only the daemon and `init` make it.
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

from monitor.model.limits import CACHES_STOP_BELOW

log = logging.getLogger(__name__)

RESERVE_FILE = "reserve"
RESERVE_BYTES = 16 * 1024 * 1024
GIVEN_BELOW = 4 * 1024 * 1024
"""Free bytes. Before the disk is quite full: a transaction writes its pages into a journal first, and whatever else is
on the machine wants the last of it too."""
MADE_FROM = 4
"""Times its own size that have to be free: far above what gives it away, so that it does not come and go."""

_PIECE = 1024 * 1024


class ReserveFile:
    def __init__(self, data_dir: Path, *, size: int = RESERVE_BYTES) -> None:
        self._path, self._size = data_dir / RESERVE_FILE, size
        self._part = data_dir / f"{RESERVE_FILE}.part"
        self._is_held = self.bytes_held() > 0

    def bytes_held(self) -> int:
        try:
            return self._path.lstat().st_size
        except OSError:
            return 0

    def before_writing(self) -> None:
        """Asked before every transaction: one call of the system, none where there is no reserve."""
        if self._is_held and self._free() < GIVEN_BELOW:
            self.give_away()

    def give_away(self) -> bool:
        was_held, self._is_held = self.bytes_held() > 0, False
        try:
            self._part.unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
        except OSError:
            return False
        if was_held:
            log.warning("the reserve is given away: the disk is full", extra={"action": "reserve_given"})
        return was_held

    def keep(self) -> bool:
        if self.bytes_held() == self._size:
            self._is_held = True
        elif self._free() >= self._size * MADE_FROM:
            self._is_held = self._made()
        else:
            self._is_held = self.bytes_held() > 0
        return self._is_held

    def is_short(self) -> bool:
        return self._free() < CACHES_STOP_BELOW

    def _made(self) -> bool:
        try:
            with os.fdopen(os.open(self._part, _NEW, 0o600), "wb") as file:
                for at in range(0, self._size, _PIECE):
                    # What a file system that packs its files would make nothing of is no reserve.
                    file.write(os.urandom(min(_PIECE, self._size - at)))
                file.flush()
                os.fsync(file.fileno())
            os.rename(self._part, self._path)
            _sync(self._path.parent)
        except OSError:
            with contextlib.suppress(OSError):
                self._part.unlink(missing_ok=True)
            return False
        log.info("a reserve of room is held", extra={"action": "reserve_made"})
        return True

    def _free(self) -> int:
        """Bytes; so many that nothing is done for it where that cannot be asked."""
        try:
            disk = os.statvfs(self._path.parent)
        except OSError:
            return CACHES_STOP_BELOW
        return disk.f_bavail * disk.f_frsize


_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
