"""Files that decide what the program does, opened only where nobody but their owner can have written them.

Whoever can write a configuration has the person's alerts and evidence sent to himself. So such a file, the folder that
it stands in and each link on the way to it belong to the caller or to root, and nobody else may write them. What is
checked is what was opened, by its descriptor: nothing can be swapped between the check and the reading.
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

MAX_LINKS = 16  # one to the next; more is a circle
_PATH_ONLY = getattr(os, "O_PATH", os.O_RDONLY)  # enough for a look at it; elsewhere than on Linux reading stands in
_CHECKED = hasattr(os, "geteuid")  # where there are no owners as Unix has them, the system's own rules must do


class NotTrusted(Exception):
    """what: is wrong with the file or folder `path`; right: the command that mends it."""

    def __init__(self, path: str, what: str, right: str) -> None:
        super().__init__(what)
        self.path, self.what, self.right = path, what, right


def open_trusted(path: Path) -> BinaryIO:
    """Raises NotTrusted, OSError."""
    if not _CHECKED:
        return path.open("rb")
    at = os.path.abspath(path)
    for _ in range(MAX_LINKS):
        folder, name = os.path.split(at)
        with _opened(folder, _PATH_ONLY | os.O_DIRECTORY) as place:
            _check(os.fstat(place.number), folder, place.number)
            try:
                number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place.number)
            except OSError as error:
                if error.errno not in (errno.ELOOP, errno.EMLINK):
                    raise
                _check_owner(os.stat(name, dir_fd=place.number, follow_symlinks=False), at, " -h")
                at = os.path.join(folder, os.readlink(name, dir_fd=place.number))
                continue
        try:
            _check(os.fstat(number), at, number)
            return os.fdopen(number, "rb")
        except BaseException:
            os.close(number)
            raise
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


def check_folder(path: Path) -> None:
    """Of files that are found in it. Raises NotTrusted, OSError."""
    if _CHECKED:
        with _opened(os.path.abspath(path), _PATH_ONLY | os.O_DIRECTORY) as place:
            _check(os.fstat(place.number), str(path), place.number)


class _opened:
    """A descriptor that is closed at the end of its block."""

    def __init__(self, path: str, flags: int) -> None:
        self.number = os.open(path, flags | os.O_CLOEXEC)

    def __enter__(self) -> _opened:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.number)


def _check(found: os.stat_result, path: str, number: int) -> None:
    """Raises NotTrusted; OSError for what is neither a file nor a folder."""
    is_folder = stat.S_ISDIR(found.st_mode)
    if not is_folder and not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not an ordinary file", path)
    _check_owner(found, path)
    if is_folder and found.st_mode & stat.S_ISVTX:
        return  # as /tmp: others may add files there, which are not taken, but cannot swap this one
    others = found.st_mode & stat.S_IWOTH
    if others or (found.st_mode & stat.S_IWGRP and not _is_private_group(found, number)):
        who = "everybody on this computer" if others else "a group of this computer's users"
        kind = "is a folder that" if is_folder else "is a file that"
        raise NotTrusted(
            path,
            f"{kind} {who} may write, so it is not taken: it decides where alerts and evidence go",
            f"Look through what stands there, then: chmod go-w {shlex.quote(path)}",
        )


def _check_owner(found: os.stat_result, path: str, flag: str = "") -> None:
    """flag: of `chown`, for a link. Raises NotTrusted."""
    own = os.geteuid()
    if found.st_uid in (own, 0):
        return
    owner, me = _user(found.st_uid), _user(own)
    command = f"{'' if own == 0 else 'sudo '}chown{flag} {shlex.quote(me)} {shlex.quote(path)}"
    other = f"run this as {owner}, not as root" if own == 0 else "name a file of your own with --config PATH"
    raise NotTrusted(
        path,
        f"belongs to {owner}, not to {me}{'' if own == 0 else ' or root'}, so it is not taken: it decides where alerts "
        "and evidence go",
        f"If it is not meant for you, {other}. If it is, look through it, then: {command}",
    )


def _is_private_group(found: os.stat_result, number: int) -> bool:
    """The group has only the owner in it, as systems with umask 002 make one for each person; nothing else gives more
    people the right to write. Never of root: its group has others in it on many systems."""
    if found.st_uid == 0:
        return False
    with suppress(OSError, AttributeError):  # no such call elsewhere than on Linux
        # With an access list the group's bits mean "whoever the list names".
        os.getxattr(f"/proc/self/fd/{number}", "system.posix_acl_access")
        return False
    import grp
    import pwd

    try:
        owner, group = pwd.getpwuid(found.st_uid), grp.getgrgid(found.st_gid)
        if owner.pw_gid != group.gr_gid or owner.pw_name != group.gr_name or set(group.gr_mem) - {owner.pw_name}:
            return False
        return all(one.pw_uid == found.st_uid for one in pwd.getpwall() if one.pw_gid == group.gr_gid)
    except KeyError:
        return False


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
