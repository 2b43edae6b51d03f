"""What a worker gives up before it sees the first byte from outside.

Layers, each on its own enough to stop most of what a taken-over parser would try: limits, another user (where it was
started by root), no new privileges, Landlock, a list of allowed system calls. Only ctypes is needed: libraries for the
last two are old or pre-release. Everything that a worker will ever import or open has to be there before `confine`.

No process and no thread is started: RLIMIT_NPROC says so, and the list of system calls says it to root too.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import resource
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from monitor.lifeline import stay_with
from monitor.reader.child.syscalls import ARCHITECTURES, filter_program
from monitor.reader.messages import Confinement

_LIFE_CPU_SECONDS = 900  # of one worker's life; the pool watches each job's share
_NOBODY = 65534  # uid and gid of `nobody` wherever Linux runs (Documentation/admin-guide/sysctl/fs.rst, overflowuid)

# <linux/prctl.h>, <linux/seccomp.h>
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1

# <linux/landlock.h>; the numbers are the same on all architectures
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_VERSION = 1
_LANDLOCK_FILE_RIGHTS = ((5, 16), (3, 15), (2, 14), (1, 13))  # (from ABI, how many rights it knows)
_LANDLOCK_NET = 0b11  # bind and connect TCP, from ABI 4
_LANDLOCK_SCOPES = 0b11  # abstract UNIX sockets and signals to others, from ABI 6

_libc = ctypes.CDLL(None, use_errno=True)


def die_first() -> None:
    """When memory runs out, the kernel takes a worker, not the daemon."""
    with contextlib.suppress(OSError):  # a container may forbid it; the address space is limited anyway
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def confine(*, memory: int, parent: int) -> tuple[Confinement, ...]:
    """memory: bytes of address space beyond what is in use now. Never raises: what cannot be had is said in its layer.
    Threads that already run are confined with the caller."""
    os.environ.clear()
    space = _address_space() + memory  # asked now: Landlock takes /proc away
    layers = [
        _layer("other user", "cannot touch what belongs to the user", _become_nobody),
        _layer("no new privileges", "no program it might reach gives it more rights", _no_new_privileges),
        _layer("landlock", "the kernel refuses files, TCP, and signals to others", _landlock),
        _layer("limits", "memory, computing time, files, processes and core dumps are bounded", lambda: _limit(space)),
    ]
    stay_with(parent)  # becoming another user undid it
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    layers.append(_layer("system calls", "only computing, memory and answering are allowed", _seccomp))
    return (*layers, *_proofs())


def _layer(name: str, stops: str, activate: Callable[[], str]) -> Confinement:
    """activate: returns '' or a remark; raises OSError."""
    try:
        remark = activate()
    except (OSError, ValueError) as error:
        return Confinement(name, False, f"not available here: {error}")
    return Confinement(name, True, f"{stops}{remark and ' (' + remark + ')'}")


def _become_nobody() -> str:
    if os.geteuid() != 0:
        return "already not root"
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    return ""


def _no_new_privileges() -> str:
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    return ""


def _landlock() -> str:
    """A ruleset that handles every right the kernel knows, and grants none."""
    abi = _checked(_syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION))
    rights = next(count for since, count in _LANDLOCK_FILE_RIGHTS if abi >= since)
    words = [(1 << rights) - 1]
    if abi >= 4:
        words.append(_LANDLOCK_NET)
    if abi >= 6:
        words.append(_LANDLOCK_SCOPES)
    attributes = struct.pack(f"={len(words)}Q", *words)
    ruleset = _checked(_syscall(_LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0))
    try:
        _checked(_syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return f"ABI {abi}"


def _address_space() -> int:
    """Bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def _limit(space: int) -> str:
    for kind, soft, hard in (
        (resource.RLIMIT_AS, space, space),
        (resource.RLIMIT_CPU, _LIFE_CPU_SECONDS, _LIFE_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, 3, 3),
        (resource.RLIMIT_NPROC, 0, 0),
        (resource.RLIMIT_MEMLOCK, 0, 0),
        (resource.RLIMIT_MSGQUEUE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))
    return ""


def _seccomp() -> str:
    architecture = ARCHITECTURES.get(platform.machine())
    if architecture is None or sys.maxsize < 2**32:
        raise OSError(errno.ENOTSUP, f"no list of system calls for {platform.machine()}")
    program = filter_program(architecture, os.getpid())
    instructions = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: unsigned short, padding, pointer
    packed = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions)))
    _checked(_syscall(architecture.seccomp, _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC, packed))
    return architecture.name


def _proofs() -> tuple[Confinement, ...]:
    """Tried, not believed. A descriptor is closed first: else the limit on open files alone would refuse, and a
    taken-over parser can close one too."""
    os.close(2)
    return (
        _proof("opens no file", "/dev/null was refused", _open_a_file),
        _proof("opens no socket", "a socket was refused", _open_a_socket),
        _proof("starts no process", "a fork was refused", _fork),
    )


def _proof(name: str, refused: str, attempt: Callable[[], None]) -> Confinement:
    try:
        attempt()
    except OSError as error:
        return Confinement(name, True, f"{refused}: {error.strerror}")
    return Confinement(name, False, "it was tried and the kernel allowed it")


def _open_a_file() -> None:
    os.close(os.open("/dev/null", os.O_RDONLY))


def _open_a_socket() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _syscall(number: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    words = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result: int = _libc.syscall(ctypes.c_long(number), *words)
    return result
