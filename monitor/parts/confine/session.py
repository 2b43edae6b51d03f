"""Folders of its own where programs of the person's session listen, and where programs share memory: whatever a page
makes of its browser, it has no name by which it could speak to one of them."""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
from collections.abc import Iterable
from pathlib import Path

from monitor.parts.confine.kernel import checked, libc
from monitor.parts.confine.layers import Confinement, layer
from monitor.parts.confine.network import as_any_user
from monitor.parts.confine.privileges import drop_capabilities

HIDDEN_SESSION = "hidden session"

_CLONE_NEWNS = 0x00020000  # <linux/sched.h>
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 0x1, 0x2, 0x4, 0x8  # <linux/mount.h>
_MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
_PLAIN = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
_SHARED = "/dev/shm"  # noqa: S108  # a fresh one, which nobody else sees
_LISTENED_IN = ("/run", "/tmp", "/var/tmp", "/mnt/wslg", _SHARED)  # noqa: S108
_SYSTEMS = ("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "sbin", "sys", "usr")
_TOLD_BY_SYSTEM = ("/run/dbus/system_bus_socket", "/run/user", "/tmp/.X11-unix")  # noqa: S108
_MOST_LINKS = 40


def leave_session(home: Path, kept: Iterable[Path], *, trial: bool = False) -> Confinement:
    """For this process and all that it starts, for good; once, while it has no second thread, and before Landlock.
    home: its own folder, which is empty: it is in there alone afterwards, and gone with the process. kept: what it
    needs of what is hidden. trial: in a child that ends. Never raises."""
    stops = "it sees no socket of your session, and no memory that other programs share"
    return layer(HIDDEN_SESSION, stops, lambda: _leave(home, tuple(kept), trial=trial))


def _leave(home: Path, kept: tuple[Path, ...], *, trial: bool) -> str:
    """Raises OSError."""
    try:
        hide_session(home, kept, trial=trial)
    except OSError:
        if _began_without():
            return "it began without"
        raise
    return ""


def _began_without() -> bool:
    """As in the machine's own unit."""
    homes = ("/home", "/root")
    return not any(map(os.path.exists, _TOLD_BY_SYSTEM)) and not any(os.access(home, os.R_OK) for home in homes)


def hide_session(home: Path, kept: Iterable[Path], *, trial: bool = False, as_root: bool | None = None) -> None:
    """Raises OSError."""
    as_root = os.geteuid() == 0 if as_root is None else as_root
    if as_root:
        checked(libc.unshare(_CLONE_NEWNS))
    else:
        as_any_user(_CLONE_NEWNS)
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    there = [path for path in kept if path.exists()]
    mask = os.umask(0o022)  # who root started becomes nobody
    try:
        _hide(Path(os.path.realpath(home)), there, trial=trial)
    finally:
        os.umask(mask)
    os.chdir("/")
    if not as_root:
        drop_capabilities()
    if not all(path.exists() for path in there):
        raise OSError(errno.ENOENT, "what it needs of a hidden folder is out of its sight too")


def _hide(own: Path, kept: list[Path], *, trial: bool) -> None:
    """Raises OSError."""
    found, links = _followed(kept)
    hidden = _hidden(found)
    before = os.open(own.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    opened = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in _outermost(found) if _is_in(path, hidden)}
    try:
        for folder in hidden:
            mode = f"mode={os.stat(folder).st_mode & 0o7777:o}"  # as before: root's home stays closed to nobody
            _mount("tmpfs", folder, "tmpfs", _PLAIN, mode if folder == _shared() else f"{mode},size=1m")
        for path, descriptor in opened.items():
            _bring_back(path, descriptor)
        _lay_links({link: target for link, target in links.items() if _is_in(link, hidden)})
        if _is_in(own, hidden):
            own.mkdir(parents=True, mode=0o700, exist_ok=True)
            _mount("tmpfs", own, "tmpfs", _PLAIN, "mode=0700")
            if not trial:
                with contextlib.suppress(OSError):
                    os.rmdir(own.name, dir_fd=before)  # what others saw of it
    finally:
        for descriptor in (before, *opened.values()):
            os.close(descriptor)
    for folder in hidden:
        if folder != _shared():
            _mount(None, folder, None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _PLAIN)


def _is_in(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _lay_links(links: dict[Path, str]) -> None:
    """Raises OSError."""
    for link, target in links.items():
        if not os.path.lexists(link):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(target)


def _shared() -> Path:
    return Path(os.path.realpath(_SHARED))


def _hidden(kept: Iterable[Path]) -> list[Path]:
    """Outermost folders alone. None in which what is kept lies as a whole, and none of the system's."""
    homes = [os.environ.get("HOME", ""), os.environ.get("XDG_RUNTIME_DIR", "")]
    with contextlib.suppress(KeyError):
        homes.append(pwd.getpwuid(os.geteuid()).pw_dir)
    real = [Path(os.path.realpath(place)) for place in homes if os.path.isabs(place)]
    own = [path for path in real if len(path.parts) > 1 and path.parts[1] not in _SYSTEMS and path != Path("/var")]
    named = [*(Path(os.path.realpath(place)) for place in _LISTENED_IN), *own]
    kept = tuple(kept)
    return _outermost(path for path in named if path.is_dir() and not any(path.is_relative_to(whole) for whole in kept))


def _outermost(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in sorted(set(paths)):
        if not any(path.is_relative_to(other) for other in found):
            found.append(path)
    return found


def _followed(paths: Iterable[Path]) -> tuple[list[Path], dict[Path, str]]:
    """Where they lie in truth, and each link on the way there."""
    found: list[Path] = []
    links: dict[Path, str] = {}
    for path in paths:
        at, left, followed = Path("/"), list(Path(os.path.abspath(path)).parts[1:]), 0
        while left and followed <= _MOST_LINKS:
            name = left.pop(0)
            if name == "..":
                at = at.parent
            elif (at / name).is_symlink():
                links[at / name] = target = os.readlink(at / name)
                followed += 1
                words = Path(target).parts
                if os.path.isabs(target):
                    at, words = Path("/"), words[1:]
                left[:0] = words
            else:
                at /= name
        found.append(at)
    return found, links


def _bring_back(path: Path, descriptor: int) -> None:
    """Raises OSError."""
    source = f"/proc/self/fd/{descriptor}"
    if os.path.isdir(source):
        path.mkdir(parents=True, exist_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    _mount(source, path, None, _MS_BIND | _MS_REC)


def _mount(source: str | None, target: str | Path, kind: str | None, flags: int, options: str = "") -> None:
    """Raises OSError."""
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    checked(libc.mount(*words, flags, os.fsencode(options) if options else None))
