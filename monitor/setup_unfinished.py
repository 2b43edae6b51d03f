"""What a set-up is about to make, written down before it makes it: where one is cut off (power, kill), the next one
knows what is of no use and puts it aside. config.toml comes last, in one step: before it is there no other command
works with what was made, so nothing can have been kept with it."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from monitor.errors import UsageError, WorkFailed

MADE_WITHIN = 600.0
"""Seconds from the list's last line to what is made by it. What is newer has been put there by somebody else."""


@dataclass(slots=True)
class Unfinished:
    """The list of a set-up that is at work, which holds it alone. `made`: what stands in it."""

    config: Path
    made: list[Path] = field(default_factory=list)
    _file: int = -1

    def begin(self) -> None:
        """Raises UsageError where another set-up is at work, WorkFailed where nothing can be written."""
        try:
            self._file = _held(_list_of(self.config), os.O_CREAT)
            _sync(self.config.parent)
        except OSError as error:
            raise _failed(_list_of(self.config), error) from error

    def note(self, *paths: Path) -> None:
        """Before they are made, and where nothing is yet. Raises WorkFailed."""
        try:
            os.write(self._file, "".join(f"{json.dumps(str(path.absolute()))}\n" for path in paths).encode())
            os.fsync(self._file)
        except OSError as error:
            raise _failed(_list_of(self.config), error) from error
        self.made += paths

    @property
    def draft(self) -> Path:
        """What becomes config.toml."""
        return _draft_of(self.config)

    def publish(self) -> None:
        """Everything that was made is on the disk, then config.toml is there. Raises FileExistsError, OSError."""
        for folder in {path.parent for path in self.made}:
            _sync(folder)
        try:
            os.link(self.draft, self.config)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            if os.path.lexists(self.config):
                raise FileExistsError from None
            os.rename(self.draft, self.config)
        try:
            _sync(self.config.parent)
        except BaseException:
            self.config.unlink()
            raise

    def end(self) -> None:
        self.draft.unlink(missing_ok=True)
        _list_of(self.config).unlink(missing_ok=True)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def put_aside(config: Path) -> tuple[Path, ...]:
    """Where an earlier set-up was cut off: what it had made, under its new names. Nothing is removed, so that what only
    looks as if it were of no use is not lost. Raises UsageError where one is at work, WorkFailed."""
    try:
        listed = _held(_list_of(config), 0)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _failed(_list_of(config), error) from error
    try:
        is_done = os.path.lexists(config)  # all but the end
        latest = os.fstat(listed).st_mtime + MADE_WITHIN
        aside = [] if is_done else [_aside(path) for path in _named_in(listed) if _is_of_then(path, latest)]
        _draft_of(config).unlink(missing_ok=True)
        _list_of(config).unlink()
    except OSError as error:
        raise _failed(_list_of(config), error) from error
    finally:
        os.close(listed)
    return tuple(aside)


def _held(path: Path, create: int) -> int:
    """Open, and nobody else's. Raises UsageError, OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | create, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not path.exists() or not os.path.samestat(os.fstat(descriptor), path.stat()):
            raise BlockingIOError  # the other one has just ended
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise UsageError(
                f"another `init` is at work in {path.parent}", remedy="Wait until it has ended, or end it."
            ) from None
        raise
    return descriptor


def _named_in(descriptor: int) -> list[Path]:
    """A line that was cut off names what was not made yet."""
    found = []
    for line in os.pread(descriptor, 1_000_000, 0).split(b"\n"):
        with suppress(ValueError):
            found.append(Path(str(json.loads(line))))
    return found


def _is_of_then(path: Path, latest: float) -> bool:
    return os.path.lexists(path) and path.lstat().st_ctime <= latest


def _aside(path: Path) -> Path:
    """Raises WorkFailed."""
    number, free = 1, path.with_name(f"{path.name}.cut-off")
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.name}.cut-off-{number}")
    try:
        os.rename(path, free)
    except OSError as error:
        raise WorkFailed(
            f"an earlier `init` was cut off, and {path}, which it made, cannot be put aside: {error.strerror}",
            remedy=f"Do it yourself, then give `init` again: mv {shlex.quote(str(path))} {shlex.quote(str(free))}",
        ) from error
    return free


def _list_of(config: Path) -> Path:
    return config.with_name(f".{config.name}.unfinished")


def _draft_of(config: Path) -> Path:
    return config.with_name(f".{config.name}.new")


def _sync(folder: Path) -> None:
    with suppress(OSError):  # some file systems know no such thing
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _failed(path: Path, error: OSError) -> WorkFailed:
    return WorkFailed(f"{path} cannot be written: {error.strerror}", remedy="Name a place that you may write to.")
