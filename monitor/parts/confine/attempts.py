"""What a part must not be able to do, tried from inside it. Each raises OSError where it is refused, as it should be;
where it is not, what was opened or made is taken back."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import secrets
import socket
import stat
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial

from monitor.kept_ways import kept_ways
from monitor.parts.confine.kernel import checked, libc
from monitor.parts.confine.layers import Confinement, proof

_MPTCP = 262  # <netinet/in.h>; Python knows it from 3.10 on, where its headers did
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
_IN_ATTRIB = 4  # <sys/inotify.h>
_PTRACE_ATTACH, _PTRACE_DETACH = 16, 17  # <sys/ptrace.h>


def core_attempts() -> tuple[Confinement, ...]:
    return (
        _no_network(),
        proof("writes nowhere else", "a file in each common folder was refused", write_elsewhere),
        proof("reads no other process", "the memory of another process was refused", read_another_process),
        proof("ends or slows no other process", "a signal, limits and turns were refused", end_or_slow_another),
        proof("runs no memory it has written", "such memory, and files in memory, were refused", run_own_memory),
    )


def _no_network() -> Confinement:
    if not kept_ways():
        return proof(
            "no way to any network", "sockets of every kind but the machine's own were refused", open_any_socket
        )
    return proof(
        "no way to any network but the database's",
        "sockets of every other kind, and another port, were refused",
        lambda: any_of((open_no_stream, connect_beside)),
    )


def fetcher_attempts(paths: Iterable[str], sockets: Iterable[str] = ()) -> tuple[Confinement, ...]:
    """paths: files and folders of the person, which it must not even see. sockets: by which the programs of the
    person's session are spoken to."""
    return (
        proof("sees no file of yours", "each was refused", lambda: see_any(paths)),
        proof("writes nowhere", "a file in each common folder was refused", lambda: write_elsewhere("/dev/shm")),  # noqa: S108
        proof("changes no rights of your files", "those of each were refused", lambda: mark_any(paths)),
        proof("looks on at none of your files", "each was refused", lambda: look_on_at_any(paths)),
        proof("reads no other process", "the memory of another process was refused", read_another_process),
        proof("ends or slows no other process", "a signal, limits and turns were refused", end_or_slow_another),
        proof("runs no memory it has written", "such memory, and files in memory, were refused", run_own_memory),
        proof("asks nothing of your session", "sockets of every kind were refused", lambda: ask_session(sockets)),
    )


def browser_attempts(paths: Iterable[str], sockets: Iterable[str] = ()) -> tuple[Confinement, ...]:
    """paths, sockets: as for the fetcher. It may open such sockets: where the person has no session, there is nothing
    that they would lead to, and nothing to be tried."""
    sockets = tuple(sockets)
    session = proof("asks nothing of your session", "each of its sockets was refused", lambda: connect_any(sockets))
    return (
        proof("has no network of its own", "no way leads anywhere", reach_anywhere),
        proof("sees no file of yours", "each was refused", lambda: see_any(paths)),
        proof("writes nowhere else", "a file in each common folder was refused", write_elsewhere),
        proof("changes no rights of your files", "those of each were refused", lambda: mark_any(paths)),
        proof("looks on at none of your files", "each was refused", lambda: look_on_at_any(paths)),
        proof("reads no other process", "the memory of another process was refused", read_another_process),
        proof("ends no other process", "a signal and limits were refused", end_another),
        *([session] if sockets else ()),
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


def open_no_stream() -> None:
    """Any kind of socket to a network, but a stream of TCP."""
    streams = {(family, socket.SOCK_STREAM) for family in (socket.AF_INET, socket.AF_INET6)}
    kinds = ((family, kind) for family in _NETWORKS for kind in _KINDS if (family, kind) not in streams)
    multipath = partial(_open, socket.AF_INET, socket.SOCK_STREAM, _MPTCP)
    any_of((*(partial(_open, *one) for one in kinds), multipath))


def connect_beside() -> None:
    """To a port of this machine that is none of the ways that stay open. Where nothing listens, it was allowed all the
    same."""
    port = next(port for port in range(9, 9 + 100) if port not in kept_ways())
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as made:
        made.settimeout(1.0)
        try:
            made.connect(("127.0.0.1", port))
        except (ConnectionRefusedError, TimeoutError):
            return


def _open(family: int, kind: int, protocol: int = 0) -> None:
    socket.socket(family, kind, protocol).close()


def ask_session(sockets: Iterable[str]) -> None:
    """A pair of datagrams is as good as a socket: it is led elsewhere. The kernel makes one of SOCK_RAW, too."""

    def pair(kind: int) -> None:
        for end in socket.socketpair(socket.AF_UNIX, kind):
            end.close()

    kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_RAW)
    any_of(
        (
            *(partial(_open, socket.AF_UNIX, kind) for kind in kinds),
            *(partial(pair, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW)),
            partial(connect_any, sockets),
        )
    )


def connect_any(sockets: Iterable[str]) -> None:
    """Nothing is said."""

    def connect(path: str) -> None:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(1.0)
            asking.connect(path)

    any_of(partial(connect, path) for path in sockets)


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


def mark_any(paths: Iterable[str]) -> None:
    """With the rights that they have, so that nothing changes where it is not refused."""

    def rights(path: str) -> None:
        os.chmod(path, stat.S_IMODE(os.stat(path).st_mode))

    any_of(partial(rights, path) for path in (*paths, os.path.expanduser("~")))


def look_on_at_any(paths: Iterable[str]) -> None:
    """What changes in them, and when."""

    def look(path: str) -> None:
        looking = checked(libc.inotify_init1(os.O_CLOEXEC))
        try:
            checked(libc.inotify_add_watch(looking, os.fsencode(path), _IN_ATTRIB))
        finally:
            os.close(looking)

    any_of(partial(look, path) for path in (*paths, os.path.expanduser("~")))


def write_elsewhere(*more: str) -> None:
    def write(folder: str) -> None:
        path = f"{folder}/.tried-{secrets.token_hex(8)}"
        with ExitStack() as undo:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            undo.callback(os.unlink, path)
            os.close(descriptor)

    folders = (os.path.expanduser("~"), "/tmp", "/var/tmp", "/", *more)  # noqa: S108  # what must be refused
    any_of(partial(write, folder) for folder in folders)


def read_another_process() -> None:
    """Who started it: another process of the same user, mostly."""
    parent = _another()
    any_of(partial(way, parent) for way in WAYS_TO_READ.values())


def end_another() -> None:
    """Who started it; nothing is done to it where it is not refused. A limit of no seconds would end it at once."""
    parent = _another()
    any_of((lambda: os.kill(parent, 0), lambda: _limits_of(parent)))


def end_or_slow_another() -> None:
    parent = _another()

    def turn() -> None:
        os.setpriority(os.PRIO_PROCESS, parent, os.getpriority(os.PRIO_PROCESS, parent))

    def processors() -> None:
        os.sched_setaffinity(parent, os.sched_getaffinity(parent))

    any_of((end_another, turn, processors))


def _another() -> int:
    """In a namespace of processes nobody may be above it."""
    return os.getppid() or 1


def _limits_of(process: int) -> None:
    resource.prlimit(process, resource.RLIMIT_CORE, resource.prlimit(process, resource.RLIMIT_CORE))


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


def run_own_memory() -> None:
    any_of((write_and_run, _file_in_memory))


def _file_in_memory() -> None:
    """Which no rule for files knows."""
    os.close(os.memfd_create("tried", os.MFD_CLOEXEC))


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
