"""The filter, run instruction by instruction for both architectures; and its numbers against this system's headers."""

from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import pytest

from monitor.parts.confine.bpf import ARCHITECTURES, Architecture
from monitor.reader.child.syscalls import ALLOWED, CONDITIONAL, filter_program

PID = 4242
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
X86, ARM = ARCHITECTURES["x86_64"], ARCHITECTURES["aarch64"]


def verdict(architecture: Architecture, number: int, *arguments: int, audit: int | None = None) -> int:
    """What the kernel's interpreter would answer (Documentation/networking/filter.rst)."""
    padded = (*arguments, *(0,) * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, architecture.audit if audit is None else audit, 0, *padded)
    program = filter_program(architecture, PID)
    steps = list(struct.iter_unpack("=HBBI", program))
    accumulator = at = 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, value)
            case 0x15:
                at += if_true if accumulator == value else if_false
            case 0x35:
                at += if_true if accumulator >= value else if_false
            case 0x45:
                at += if_true if accumulator & value else if_false
            case 0x06:
                return value
            case other:
                raise AssertionError(f"no such instruction: {other:#x}")


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=lambda architecture: architecture.name)
def test_exactly_what_is_listed_is_allowed(architecture: Architecture) -> None:
    allowed = {number for number in range(600) if verdict(architecture, number) == ALLOW}
    listed = {numbers[architecture.column] for numbers in ALLOWED.values()}
    memory = {CONDITIONAL[name][architecture.column] for name in ("mmap", "mprotect")}
    assert allowed == listed | memory


@pytest.mark.parametrize(
    ("architecture", "number", "arguments", "wanted"),
    [
        pytest.param(X86, 9, (0, 4096, 3), ALLOW, id="x86-64 mmap of data"),
        pytest.param(X86, 9, (0, 4096, 7), REFUSE, id="x86-64 mmap of code"),
        pytest.param(X86, 10, (0, 4096, 5), REFUSE, id="x86-64 mprotect to code"),
        pytest.param(ARM, 222, (0, 4096, 4), REFUSE, id="arm64 mmap of code"),
        pytest.param(ARM, 226, (0, 4096, 1), ALLOW, id="arm64 mprotect of data"),
        pytest.param(X86, 234, (PID, 1, 6), ALLOW, id="x86-64 signal to itself"),
        pytest.param(X86, 234, (1, 1, 9), REFUSE, id="x86-64 signal to another"),
        pytest.param(ARM, 131, (PID + 1, 1, 9), REFUSE, id="arm64 signal to another"),
        pytest.param(X86, 2, (), REFUSE, id="x86-64 open"),
        pytest.param(X86, 56, (0x10000,), REFUSE, id="x86-64 clone"),
        pytest.param(X86, 0x40000000, (), KILL, id="x32 read"),
        pytest.param(X86, 0x40000209, (), KILL, id="x32 of its own"),
        pytest.param(ARM, 56, (), REFUSE, id="arm64 openat"),
        pytest.param(ARM, 435, (), REFUSE, id="arm64 clone3"),
    ],
)
def test_filter(architecture: Architecture, number: int, arguments: tuple[int, ...], wanted: int) -> None:
    assert verdict(architecture, number, *arguments) == wanted


def test_calls_of_another_architecture_kill() -> None:
    i386 = 0x40000003
    assert verdict(X86, 5, audit=i386) == KILL
    assert verdict(ARM, 63, audit=X86.audit) == KILL


@pytest.mark.parametrize(
    ("column", "header"),
    [
        pytest.param(0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", id="x86-64"),
        pytest.param(1, "/usr/include/asm-generic/unistd.h", id="arm64"),
    ],
)
def test_numbers_are_the_kernels(column: int, header: str) -> None:
    if not Path(header).exists():
        pytest.skip(f"no {header} here")
    found = re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text(), re.MULTILINE)
    numbers = {name: int(number) for name, number in found}
    ours = {name: both[column] for name, both in {**ALLOWED, **CONDITIONAL}.items()}
    assert {name: numbers.get(name) for name in ours} == ours
