"""Classic BPF programs, as seccomp takes them: their instructions, the architectures, and how one is put in force."""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from monitor.parts.confine.kernel import checked, system_call

BpfStep = tuple[int, int, int, int]
"""One instruction: code, jump if so, jump if not, value."""

# <linux/seccomp.h>
ALLOW = 0x7FFF0000
REFUSE = 0x00050000  # | errno
KILL_PROCESS = 0x80000000
_SET_MODE_FILTER, _FLAG_TSYNC = 1, 1

# BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JGE|BPF_K, BPF_JMP|BPF_JSET|BPF_K, BPF_ALU|BPF_AND|BPF_K,
# BPF_RET|BPF_K
LOAD, IF_EQUAL, IF_AT_LEAST, IF_BITS, MASK, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06

# struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6]. Both architectures are little-endian.
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000  # x86-64's other set of call numbers starts here


@dataclass(frozen=True, slots=True)
class Architecture:
    """column: of the tables of numbers. audit: AUDIT_ARCH_* of <linux/audit.h>. seccomp: the number of that call."""

    name: str
    column: int
    audit: int
    seccomp: int


ARCHITECTURES = {
    "x86_64": Architecture("x86-64", 0, 0xC000003E, 317),
    "aarch64": Architecture("arm64", 1, 0xC00000B7, 277),
}


def this_architecture() -> Architecture:
    """Raises OSError where no list of system calls was made for it."""
    architecture = ARCHITECTURES.get(platform.machine())
    if architecture is None or sys.maxsize < 2**32:
        raise OSError(errno.ENOTSUP, f"no list of system calls for {platform.machine()}")
    return architecture


def argument(number: int) -> int:
    """Where the lower half of an argument of the call stands. All that is judged here fits into it, or is an `int`."""
    return _ARGUMENTS + 8 * number


def beginning(architecture: Architecture) -> list[BpfStep]:
    """Calls of another architecture (i386 or x32 on x86-64) kill; then the number of the call is loaded."""
    steps = [
        (LOAD, 0, 0, _ARCH),
        (IF_EQUAL, 1, 0, architecture.audit),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, _NUMBER),
    ]
    if architecture.column == 0:
        steps += [(IF_AT_LEAST, 0, 1, _X32), (RETURN, 0, 0, KILL_PROCESS)]
    return steps


def assembled(steps: Iterable[BpfStep]) -> bytes:
    """8 bytes an instruction."""
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def put_in_force(architecture: Architecture, program: bytes) -> None:
    """For this process with all its threads and all that it starts, beside what is in force already. Raises OSError."""
    instructions = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: unsigned short, padding, pointer
    packed = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions)))
    checked(system_call(architecture.seccomp, _SET_MODE_FILTER, _FLAG_TSYNC, packed))
