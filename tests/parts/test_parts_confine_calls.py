"""The filters of the parts, run instruction by instruction for both architectures; and their numbers against this
system's headers."""

from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import pytest

from monitor.parts.confine.bpf import ARCHITECTURES, Architecture
from monitor.parts.confine.seccomp import (
    BROWSER,
    CODE_IN_MEMORY,
    CORE,
    FETCHER,
    FILE_MARKS,
    JUDGED,
    NAMESPACES,
    REFUSED_CALLS,
    SERVING,
    WITH_OTHERS,
    Refusals,
    refusing_program,
)

ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, NO_FAMILY, NO_CALL = (0x00050000 | code for code in (errno.EPERM, errno.EAFNOSUPPORT, errno.ENOSYS))
X86, ARM = ARCHITECTURES["x86_64"], ARCHITECTURES["aarch64"]
PARTS = {"core": CORE, "fetcher": FETCHER, "browser": BROWSER}
UNIX, INET, NETLINK, INET6, PACKET, VSOCK = 1, 2, 16, 10, 17, 40


def verdict(architecture: Architecture, refusals: Refusals, number: int, *arguments: int, audit: int = 0) -> int:
    """What the kernel's interpreter would answer (Documentation/networking/filter.rst)."""
    padded = (*arguments, *(0,) * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, audit or architecture.audit, 0, *padded)
    steps = list(struct.iter_unpack("=HBBI", refusing_program(architecture, refusals)))
    accumulator = at = 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, value)
            case 0x54:
                accumulator &= value
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
@pytest.mark.parametrize("part", PARTS)
def test_exactly_what_is_listed_is_refused(part: str, architecture: Architecture) -> None:
    refusals, column = PARTS[part], architecture.column
    listed = dict(REFUSED_CALLS)
    if not refusals.namespaces:
        listed |= NAMESPACES
    for may, calls in (
        (refusals.serves, SERVING),
        (refusals.written_and_run, CODE_IN_MEMORY),
        (refusals.marks, FILE_MARKS),
        (refusals.leads, WITH_OTHERS),
    ):
        if not may:
            listed |= calls
    judged = {numbers[column] for numbers in JUDGED.values()}
    refused = {number for number in set(range(600)) - judged if verdict(architecture, refusals, number) != ALLOW}
    assert refused == {numbers[column] for numbers in listed.values() if numbers[column] is not None}


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=lambda architecture: architecture.name)
@pytest.mark.parametrize(
    ("call", "arguments", "core", "fetcher", "browser"),
    [
        pytest.param("socket", (UNIX, 1), ALLOW, NO_FAMILY, ALLOW, id="socket on this machine"),
        pytest.param("socket", (INET, 1), NO_FAMILY, ALLOW, ALLOW, id="socket to IPv4"),
        pytest.param("socket", (INET6, 2), NO_FAMILY, ALLOW, ALLOW, id="socket to IPv6"),
        pytest.param("socket", (INET6 | 1 << 32, 2), NO_FAMILY, ALLOW, ALLOW, id="IPv6, with what the kernel drops"),
        pytest.param("socket", (NETLINK, 3), NO_FAMILY, ALLOW, ALLOW, id="socket to the kernel's addresses"),
        pytest.param("socket", (NETLINK, 3, 9), NO_FAMILY, NO_FAMILY, ALLOW, id="socket to the kernel's audit"),
        pytest.param("socket", (PACKET, 3), NO_FAMILY, NO_FAMILY, NO_FAMILY, id="raw packets"),
        pytest.param("socket", (VSOCK, 1), NO_FAMILY, NO_FAMILY, NO_FAMILY, id="to the host of a virtual machine"),
        pytest.param("socketpair", (UNIX, 1), ALLOW, ALLOW, ALLOW, id="pair"),
        pytest.param("socketpair", (UNIX, 5 | 0o2000000), ALLOW, ALLOW, ALLOW, id="pair of packets, closed on exec"),
        pytest.param("socketpair", (UNIX, 2 | 0o2000000), ALLOW, REFUSE, ALLOW, id="pair of datagrams"),
        pytest.param("socketpair", (UNIX, 3), ALLOW, REFUSE, ALLOW, id="pair that the kernel makes datagrams of"),
        pytest.param("prlimit64", (0, 7), ALLOW, ALLOW, ALLOW, id="limits of its own"),
        pytest.param("prlimit64", (4242, 0), REFUSE, REFUSE, REFUSE, id="limits of another"),
        pytest.param("socketpair", (30, 1), NO_FAMILY, NO_FAMILY, NO_FAMILY, id="pair of TIPC"),
        pytest.param("mmap", (0, 4096, 3), ALLOW, ALLOW, ALLOW, id="memory to write"),
        pytest.param("mmap", (0, 4096, 5), ALLOW, ALLOW, ALLOW, id="a library's code"),
        pytest.param("mmap", (0, 4096, 7), REFUSE, REFUSE, ALLOW, id="memory to write and run"),
        pytest.param("mprotect", (0, 4096, 5), REFUSE, REFUSE, ALLOW, id="to run what was written"),
        pytest.param("mprotect", (0, 4096, 1), ALLOW, ALLOW, ALLOW, id="to write no more"),
        pytest.param("pkey_mprotect", (0, 4096, 4, 1), REFUSE, REFUSE, ALLOW, id="to run, with a key"),
        pytest.param("shmat", (1, 0, 0o100000), REFUSE, REFUSE, ALLOW, id="shared memory to run"),
        pytest.param("clone", (0x01200011,), ALLOW, ALLOW, ALLOW, id="fork"),
        pytest.param("clone", (0x003D0F00,), ALLOW, ALLOW, ALLOW, id="thread"),
        pytest.param("clone", (0x10000011,), REFUSE, REFUSE, ALLOW, id="a namespace of users"),
        pytest.param("clone3", (0, 88), NO_CALL, NO_CALL, ALLOW, id="clone3"),
        pytest.param("ioctl", (0, 0x5401), ALLOW, ALLOW, ALLOW, id="is it a terminal"),
        pytest.param("ioctl", (0, 0x5412), REFUSE, REFUSE, REFUSE, id="typing into the terminal"),
        pytest.param("ioctl", (0, 0x541C), REFUSE, REFUSE, REFUSE, id="pasting into the terminal"),
        pytest.param("sendto", (5, 0, 1, 0x4000), ALLOW, ALLOW, ALLOW, id="sending"),
        pytest.param("sendto", (5, 0, 1, 0x20004000), REFUSE, ALLOW, ALLOW, id="connecting in sending"),
        pytest.param("sendmsg", (5, 0, 0x20000000), REFUSE, ALLOW, ALLOW, id="connecting in sending a message"),
    ],
)
def test_filter(
    architecture: Architecture, call: str, arguments: tuple[int, ...], core: int, fetcher: int, browser: int
) -> None:
    number = JUDGED[call][architecture.column]
    assert number is not None
    verdicts = [verdict(architecture, refusals, number, *arguments) for refusals in (CORE, FETCHER, BROWSER)]
    assert verdicts == [core, fetcher, browser]


def test_calls_of_another_architecture_kill() -> None:
    i386 = 0x40000003
    assert verdict(X86, CORE, 5, audit=i386) == KILL
    assert verdict(X86, BROWSER, 0x40000000 | 41, INET) == KILL
    assert verdict(ARM, FETCHER, 63, audit=X86.audit) == KILL


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
    listed = REFUSED_CALLS | NAMESPACES | CODE_IN_MEMORY | WITH_OTHERS | FILE_MARKS | SERVING | JUDGED
    newest = max(numbers.values())  # of these headers, which may be older than a call
    ours = {name: both[column] for name, both in listed.items() if (both[column] or 0) <= newest}
    assert {name: numbers.get(name) for name in ours} == ours
