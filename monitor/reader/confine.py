"""Takes everything away from this process that reading a picture or a page does not need. Linux, x86-64 and arm64.

Done once, after every library is loaded and before the first outside byte. Each step is tried by itself and its result
told: `doctor` prints them, and none is ever silently missing.

- no new privileges; as root: the user `nobody`, without groups
- rlimits: memory, files (none), processes (none), written bytes (none), core dumps (none)
- Landlock: no file, no TCP port, no signal to others (kernel 5.13 and later; by raw system calls, there is no wrapper)
- seccomp: an ALLOW list of system calls; every other one fails with EPERM. Not on it: opening files, sockets, processes
  and threads, exec, ptrace, prctl, and executable memory. It binds root too.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from collections.abc import Callable

from monitor.reader.messages import Confinement

NOBODY = 65534
MIB = 1024 * 1024
LIFETIME_CPU_S = 900  # of one worker over all its jobs; the pool sets nearer limits for each job where it may

_PR_SET_NO_NEW_PRIVS, _PR_SET_DUMPABLE = 38, 4
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 444, 446  # the same on every architecture
_LANDLOCK_FILES = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # number of file rights that each version knows
_LANDLOCK_TCP, _LANDLOCK_SCOPES = 0b11, 0b11  # bind and connect (version 4); abstract sockets and signals (version 6)

_SECCOMP_SET_MODE_FILTER, _SECCOMP_TSYNC = 1, 1
_KILL_PROCESS, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_PROT_EXEC = 4

# What a Python program that only computes and talks over an open descriptor asks of the kernel.
_ALLOWED = {
    "x86_64": {
        **{"read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "munmap": 11, "brk": 12},
        **{"rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "readv": 19, "writev": 20, "sched_yield": 24},
        **{"mremap": 25, "mincore": 27, "madvise": 28, "nanosleep": 35, "getpid": 39, "exit": 60, "uname": 63},
        **{"gettimeofday": 96, "getrusage": 98, "sysinfo": 99, "times": 100, "getuid": 102, "geteuid": 107},
        **{"sigaltstack": 131, "gettid": 186, "futex": 202, "sched_getaffinity": 204, "restart_syscall": 219},
        **{"clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "getrandom": 318},
        **{"membarrier": 324, "rseq": 334},
    },
    "aarch64": {
        **{"close": 57, "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66, "ppoll": 73, "fstat": 80},
        **{"exit": 93, "exit_group": 94, "futex": 98, "nanosleep": 101, "clock_gettime": 113, "clock_getres": 114},
        **{"clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128},
        **{"sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "times": 153},
        **{"uname": 160, "getrusage": 165, "gettimeofday": 169, "getpid": 172, "getuid": 174, "geteuid": 175},
        **{"gettid": 178, "sysinfo": 179, "brk": 214, "munmap": 215, "mremap": 216, "mincore": 232, "madvise": 233},
        **{"getrandom": 278, "membarrier": 283, "rseq": 293},
    },
}
# Allowed with a condition: memory that is not executable; a signal to itself (abort).
_MEMORY = {"x86_64": (9, 10), "aarch64": (222, 226)}  # mmap, mprotect: protection is the third argument
_TGKILL = {"x86_64": 234, "aarch64": 131}
_CLONE3 = {"x86_64": 435, "aarch64": 435}  # answered with "not known", so that libraries try the older call
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000  # x86-64's other call numbers


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def confine(*, memory_mib: int) -> tuple[Confinement, ...]:
    """memory_mib: address space beyond what the process has now. Raises nothing; says what is in force."""
    address_space = _address_space()  # now: files cannot be read later
    steps: list[tuple[str, Callable[[], str]]] = [
        ("environment", _empty_environment),
        ("descriptors", _close_descriptors),
        ("no new privileges", _no_new_privileges),
    ]
    if os.geteuid() == 0:
        steps.append(("user nobody", _become_nobody))
    steps += [
        ("landlock", _landlock),
        ("limits", lambda: _limit(address_space, memory_mib)),
        ("seccomp", _seccomp),
    ]
    return tuple(_tried(name, step) for name, step in steps)


def _tried(name: str, step: Callable[[], str]) -> Confinement:
    try:
        return Confinement(name, True, step())
    except (OSError, ValueError, RuntimeError) as error:
        return Confinement(name, False, str(error)[:200])


def _empty_environment() -> str:
    os.environ.clear()
    return ""


def _close_descriptors() -> str:
    os.closerange(3, 4096)
    return ""


def _no_new_privileges() -> str:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)  # nobody else of this user may look into it or write to it
    return ""


def _become_nobody() -> str:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    _prctl(_PR_SET_DUMPABLE, 0)
    return ""


def _limit(address_space: int, memory_mib: int) -> str:
    memory = address_space + memory_mib * MIB
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for what, limit in wanted.items():
        resource.setrlimit(what, (limit, limit))
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (LIFETIME_CPU_S, hard))
    return f"{memory_mib} MiB"


def _address_space() -> int:
    """Bytes that this process has mapped by now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _landlock() -> str:
    version = _libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        raise OSError("the kernel has no Landlock, or it is switched off")
    files = (1 << _LANDLOCK_FILES[min(version, 5)]) - 1
    fields = [files]
    if version >= 4:
        fields.append(_LANDLOCK_TCP)
    if version >= 6:
        fields.append(_LANDLOCK_SCOPES)
    attribute = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _libc.syscall(_LANDLOCK_CREATE, attribute, ctypes.c_size_t(len(attribute)), 0)
    if ruleset < 0:
        raise _last_error("Landlock: no rule set")
    try:
        if _libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) != 0:
            raise _last_error("Landlock")
    finally:
        os.close(ruleset)
    return f"version {version}"


