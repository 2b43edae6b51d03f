"""Which process did something, and whether it has ended since."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


def mark_of_process() -> str:
    """Of this one: of no other on this machine, now or later."""
    return f"{_surroundings()}:{os.getpid()}:{_began(os.getpid())}"


def has_ended(mark: str) -> bool:
    """False wherever that cannot be told from here: of another machine, from before it was started last, of another
    container."""
    surroundings, _, process = mark.rpartition(":")[0].rpartition(":")
    began = mark.rpartition(":")[2]
    if not process.isdecimal() or not surroundings or surroundings != _surroundings():
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        pass  # it is there: somebody else's, or not to be signalled from here
    now = _began(int(process))
    return bool(began and now and now != began)  # another one has its number by now


@cache
def _surroundings() -> str:
    """Where a number names one process: this machine since it was started, and the container."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.readlink(_PROC / 'self/ns/pid')}"
    except OSError:
        return ""


def _began(process: int) -> str:
    """In ticks since the machine was started; '' where that cannot be read."""
    try:
        return (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
