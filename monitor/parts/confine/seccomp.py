"""The system calls that a part may not make, as a classic BPF program for seccomp.

A list of what is refused, since what whole programs do (Python with its libraries, Chromium) is no list that would hold
over their versions; readers, which only compute, have a list of what is allowed (`reader.child.syscalls`). It is in
force for whatever the part starts, too.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace

from monitor.parts.confine.bpf import (
    ALLOW,
    IF_BITS,
    IF_EQUAL,
    LOAD,
    MASK,
    REFUSE,
    RETURN,
    Architecture,
    BpfStep,
    argument,
    assembled,
    beginning,
    put_in_force,
    this_architecture,
)

Numbers = tuple[int | None, int | None]
"""(x86-64, arm64). <asm/unistd_64.h>, <asm-generic/unistd.h>. None: that one has no such call."""

REFUSED_CALLS: dict[str, Numbers] = {
    # other processes: their memory, their open files
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # a ring does by itself, unseen by any filter, what calls do
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # the kernel itself
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "syslog": (103, 116),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "vhangup": (153, 58),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "personality": (135, 92),  # where READ_IMPLIES_EXEC is, and addresses that do not change
    # what files there are
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "fsconfig": (431, 431),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    # keys of the session, which every process of the user shares
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
}
NAMESPACES: dict[str, Numbers] = {
    "unshare": (272, 97),
    "setns": (308, 268),
    "chroot": (161, 51),
}
CODE_IN_MEMORY: dict[str, Numbers] = {
    # a file in memory, which no rule for files knows: written, and then run or loaded
    "memfd_create": (319, 279),
    "execveat": (322, 281),
}
WITH_OTHERS: dict[str, Numbers] = {
    # how soon other processes come to their turn, and where
    "setpriority": (141, 140),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
    "ioprio_set": (251, 30),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "process_madvise": (440, 440),
    # what processes of one user share beside files
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
}
FILE_MARKS: dict[str, Numbers] = {
    # rights, owners and times of files, and who looks at them: Landlock judges none of these
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    "fanotify_mark": (301, 263),
}
SERVING: dict[str, Numbers] = {
    "listen": (50, 201),  # without bind(2) a port is drawn: Landlock, which refuses that, is not asked
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendmmsg": (307, 269),
}
JUDGED: dict[str, Numbers] = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "ioctl": (16, 29),
    "clone": (56, 220),
    "clone3": (435, 435),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "pkey_mprotect": (329, 288),
    "shmat": (30, 196),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "prlimit64": (302, 261),
}
"""By what they are called with."""

_PROT_EXEC, _PROT_WRITE_EXEC, _SHM_EXEC = 4, 6, 0o100000
_NAMESPACE_FLAGS = 0x7E020000  # CLONE_NEW*, all of them
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # typing for whoever sits at the terminal
_MSG_FASTOPEN = 0x20000000  # connects in sending, of which Landlock is not asked on every kernel
_SOCKET_KINDS = 0xF  # what is above are flags

_REFUSED = REFUSE | errno.EPERM
_NO_FAMILY = REFUSE | errno.EAFNOSUPPORT  # what libraries know from machines without IPv6, and do without
_NO_CALL = REFUSE | errno.ENOSYS  # makes glibc use clone(2) instead, whose flags can be looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """families: of sockets that may be opened. datagram_pairs: whether a pair of AF_UNIX may be of datagrams, which can
    be led elsewhere later. serves: may listen, and connect in sending. namespaces: may make new ones. written_and_run:
    memory may be written and run as code. marks: may change rights, owners and times of files. leads: may say how soon
    other processes come to their turn, and share memory and queues with them by name. routes_alone: of AF_NETLINK what
    tells addresses alone. streams: of IPv4 and IPv6 such of TCP may be opened, and connected; nothing else, and
    none may listen."""

    families: tuple[int, ...]
    datagram_pairs: bool = True
    serves: bool = False
    namespaces: bool = False
    written_and_run: bool = False
    marks: bool = False
    leads: bool = False
    routes_alone: bool = False
    streams: bool = False


CORE = Refusals(families=(socket.AF_UNIX,), marks=True)
KEEPER = Refusals(families=(), datagram_pairs=False)
COMMAND = Refusals(
    families=(socket.AF_UNIX,),
    serves=True,
    namespaces=True,
    written_and_run=True,
    marks=True,
    leads=True,
)
"""It may start a pager, an editor or a viewer of the person's."""
FETCHER = Refusals(
    families=(socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK),
    datagram_pairs=False,
    serves=True,
    routes_alone=True,
)
"""AF_NETLINK: glibc asks it which addresses this machine has before it sorts those of a name. No AF_UNIX: whoever may
connect to the user's own session (D-Bus, systemd) can have anything started there, outside of every confinement."""
BROWSER = Refusals(
    families=(socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK),
    serves=True,
    namespaces=True,
    written_and_run=True,
    leads=True,
)
"""Chromium shuts in its own processes by new namespaces, and compiles scripts to code."""


def beside_ways(refusals: Refusals, ports: Iterable[int]) -> Refusals:
    """Where a way stays open by TCP. Which one it is, Landlock holds: a filter sees no address."""
    return replace(refusals, streams=True) if any(ports) else refusals


def refuse_calls(refusals: Refusals) -> str:
    """For this process and whatever it starts. Returns the architecture's name. Raises OSError."""
    architecture = this_architecture()
    put_in_force(architecture, refusing_program(architecture, refusals))
    return architecture.name


