"""Where a backup is written: beside its place, in a folder of its own, and named once it is whole."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from monitor.clock import utc_now
from monitor.errors import NoWriting, UsageError, WorkFailed
from monitor.model.backup import BackupBegun, goes_by_itself, newer_backup, time_in_backup_name
from monitor.model.settings import Settings
from monitor.ports.backups import BackupsKept
from monitor.services.backup_file import begins_as_backup
from monitor.vault.folder import sync_folder

WHOLE, SNAPSHOT, SETTINGS_COPY = "whole", "store", "settings"
"""Files of the work, by names of their own: what a killed process leaves is never taken for a backup."""

_WORK_ENDS = ".part"


def backup_folder(settings: Settings) -> Path:
    """Where those by schedule go."""
    named = settings.backup.folder
    return Path(named) if named else settings.data_dir / "backups"


def own_backups(folder: Path, now: datetime) -> list[Path]:
    """That the program named, the newest first."""
    named = [(at, path) for path in folder.glob("backup-*.tar") if (at := time_in_backup_name(path.name))]
    found = sorted(((newer_backup(at, now), path) for at, path in named), reverse=True)
    return [path for _, path in found if path.is_file() and not path.is_symlink()]


def forget_scheduled(folder: Path) -> None:
    """All, unfinished ones too. Raises OSError."""
    for path in own_backups(folder, utc_now()):
        if goes_by_itself(path.name):
            path.unlink(missing_ok=True)
    sweep_unfinished(folder)


def refuse_backup_place(path: Path, settings: Settings, replace: bool) -> Path:
    """Absolute. Raises UsageError."""
    path = path.absolute()
    folder = path.parent
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", remedy="Make it, or name another: backup FOLDER/FILE.tar")
    own = settings.data_dir.resolve()
    if folder.resolve().is_relative_to(own) and folder.resolve() != own / "backups":
        raise UsageError(
            f"{folder} is in the program's own folder, which a backup is to outlive",
            remedy="Name a file on another disk or stick: backup FOLDER/FILE.tar",
        )
    if os.path.lexists(path):
        if not path.is_file() or path.is_symlink():
            raise UsageError(f"{path} is no ordinary file", remedy="Name another file.")
        if not replace:
            raise UsageError(
                f"{path} exists, and nothing is written over",
                remedy="Name another file, or add --replace: the old one stays until the new one is whole.",
            )
        _refuse_to_replace(path)
    return path


def _refuse_to_replace(path: Path) -> None:
    """What is no backup: a wrong name must not cost the configuration, an identity or a photo."""
    try:
        may_go = not path.stat().st_size or begins_as_backup(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", remedy="Name another file.") from error
    if not may_go:
        raise UsageError(
            f"{path} is no backup, and only a backup is written over",
            remedy="Name another file. If that one is a backup that was damaged, remove it yourself first.",
        )


def work_of(path: Path) -> Path:
    return path.with_name(f".{path.name}{_WORK_ENDS}")


@contextmanager
def work_beside(path: Path) -> Iterator[Path]:
    """A folder beside it, that goes however this ends; one that a killed process left is taken away first. Locked, so
    that it can be told from one that somebody still works in."""
    work = work_of(path)
    with suppress(FileExistsError):
        work.mkdir(mode=0o700)
    held = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkFailed(
                f"another backup to {path} is being made", remedy="Wait for it to end, or name another file."
            ) from None
        _clear(work)
        try:
            yield work
        finally:
            with suppress(OSError):
                _clear(work)
                work.rmdir()
    finally:
        os.close(held)


def _clear(work: Path) -> None:
    for one in work.iterdir():
        if one.name.startswith((WHOLE, SNAPSHOT, SETTINGS_COPY)):  # and what SQLite had beside them
            one.unlink()


TRIAL_WORK = f".trial{_WORK_ENDS}"
"""In `data_dir`: what a trial restore unpacks."""


def sweep_unfinished(folder: Path, names: str = ".backup-*.tar.part") -> None:
    """What killed processes left in the folder of those by schedule. Never raises."""
    for work in folder.glob(names):
        with suppress(OSError), _held(work):
            _clear(work)
            work.rmdir()


@contextmanager
def _held(work: Path) -> Iterator[None]:
    """Raises BlockingIOError where somebody works in it, OSError."""
    held = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)


def take_away_begun(store: BackupsKept) -> list[tuple[Path, str]]:
    """What backups that were cut off left, wherever they were made. Where what may be left, in words for the person.
    Raises StoreError."""
    begun = store.backups.begun()
    if not begun:
        return []
    known = {one.path for one in store.backups.all()}
    told = [(one, *_left_of(one, known)) for one in begun]
    store.backups.forget(*(one.work for one, _, left in told if left == ""))
    return [(place, left) for _, place, left in told if left]


def _left_of(begun: BackupBegun, known: Collection[str]) -> tuple[Path, str | None]:
    """Where, and what may be left there: '' for nothing, None where somebody works at it now. known: paths of backups
    that ended."""
    work = Path(begun.work)
    whole = work.with_name(work.name.removeprefix(".").removesuffix(_WORK_ENDS))
    is_there = True
    try:
        with _held(work):
            _clear(work)
            work.rmdir()
    except BlockingIOError:
        return work, None
    except FileNotFoundError:
        with suppress(OSError):
            is_there = any(work.parent.iterdir())  # a place that a stick is taken from is an empty folder, or none
        is_there = is_there and work.parent.is_dir()
    except OSError as error:
        return work, f"a backup was begun there and cut off, and what is left may hold it still ({error.strerror})"
    with suppress(OSError):
        if str(whole) not in known and begins_as_backup(whole):
            return whole, "a backup that may hold it still: remove it yourself"
    if not is_there:
        return work, "a backup was begun there and cut off, and the disk is not there now: what is left may hold it"
    return work, ""


def name_backup(whole: Path, path: Path, replace: bool) -> None:
    """Raises OSError; UsageError where something has come to stand there."""
    if replace:
        if os.path.lexists(path):
            _refuse_to_replace(path)
        os.rename(whole, path)
    else:
        try:
            os.link(whole, path)
        except FileExistsError as error:
            raise UsageError(f"{path} has come to be meanwhile", remedy="Name another file.") from error
        except OSError as error:
            if error.errno not in (
                errno.EPERM,
                errno.ENOTSUP,
                errno.EMLINK,
                errno.ENOSYS,
            ):  # no hard links, as on sticks
                raise
            if os.path.lexists(path):
                raise UsageError(f"{path} has come to be meanwhile", remedy="Name another file.") from error
            os.rename(whole, path)
    with suppress(OSError):  # a kind of disk whose folders cannot be synced
        sync_folder(path.parent)


def not_written(path: Path, error: OSError) -> WorkFailed:
    why = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_room_for_backup(path.parent, why)
    if error.errno == errno.EFBIG:
        why = "the disk takes no file as large as that (a stick with FAT takes 4 GB)"
    if error.errno == errno.EROFS:
        why = "the disk is mounted for reading only, or the service's unit allows no writing there (ReadWritePaths=)"
    return WorkFailed(
        f"the backup cannot be written to {path.parent}: {why}",
        remedy="Look whether that disk is still there, and who may write in the folder; or name another. Nothing of it "
        "was left.",
    )


def no_room_for_backup(folder: Path, why: str) -> NoWriting:
    return NoWriting(
        f"there is no room for the backup in {folder}: {why}",
        is_full=True,
        remedy="Make room there, or name a file on another disk. Nothing of it was left, and older backups stay.",
    )
