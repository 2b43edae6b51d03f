"""One daemon for each data_dir, and none while the store is upgraded. The kernel lets go of a lock however the process
ends, kill -9 included."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from monitor.clock import monotonic
from monitor.errors import StoreError
from monitor.parts.parent.inherited import pid_to_stop

LOCK_FILE = "daemon.lock"
UPGRADE_FILE = "upgrade.lock"
OPEN_FILE = "open.lock"

UPGRADE_WITHIN_S = 600.0  # millions of rows on a small machine; whoever came second waits for it

_TRY_FOR_S = 0.1
_LET_GO_WITHIN_S = 10.0  # one whose parent was killed is gone in a moment; a large one takes longer to tear down
_LET_IN_WITHIN_S = 20.0  # whoever is alone takes a moment, to look what was left over
_BETWEEN_TRIES_S = 0.02

_held: set[Path] = set()
"""Of this process: a daemon may upgrade under its own lock. Not told by the pid in the file: two containers that share
the data may both be process 1."""


class DaemonLock:
    """with DaemonLock(data_dir): ... Raises StoreError naming the pid of the daemon that runs already."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / LOCK_FILE
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        descriptor = _open(self._path)
        if not _locked(descriptor) and not _let_go(descriptor):
            pid = _read_pid(descriptor)
            os.close(descriptor)
            raise StoreError(
                f"a daemon runs on {self._path.parent} already, as process {pid or 'unknown'}",
                remedy="Stop that one first, or give this one a data_dir of its own.",
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{pid_to_stop()}\n".encode("ascii"), 0)
        self._descriptor = descriptor
        _held.add(self._path.resolve())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The file stays: removing it would let two daemons lock two files of one name."""
        if self._descriptor is not None:
            _held.discard(self._path.resolve())
            os.close(self._descriptor)
            self._descriptor = None


class Company:
    """Held by each process as long as it has the store open. is_alone: no other had, and none comes in until `settle`:
    whatever is left of other processes' work was cut off."""

    def __init__(self, descriptor: int | None, *, is_alone: bool) -> None:
        self._descriptor, self.is_alone = descriptor, is_alone

    def settle(self) -> None:
        """Others may come in."""
        if self._descriptor is not None and self.is_alone:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def leave(self) -> None:
        """May be called twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def join_company(data_dir: Path, *, first: bool = False) -> Company:
    """first: to be alone, where nobody else is. Never raises: where no lock can be had, nobody is taken to be alone."""
    try:
        descriptor = _open(data_dir / OPEN_FILE)
    except StoreError:  # a disk that takes no writing
        return Company(None, is_alone=False)
    try:
        if first:
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return Company(descriptor, is_alone=running_daemon(data_dir) in (None, pid_to_stop()))
        _locked(descriptor, fcntl.LOCK_SH, within_s=_LET_IN_WITHIN_S)  # one that hangs is not waited for
    except OSError:  # a kind of disk that knows no locks
        os.close(descriptor)
        return Company(None, is_alone=False)
    return Company(descriptor, is_alone=False)


@contextmanager
def upgrading(data_dir: Path) -> Iterator[None]:
    """While this is held no daemon of another process works with the store, none can start, and nobody else upgrades.
    Waits for another upgrade. Raises StoreError, before anything is touched, where a daemon runs: it knows the store as
    it was, and would fail at every look from then on."""
    descriptor = _open(data_dir / UPGRADE_FILE)
    try:
        if not _locked(descriptor, within_s=UPGRADE_WITHIN_S):
            raise StoreError(
                f"another process has been upgrading the store in {data_dir} for {UPGRADE_WITHIN_S / 60:.0f} minutes",
                remedy="Look whether it still works (`ps`), and run this command again when it has ended.",
            )
        if (data_dir / LOCK_FILE).resolve() in _held:
            yield
            return
        try:
            daemon = DaemonLock(data_dir).__enter__()
        except StoreError as error:
            pid = running_daemon(data_dir)
            if pid is None:
                raise
            raise StoreError(
                f"this version has to upgrade the store in {data_dir} first, and a daemon of an older version (process "
                f"{pid}) still works with it; nothing was changed",
                remedy=f"Stop that daemon (systemctl stop reupload-monitor, with --user if it is yours; or kill {pid}),"
                " run this command again, then start the daemon.",
            ) from error
        try:
            yield
        finally:
            daemon.__exit__(None, None, None)
    finally:
        os.close(descriptor)


def running_daemon(data_dir: Path) -> int | None:
    """The pid of the daemon on `data_dir`, None when none runs."""
    try:
        descriptor = os.open(data_dir / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_pid(descriptor)
    finally:
        os.close(descriptor)
    return None


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"the lock file {path} cannot be made: {error.strerror}",
            remedy="Check data_dir, its owner and its permissions.",
        ) from error


def _locked(descriptor: int, how: int = fcntl.LOCK_EX, *, within_s: float = _TRY_FOR_S) -> bool:
    """Tried for a while, in any case: `running_daemon` holds a shared lock for a moment when it asks."""
    give_up = monotonic() + within_s
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if monotonic() >= give_up:
                return False
            time.sleep(_BETWEEN_TRIES_S)


def _let_go(descriptor: int) -> bool:
    """Of a daemon that is ending: who answered for it is gone already. Whether it is locked now."""
    pid = _read_pid(descriptor)
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return _locked(descriptor, within_s=_LET_GO_WITHIN_S)
    except OSError:
        pass
    return False


def _read_pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else None
