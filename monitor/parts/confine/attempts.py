"""What a part must not be able to do, tried from inside it. Each raises OSError where it is refused, as it should be;
where it is not, what was opened or made is taken back."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import secrets
import socket
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial

from monitor.parts.confine.kernel import checked, libc
from monitor.parts.confine.layers import Confinement, proof

_BLUETOOTH = 31  # Python may have been built without
_NETWORKS = (
    socket.AF_INET,
    socket.AF_INET6,
    socket.AF_NETLINK,
    socket.AF_PACKET,
    socket.AF_VSOCK,
    _BLUETOOTH,
)
_KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW)
_ANYWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))  # nobody's (RFC 5737, RFC 3849)
_PTRACE_ATTACH, _PTRACE_DETACH = 16, 17  # <sys/ptrace.h>


def core_attempts() -> tuple[Confinement, ...]:
    return (
        proof("no way to any network", "sockets of every kind but the machine's own were refused", open_any_socket),
        proof("writes nowhere else", "a file in each common folder was refused", write_elsewhere),
        proof("reads no other process", "the memory of another process was refused", read_another_process),
        proof("runs nothing it has written", "such memory was refused", write_and_run),
    )


def fetcher_attempts(paths: Iterable[str]) -> tuple[Confinement, ...]:
    """paths: files and folders of the person, which it must not even see."""
    return (
        proof("sees no file of yours", "each was refused", lambda: see_any(paths)),
        proof("writes nowhere", "a file in each common folder was refused", write_elsewhere),
        proof("reads no other process", "the memory of another process was refused", read_another_process),
        proof("asks nothing of your session", "a socket to its programs was refused", open_local_socket),
    )


def browser_attempts(paths: Iterable[str]) -> tuple[Confinement, ...]:
    """paths: as for the fetcher."""
    return (
        proof("has no network of its own", "no way leads anywhere", reach_anywhere),
        proof("sees no file of yours", "each was refused", lambda: see_any(paths)),
        proof("writes nowhere else", "a file in each common folder was refused", write_elsewhere),
        proof("reads no other process", "the memory of another process was refused", read_another_process),
    )


def open_a_file() -> None:
    os.close(os.open("/dev/null", os.O_RDONLY))


def open_a_socket() -> None:
    _open(socket.AF_INET, socket.SOCK_STREAM)


def fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def open_any_socket() -> None:
    any_of(partial(_open, family, kind) for family in _NETWORKS for kind in _KINDS)


def _open(family: int, kind: int) -> None:
    socket.socket(family, kind).close()


def open_local_socket() -> None:
    _open(socket.AF_UNIX, socket.SOCK_STREAM)


def reach_anywhere() -> None:
    """Connecting a datagram socket asks the routes and sends nothing."""

    def reach(family: int, address: str) -> None:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((address, 9))

    any_of(partial(reach, *to) for to in _ANYWHERE)


def see_any(paths: Iterable[str]) -> None:
    def see(path: str) -> None:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))

    any_of(partial(see, path) for path in (*paths, os.path.expanduser("~")))


def write_elsewhere() -> None:
    def write(folder: str) -> None:
        path = f"{folder}/.tried-{secrets.token_hex(8)}"
        with ExitStack() as undo:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            undo.callback(os.unlink, path)
            os.close(descriptor)

    folders = (os.path.expanduser("~"), "/tmp", "/var/tmp", "/")  # noqa: S108  # what must be refused
    any_of(partial(write, folder) for folder in folders)


def read_another_process() -> None:
    """Who started it: another process of the same user, mostly."""
    parent = os.getppid()
    any_of(partial(way, parent) for way in WAYS_TO_READ.values())


def _read_by_call(process: int) -> None:
    mine = ctypes.create_string_buffer(8)
    here = (ctypes.c_void_p * 2)(ctypes.addressof(mine), 8)
    there = (ctypes.c_void_p * 2)(ctypes.addressof(mine), 8)  # where it looks does not matter: whether it may look does
    try:
        checked(libc.process_vm_readv(process, here, 1, there, 1, 0))
    except OSError as error:
        if error.errno != errno.EFAULT:  # nothing lies there, and it may look
            raise


def _read_by_file(process: int) -> None:
    os.close(os.open(f"/proc/{process}/mem", os.O_RDONLY | os.O_CLOEXEC))


def _attach(process: int) -> None:
    checked(libc.ptrace(_PTRACE_ATTACH, process, None, None))
    os.waitpid(process, 0)
    libc.ptrace(_PTRACE_DETACH, process, None, None)


WAYS_TO_READ = {"process_vm_readv": _read_by_call, "/proc/PID/mem": _read_by_file, "ptrace": _attach}
"""Another process, by its number."""


def write_and_run() -> None:
    mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def any_of(attempts: Iterable[Callable[[], None]]) -> None:
    """Returns with the first that is not refused; raises the last refusal where all are."""
    refusal = OSError(errno.EPERM, os.strerror(errno.EPERM))
    for attempt in attempts:
        try:
            attempt()
        except OSError as error:
            refusal = error
        else:
            return
    raise refusal
