"""The system calls a confined worker may make, as a classic BPF program for seccomp.

A list of what is allowed, because a list of what is not has to know every call that a later kernel adds. What is
missing fails with EPERM, as an absent file would, and so ends as a typed error or the death of a worker. Neither
processes nor threads can be started; the decoders are told to do without.
"""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass

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

_ALLOW = 0x7FFF0000
_ERROR = 0x00050000
_KILL_PROCESS = 0x80000000

_PROT_EXEC = 4
_X32 = 0x40000000  # x86-64's other set of call numbers starts here

# struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6]. Both architectures are little-endian.
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16

# BPF: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JGE|BPF_K, BPF_JMP|BPF_JSET|BPF_K, BPF_RET|BPF_K
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


@dataclass(frozen=True, slots=True)
class Architecture:
    """column: of the tables above. audit: AUDIT_ARCH_* of <linux/audit.h>. seccomp: the number of that call."""

    name: str
    column: int
    audit: int
    seccomp: int


ARCHITECTURES = {
    "x86_64": Architecture("x86-64", 0, 0xC000003E, 317),
    "aarch64": Architecture("arm64", 1, 0xC00000B7, 277),
}


def filter_program(architecture: Architecture, pid: int) -> bytes:
    """8 bytes an instruction. Calls of another architecture (i386 or x32 on x86-64) kill."""
    refused = _ERROR | errno.EPERM
    steps = [
        (_LOAD, 0, 0, _ARCH),
        (_IF_EQUAL, 1, 0, architecture.audit),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if architecture.column == 0:
        steps += [(_IF_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL_PROCESS)]
    for numbers in ALLOWED.values():
        steps += [(_IF_EQUAL, 0, 1, numbers[architecture.column]), (_RETURN, 0, 0, _ALLOW)]
    for name, (argument, test, value, if_so, if_not) in {
        "mmap": (2, _IF_BITS, _PROT_EXEC, refused, _ALLOW),
        "mprotect": (2, _IF_BITS, _PROT_EXEC, refused, _ALLOW),
        "tgkill": (0, _IF_EQUAL, pid, _ALLOW, refused),
    }.items():
        steps += [
            (_IF_EQUAL, 0, 4, CONDITIONAL[name][architecture.column]),
            (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
            (test, 0, 1, value),
            (_RETURN, 0, 0, if_so),
            (_RETURN, 0, 0, if_not),
        ]
    steps.append((_RETURN, 0, 0, refused))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