def _seccomp() -> str:
    machine = platform.machine()
    if machine not in _ALLOWED:
        raise OSError(f"no list of system calls for {machine}")
    code = filter_for(machine, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    result = _libc.syscall(_SECCOMP[machine], _SECCOMP_SET_MODE_FILTER, _SECCOMP_TSYNC, ctypes.byref(program))
    if result != 0:
        raise _last_error("seccomp")
    return f"{len(_ALLOWED[machine]) + 3} calls allowed"


def filter_for(machine: str, pid: int) -> bytes:
    """The filter as the kernel's sock_filter records (code, jump if true, jump if false, value)."""
    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    number, arch, first_argument, third_argument = 0, 4, 16, 32
    lines: list[tuple[int, int, int, int]] = [
        (load, 0, 0, arch),
        (equal, 1, 0, _AUDIT_ARCH[machine]),
        (answer, 0, 0, _KILL_PROCESS),
        (load, 0, 0, number),
    ]
    if machine == "x86_64":
        lines += [(at_least, 0, 1, _X32), (answer, 0, 0, _KILL_PROCESS)]
    for call in sorted(_ALLOWED[machine].values()):
        lines += [(equal, 0, 1, call), (answer, 0, 0, _ALLOW)]
    for call in _MEMORY[machine]:
        lines += [
            (equal, 0, 4, call),
            (load, 0, 0, third_argument),
            (any_bit, 0, 1, _PROT_EXEC),
            (answer, 0, 0, _ERRNO | _EPERM),
            (answer, 0, 0, _ALLOW),
        ]
    lines += [
        (equal, 0, 4, _TGKILL[machine]),
        (load, 0, 0, first_argument),
        (equal, 1, 0, pid),
        (answer, 0, 0, _ERRNO | _EPERM),
        (answer, 0, 0, _ALLOW),
        (equal, 0, 1, _CLONE3[machine]),
        (answer, 0, 0, _ERRNO | _ENOSYS),
        (answer, 0, 0, _ERRNO | _EPERM),
    ]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        raise _last_error(f"prctl {option}")


def _last_error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
