"""Where a browser keeps its files while it runs: in memory, so that nothing of what it shows touches a disk."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.parts.confine.layers import IN_MEMORY, Confinement

_IN_MEMORY = ("tmpfs", "ramfs")
_PART_NAME = re.compile(r"rm-part-([0-9]{1,10})-[a-z0-9_]{8}").fullmatch
_PART = "rm-part-"  # short: a path of a socket has 107 letters, and Chromium takes 45 of them
_MOST_PLACE_CHARS = 30
_OWN: Path | None = None
_NOBODY = 65_534
_LEAST_FREE = 64 * 1024 * 1024  # bytes; a profile takes about 10 MB


def stay_in(folder: Path) -> None:
    """All homes of this process are made in there from now on."""
    global _OWN
    _OWN = folder


def part_folder() -> Path:
    """A fresh one for a browser's own process. What others left that were killed is removed first, with what still runs
    of them: their names say whose they were."""
    place = memory_folder() or Path(tempfile.gettempdir())
    for left in place.glob(f"{_PART}*"):
        name = _PART_NAME(left.name)  # whole: another name may be the beginning of one that is in use
        if name is None or _runs(name[1]):
            continue
        with contextlib.suppress(OSError):  # another part puts it away at this moment
            found = left.lstat()
            if stat.S_ISDIR(found.st_mode) and _is_ours(found.st_uid):
                _end_all_of(left)
                forget(left)
    return Path(tempfile.mkdtemp(prefix=f"{_PART}{os.getpid()}-", dir=place))


def memory_folder() -> Path | None:
    """A folder of this user's own, or of all, that is in memory; None where there is none."""
    if _OWN is not None:
        return _OWN
    own = (os.environ.get(name, "") for name in ("RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"))
    for name in (*own, "/dev/shm"):  # noqa: S108  # each file in it is made for this user alone
        path = Path(name.partition(":")[0])
        if (
            name
            and len(name) <= _MOST_PLACE_CHARS
            and path.is_dir()
            and os.access(path, os.W_OK | os.X_OK)
            and _is_in_memory(path)
            and _has_room(path)
        ):
            return path
    return None


def kept_in_memory(home: Path) -> Confinement:
    """Of the folder that a browser's own process has."""
    if _is_in_memory(home):
        return Confinement(IN_MEMORY, True, "what a browser shows touches no disk")
    why = f"what is in memory (shm) is missing, cannot be written or is full: they lie in {home.parent}"
    return Confinement(IN_MEMORY, False, why)


@contextmanager
def files_in_memory() -> Iterator[None]:
    """While it lasts, a program that is started makes its temporary files there. Where nothing is in memory, as before:
    they go when the browser ends."""
    folder, before = memory_folder(), os.environ.get("TMPDIR")
    if folder is not None:
        os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        if folder is not None:
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before


def new_home() -> Path:
    """Empty, for one browser, so that it writes nothing into the person's. Of this user alone."""
    prefix = "reupload-monitor-browser-" if _OWN is None else "b-"
    return Path(tempfile.mkdtemp(prefix=prefix, dir=memory_folder()))


def place_without_dumps(home: Path) -> Path:
    """For what catches a process that fell over: where its folders would be, files stand, so it keeps nothing."""
    place = home / "no-dumps"
    place.mkdir()
    for name in ("new", "pending", "completed", "attachments"):  # Crashpad's, of its database
        (place / name).touch()
    return place


def forget(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)


def _is_in_memory(path: Path) -> bool:
    real, found, kind = path.resolve(), -1, ""
    try:
        lines = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    for line in lines:
        words = line.split(" ")
        at = Path(words[1].replace("\\040", " "))
        if len(words) > 2 and real.is_relative_to(at) and len(at.parts) >= found:
            found, kind = len(at.parts), words[2]
    return kind in _IN_MEMORY


def _has_room(path: Path) -> bool:
    free = os.statvfs(path)
    return free.f_bavail * free.f_frsize >= _LEAST_FREE


def _is_ours(user: int) -> bool:
    """Who root started became nobody."""
    return user == os.geteuid() or (os.geteuid() == 0 and user == _NOBODY)


def _runs(number: str) -> bool:
    return Path(f"/proc/{number}").exists()


def _end_all_of(folder: Path) -> None:
    """Processes that name it in their command line: of one browser, all do."""
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and int(path.name) != os.getpid():
            with contextlib.suppress(OSError):
                if _is_ours(path.stat().st_uid) and bytes(folder) in (path / "cmdline").read_bytes():
                    os.kill(int(path.name), signal.SIGKILL)