def refusing_program(architecture: Architecture, refusals: Refusals) -> bytes:
    column = architecture.column
    steps = beginning(architecture)
    for numbers in _refused_always(refusals):
        if (number := numbers[column]) is not None:
            steps += [(IF_EQUAL, 0, 1, number), (RETURN, 0, 0, _REFUSED)]
    for name, judgement in _judgements(refusals):
        if (number := JUDGED[name][column]) is not None:
            steps += [(IF_EQUAL, 0, len(judgement), number), *judgement]
    steps.append((RETURN, 0, 0, ALLOW))
    return assembled(steps)


def _refused_always(refusals: Refusals) -> Iterable[Numbers]:
    yield from REFUSED_CALLS.values()
    if not refusals.namespaces:
        yield from NAMESPACES.values()
    if not refusals.serves:
        yield from SERVING.values()
    if not refusals.written_and_run:
        yield from CODE_IN_MEMORY.values()
    if not refusals.marks:
        yield from FILE_MARKS.values()
    if not refusals.leads:
        yield from WITH_OTHERS.values()


def _judgements(refusals: Refusals) -> Iterable[tuple[str, list[BpfStep]]]:
    """Each ends in a verdict."""
    yield (
        "socket",
        [
            *(_routes_alone() if refusals.routes_alone else ()),
            *(_streams() if refusals.streams else ()),
            *_only(0, refusals.families),
        ],
    )
    yield "socketpair", _pairs(refusals)
    yield "ioctl", [*_unless(1, _TIOCSTI), *_unless(1, _TIOCLINUX), (RETURN, 0, 0, ALLOW)]
    yield "prlimit64", [(LOAD, 0, 0, argument(0)), *_if(0, ALLOW), (RETURN, 0, 0, _REFUSED)]  # of itself alone
    if not refusals.namespaces:
        yield "clone", _without(0, _NAMESPACE_FLAGS)
        yield "clone3", [(RETURN, 0, 0, _NO_CALL)]  # its flags stand in memory, where no filter sees them
    if not refusals.written_and_run:
        yield "mmap", _without_all(2, _PROT_WRITE_EXEC)
        yield "mprotect", _without(2, _PROT_EXEC)
        yield "pkey_mprotect", _without(2, _PROT_EXEC)
        yield "shmat", _without(2, _SHM_EXEC)
    if not refusals.serves:
        yield "sendto", _without(3, _MSG_FASTOPEN)
        yield "sendmsg", _without(2, _MSG_FASTOPEN)


def _routes_alone() -> list[BpfStep]:
    return [
        (LOAD, 0, 0, argument(0)),
        (IF_EQUAL, 0, 3, socket.AF_NETLINK),
        (LOAD, 0, 0, argument(2)),
        *_if_not(0, _NO_FAMILY),
    ]


def _streams() -> list[BpfStep]:
    """Not of MPTCP, of which Landlock is not asked."""
    judged: list[BpfStep] = [
        (LOAD, 0, 0, argument(1)),
        (MASK, 0, 0, _SOCKET_KINDS),
        *_if_not(socket.SOCK_STREAM, _NO_FAMILY),
        (LOAD, 0, 0, argument(2)),
        *_if(0, ALLOW),
        *_if(socket.IPPROTO_TCP, ALLOW),
        (RETURN, 0, 0, _NO_FAMILY),
    ]
    return [
        (LOAD, 0, 0, argument(0)),
        (IF_EQUAL, 1, 0, socket.AF_INET),
        (IF_EQUAL, 0, len(judged), socket.AF_INET6),
        *judged,
    ]


def _pairs(refusals: Refusals) -> list[BpfStep]:
    if refusals.datagram_pairs:
        return _only(0, (socket.AF_UNIX,))
    return [
        (LOAD, 0, 0, argument(0)),
        (IF_EQUAL, 1, 0, socket.AF_UNIX),
        (RETURN, 0, 0, _NO_FAMILY),
        (LOAD, 0, 0, argument(1)),
        (MASK, 0, 0, _SOCKET_KINDS),
        *_if(socket.SOCK_STREAM, ALLOW),
        *_if(socket.SOCK_SEQPACKET, ALLOW),
        (RETURN, 0, 0, _REFUSED),  # SOCK_RAW too: the kernel makes datagrams of it
    ]


def _only(which: int, values: Iterable[int]) -> list[BpfStep]:
    return [
        (LOAD, 0, 0, argument(which)),
        *(step for value in values for step in _if(value, ALLOW)),
        (RETURN, 0, 0, _NO_FAMILY),
    ]


def _unless(which: int, value: int) -> list[BpfStep]:
    return [(LOAD, 0, 0, argument(which)), *_if(value, _REFUSED)]


def _if(value: int, verdict: int) -> list[BpfStep]:
    return [(IF_EQUAL, 0, 1, value), (RETURN, 0, 0, verdict)]


def _if_not(value: int, verdict: int) -> list[BpfStep]:
    return [(IF_EQUAL, 1, 0, value), (RETURN, 0, 0, verdict)]


def _without(which: int, bits: int) -> list[BpfStep]:
    """None of the bits."""
    return [
        (LOAD, 0, 0, argument(which)),
        (IF_BITS, 0, 1, bits),
        (RETURN, 0, 0, _REFUSED),
        (RETURN, 0, 0, ALLOW),
    ]


def _without_all(which: int, bits: int) -> list[BpfStep]:
    """Not all of the bits at once."""
    return [(LOAD, 0, 0, argument(which)), (MASK, 0, 0, bits), *_if(bits, _REFUSED), (RETURN, 0, 0, ALLOW)]
