"""A machine, an account or a container without room: for open files, for processes, in memory. What fails by that is
nobody's doing from outside, and what failed seldom says so: told here by its error, by what another program wrote of
it, or by looking."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import socket
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from monitor.errors import WorkFailed


class Shortage(Enum):
    """why: as a clause. right: what to do."""

    FILES = (
        "it may open no more files here",
        "Allow it more open files: ulimit -n 4096 before the command, LimitNOFILE=4096 in a unit, a higher limit "
        "for a container. Or end what else of this account runs.",
    )
    PROCESSES = (
        "this machine or account has no room for another process",
        "End what else of this account runs, or allow it more processes: ulimit -u before the command, TasksMax= in a "
        "unit, a higher limit for a container.",
    )
    MEMORY = (
        "there is no memory left for it",
        "End what else takes memory, or allow it more: ulimit -v unlimited before the command, MemoryMax= in a unit, a "
        "higher limit for a container.",
    )

    @property
    def why(self) -> str:
        return str(self.value[0])

    @property
    def right(self) -> str:
        return str(self.value[1])


class NoRoom(WorkFailed):
    def __init__(self, lack: Shortage) -> None:
        super().__init__(f"the program cannot go on: {lack.why}", remedy=lack.right)


_BY_NUMBER = {
    errno.EMFILE: Shortage.FILES,
    errno.ENFILE: Shortage.FILES,
    errno.ENOMEM: Shortage.MEMORY,
}
_WORDS = (
    ("EMFILE", Shortage.FILES),
    ("ENFILE", Shortage.FILES),
    ("Too many open files", Shortage.FILES),
    ("EAGAIN", Shortage.PROCESSES),
    ("Resource temporarily unavailable", Shortage.PROCESSES),
    ("start new thread", Shortage.PROCESSES),
    ("pthread_create", Shortage.PROCESSES),
    ("annot fork", Shortage.PROCESSES),
    ("ENOMEM", Shortage.MEMORY),
    ("annot allocate memory", Shortage.MEMORY),
    ("MemoryError", Shortage.MEMORY),
    ("ut of memory", Shortage.MEMORY),
    ("failed to map segment", Shortage.MEMORY),
)
_FEW_FILES, _FEW_PROCESSES, _LITTLE_ROOM = 128, 24, 4 * 1024**3
"""Less than what a browser takes: open files, processes with their threads, and bytes of addresses."""


def lack_in(error: BaseException, *, starting: bool = False) -> Shortage | None:
    """In it and what caused it. starting: a process, which EAGAIN means no room for; of a socket it means later."""
    for one in _chain(error):
        if isinstance(one, MemoryError) or (isinstance(one, socket.gaierror) and one.errno == socket.EAI_MEMORY):
            return Shortage.MEMORY
        if isinstance(one, RuntimeError) and "start new thread" in str(one):
            return Shortage.PROCESSES
        if isinstance(one, socket.gaierror):  # its numbers are of another kind
            if one.errno == socket.EAI_AGAIN and not opens_more():
                return Shortage.FILES
        elif isinstance(one, OSError):
            if one.errno in _BY_NUMBER:
                return _BY_NUMBER[one.errno]
            if starting and one.errno == errno.EAGAIN:
                return Shortage.PROCESSES
        elif isinstance(one, ImportError) and (lack := lack_said(str(one))):
            return lack
    return None


def told_as_no_room(error: BaseException) -> NoRoom | None:
    """Of what nobody expected; None where it is something else."""
    lack = lack_in(error, starting=True)
    return NoRoom(lack) if lack else None


def lack_said(words: str) -> Shortage | None:
    """By what another program, or part, said when it could not start."""
    told = next((lack for lack in Shortage if lack.why in words), None)
    return told or next((lack for sign, lack in _WORDS if sign in words), None)


def lack_for_browser() -> Shortage | None:
    """Where one ended without a word: whether there is less room here than one takes."""
    if _limit(resource.RLIMIT_NOFILE) < _FEW_FILES or not opens_more():
        return Shortage.FILES
    if _limit(resource.RLIMIT_AS) < _LITTLE_ROOM:
        return Shortage.MEMORY
    if _processes_left() < _FEW_PROCESSES:
        return Shortage.PROCESSES
    return None


def opens_more(files: int = 1) -> bool:
    """Whether so many more can be open at once."""
    opened = list[int]()
    try:
        for _ in range(files):
            opened.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        return error.errno not in (errno.EMFILE, errno.ENFILE)
    finally:
        for one in opened:
            os.close(one)
    return True


def _limit(which: int) -> float:
    soft = resource.getrlimit(which)[0]
    return float("inf") if soft == resource.RLIM_INFINITY else soft


def _processes_left() -> float:
    """Of this account, by its own limit and by that of its unit or container."""
    left = [_limit(resource.RLIMIT_NPROC)]
    if left[0] != float("inf") and os.geteuid() != 0:  # root is held to none
        left[0] -= _own_tasks()
    else:
        left = []
    for folder in _control_groups():
        with contextlib.suppress(OSError, ValueError):  # "max" is no number
            most, now = (int((folder / name).read_text()) for name in ("pids.max", "pids.current"))
            left.append(most - now)
    return min(left, default=float("inf"))


def _own_tasks() -> int:
    found = 0
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with contextlib.suppress(OSError):
                if process.stat().st_uid == os.geteuid():
                    found += 1
                    found += max(_threads(process) - 1, 0)
    return found


def _threads(process: Path) -> int:
    words = (process / "stat").read_text().rpartition(")")[2].split()
    return int(words[17])


def _control_groups() -> Iterator[Path]:
    top = Path("/sys/fs/cgroup")
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            controllers, _, path = line.partition(":")[2].partition(":")
            if controllers in ("", "pids"):
                yield top / controllers / path.strip("/")
    yield top


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen = set[int]()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__context__, one.__cause__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        if isinstance(inner := getattr(one, "os_error", None), OSError):  # aiohttp's
            waiting.append(inner)
