"""Landlock: which files this process and whatever it starts may still reach; TCP, abstract sockets and signals to
others are refused with it, where the kernel knows how."""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import IntFlag
from pathlib import Path

from monitor.parts.confine.kernel import checked, system_call

# <linux/landlock.h>; the numbers are the same on all architectures
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2
_RIGHTS_KNOWN = ((9, 17), (5, 16), (3, 15), (2, 14), (1, 13))  # (from ABI, how many rights it knows)
_TCP_FROM, _SCOPES_FROM = 4, 6
_TCP = 0b11  # bind and connect
_CONNECT_TCP = 0b10
_ABSTRACT, _SIGNALS = 0b01, 0b10
_MOVES_FROM = 2


class FileRight(IntFlag):
    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_SYM = 1 << 12
    REFER = 1 << 13  # from ABI 2
    TRUNCATE = 1 << 14  # from ABI 3
    IOCTL_DEV = 1 << 15  # from ABI 5
    RESOLVE_UNIX = 1 << 16  # from ABI 9: connecting to a socket that has a path


READ = FileRight.READ_FILE | FileRight.READ_DIR
RUN = READ | FileRight.EXECUTE
CONNECT = FileRight.RESOLVE_UNIX
USE = READ | FileRight.WRITE_FILE | FileRight.TRUNCATE | FileRight.IOCTL_DEV
"""A device, or what stands in /proc: nothing is made there."""
FILL = (
    USE
    | FileRight.REMOVE_DIR
    | FileRight.REMOVE_FILE
    | FileRight.MAKE_DIR
    | FileRight.MAKE_REG
    | FileRight.MAKE_SOCK
    | FileRight.MAKE_FIFO
    | FileRight.MAKE_SYM
    | FileRight.REFER
    | CONNECT
)
_OF_FILES = (
    FileRight.EXECUTE | FileRight.WRITE_FILE | FileRight.READ_FILE | FileRight.TRUNCATE | FileRight.IOCTL_DEV | CONNECT
)


@dataclass(frozen=True, slots=True)
class FileReach:
    """What stays within reach. files: path -> rights, of a folder for all below it; one that is not there is left out.
    tcp: may bind and connect. ports: those alone may be connected to, at whatever address. abstract: may connect to
    abstract sockets of others."""

    files: dict[Path, FileRight] = field(default_factory=dict)
    tcp: bool = False
    abstract: bool = False
    ports: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        *rules: tuple[FileRight, Iterable[Path]],
        tcp: bool = False,
        abstract: bool = False,
        ports: tuple[int, ...] = (),
    ) -> FileReach:
        files: dict[Path, FileRight] = {}
        for rights, paths in rules:
            for path in paths:
                files[path] = files.get(path, FileRight(0)) | rights
        return cls(files, tcp, abstract, ports)

    def of_what_is_there(self) -> FileReach:
        """What is not there the kernel takes no rule for."""
        return replace(self, files={path: rights for path, rights in self.files.items() if path.exists()})

    def covers(self, path: Path, rights: FileRight) -> bool:
        real = path.resolve()
        return any(rights in given and real.is_relative_to(place.resolve()) for place, given in self.files.items())


def landlock_version() -> int:
    """The kernel's ABI. Raises OSError where it has none."""
    return checked(system_call(_CREATE_RULESET, None, 0, _VERSION))


def stay_within(reach: FileReach) -> str:
    """Of the calling thread, and what it starts: to be called while there is no other. Returns a remark: the ABI, and
    what it does not know. Raises OSError where Landlock is not there."""
    abi = landlock_version()
    if abi < _MOVES_FROM and any(FileRight.REFER in rights for rights in reach.files.values()):
        raise OSError(errno.EOPNOTSUPP, "this kernel's Landlock (ABI 1) would let no file be moved to another folder")
    known = (1 << next(count for since, count in _RIGHTS_KNOWN if abi >= since)) - 1
    words, lacking = [known], []
    if abi >= _TCP_FROM:
        words.append(0 if reach.tcp else _TCP)
    elif not reach.tcp:
        lacking.append("TCP")
    if abi >= _SCOPES_FROM:
        words.append(_SIGNALS | (0 if reach.abstract else _ABSTRACT))
    else:
        lacking.append("signals to others")
    attributes = struct.pack(f"={len(words)}Q", *words)
    if len(os.listdir("/proc/self/task")) > 1:
        raise OSError(errno.EBUSY, "another thread runs already, which it would not hold for")
    ruleset = checked(system_call(_CREATE_RULESET, attributes, len(attributes), 0))
    try:
        for path, rights in reach.files.items():
            _add(ruleset, path, rights & known)
        if abi >= _TCP_FROM and not reach.tcp:
            _open_ports(ruleset, reach.ports)
        checked(system_call(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return f"ABI {abi}" + (f", which does not know {' and '.join(lacking)}" if lacking else "")


def refuse_tcp(ports: Iterable[int] = ()) -> str:
    """Nothing but that: no TCP socket is bound, or connected but to `ports`, whoever made it. Of the calling thread,
    and what it starts. Raises OSError."""
    if landlock_version() < _TCP_FROM:
        raise OSError(errno.EOPNOTSUPP, "this kernel's Landlock knows files alone")
    attributes = struct.pack("=2Q", 0, _TCP)
    ruleset = checked(system_call(_CREATE_RULESET, attributes, len(attributes), 0))
    try:
        _open_ports(ruleset, ports)
        checked(system_call(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return ""


def _open_ports(ruleset: int, ports: Iterable[int]) -> None:
    for port in ports:
        checked(system_call(_ADD_RULE, ruleset, _NET_PORT, struct.pack("=QQ", _CONNECT_TCP, port), 0))


def _add(ruleset: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there, or not for this user, need not be within reach
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        if rights:
            rule = struct.pack("=Qi", rights, place)
            checked(system_call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(place)
