"""Which user a part is, and what it could become."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from monitor.parts.confine.bpf import this_architecture
from monitor.parts.confine.kernel import checked, libc, system_call

NOBODYS_NUMBER = 65534  # uid and gid of `nobody` wherever Linux runs (admin-guide/sysctl/fs.rst, overflowuid)

# <linux/prctl.h>, <linux/capability.h>
_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 2, 24, 38
_CAPABILITY_VERSION = 0x20080522
_CAPSET = (126, 91)
_MOST_CAPABILITIES = 64

KEEPING_FILES = (0, 1, 2, 3)  # CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
LEADING_CHILDREN = (5, 6, 7)  # KILL, SETGID, SETUID: readers become nobody, and are ended


def no_new_privileges() -> str:
    """No program that is started has more rights than who starts it. Raises OSError."""
    checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    return ""


def become_nobody() -> str:
    """Where this is root's; the memory is closed to others by it. Raises OSError."""
    if os.geteuid() != 0:
        return "already not root"
    ends_with_parent = ctypes.c_int()
    checked(libc.prctl(_PR_GET_PDEATHSIG, ctypes.byref(ends_with_parent), 0, 0, 0))
    os.setgroups([])
    os.setresgid(NOBODYS_NUMBER, NOBODYS_NUMBER, NOBODYS_NUMBER)
    os.setresuid(NOBODYS_NUMBER, NOBODYS_NUMBER, NOBODYS_NUMBER)
    checked(libc.prctl(_PR_SET_PDEATHSIG, ends_with_parent.value, 0, 0, 0))  # becoming another user undid it
    return ""


def keep_capabilities(kept: Iterable[int]) -> str:
    """Of root's rights these alone; nobody else has any. Raises OSError."""
    if os.geteuid() != 0:
        return "already not root"
    kept = frozenset(kept)
    for capability in range(_MOST_CAPABILITIES):
        if capability not in kept and libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break  # past the last that this kernel knows, or without the right to drop: then they go below alone
    _set_capabilities(sum(1 << capability for capability in kept) & _held())
    return ""


def drop_capabilities() -> None:
    """Those that a space of users of its own brings to whoever makes it. Raises OSError."""
    _set_capabilities(0)


def _set_capabilities(mask: int) -> None:
    low, high = mask & 0xFFFFFFFF, mask >> 32
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    checked(system_call(_CAPSET[this_architecture().column], header, struct.pack("=6I", low, low, 0, high, high, 0)))


def _held() -> int:
    """The capabilities that this process may use."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    raise OSError(errno.ENOTSUP, "the kernel does not say which rights this process has")


def readable_to_nobody(paths: Iterable[Path]) -> bool:
    """Whether each can be reached and read by every user, going by the modes of its folders: what a part that became
    nobody loads later, or starts, has to be."""
    return all(_is_open(path) for path in paths if path.exists())


def _is_open(path: Path) -> bool:
    try:
        whole = path.resolve(strict=True)
        wanted = stat.S_IROTH | (stat.S_IXOTH if whole.is_dir() else 0)
        return whole.stat().st_mode & wanted == wanted and all(
            folder.stat().st_mode & stat.S_IXOTH for folder in whole.parents
        )
    except OSError:
        return False
