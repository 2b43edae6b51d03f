"""The system calls a confined worker may make, as a classic BPF program for seccomp.

A list of what is allowed, because a list of what is not has to know every call that a later kernel adds. What is
missing fails with EPERM, as an absent file would, and so ends as a typed error or the death of a worker. Neither
processes nor threads can be started; the decoders are told to do without.
"""

from __future__ import annotations

import errno

from monitor.parts.confine.bpf import (
    ALLOW,
    IF_BITS,
    IF_EQUAL,
    LOAD,
    REFUSE,
    RETURN,
    Architecture,
    argument,
    assembled,
    beginning,
)

# name: (x86-64, arm64). <asm/unistd_64.h>, <asm-generic/unistd.h>
ALLOWED = {
    # answering
    "read": (0, 63),
    "readv": (19, 65),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    # memory
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    # locks, and asking who it is
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "membarrier": (324, 283),
    "getpid": (39, 172),
    "gettid": (186, 178),
    # signals to itself, and ending
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
    # time, chance, how much memory there is
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "getcpu": (309, 168),
    "sysinfo": (99, 179),
}
CONDITIONAL = {
    "mmap": (9, 222),  # never executable: injected machine code has nowhere to run
    "mprotect": (10, 226),
    "tgkill": (234, 131),  # itself only: abort()
}

_PROT_EXEC = 4


def filter_program(architecture: Architecture, pid: int) -> bytes:
    """Calls of another architecture kill."""
    refused = REFUSE | errno.EPERM
    steps = beginning(architecture)
    for numbers in ALLOWED.values():
        steps += [(IF_EQUAL, 0, 1, numbers[architecture.column]), (RETURN, 0, 0, ALLOW)]
    for name, (which, test, value, if_so, if_not) in {
        "mmap": (2, IF_BITS, _PROT_EXEC, refused, ALLOW),
        "mprotect": (2, IF_BITS, _PROT_EXEC, refused, ALLOW),
        "tgkill": (0, IF_EQUAL, pid, ALLOW, refused),
    }.items():
        steps += [
            (IF_EQUAL, 0, 4, CONDITIONAL[name][architecture.column]),
            (LOAD, 0, 0, argument(which)),
            (test, 0, 1, value),
            (RETURN, 0, 0, if_so),
            (RETURN, 0, 0, if_not),
        ]
    steps.append((RETURN, 0, 0, refused))
    return assembled(steps)
