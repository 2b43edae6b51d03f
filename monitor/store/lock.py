"""One daemon for each data_dir. The kernel lets go of the lock however the process ends, kill -9 included."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from monitor.errors import StoreError

FILE = "daemon.lock"

_TRIES = 5
_BETWEEN_TRIES_S = 0.02


class DaemonLock:
    """with DaemonLock(data_dir): ... Raises StoreError naming the pid of the daemon that runs already."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                f"the lock file {self._path} cannot be made: {error.strerror}",
                remedy="Check data_dir, its owner and its permissions.",
            ) from error
        if not _locked(descriptor):
            pid = _read_pid(descriptor)
            os.close(descriptor)
            raise StoreError(
                f"a daemon runs on {self._path.parent} already, as process {pid or 'unknown'}",
                remedy="Stop that one first, or give this one a data_dir of its own.",
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The file stays: removing it would let two daemons lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def running_daemon(data_dir: Path) -> int | None:
    """The pid of the daemon on `data_dir`, None when none runs."""
    try:
        descriptor = os.open(data_dir / FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_pid(descriptor)
    finally:
        os.close(descriptor)
    return None


def _locked(descriptor: int) -> bool:
    """Tried a few times: `running_daemon` holds a shared lock for a moment when it asks."""
    for attempt in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if attempt + 1 < _TRIES:
                time.sleep(_BETWEEN_TRIES_S)
    return False


def _read_pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else None
