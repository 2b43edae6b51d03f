"""Keeps what waits small: the daemon and the fetcher run beside everything else on small machines, all day."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import mmap
import os
import re
from pathlib import Path

ARENAS = 1
"""glibc would give each thread a heap of its own, and each keeps what is left of its largest work: 11 MB."""

GROWN = 12 * 2**20  # bytes, since it last rested: less is not worth the looking

GARBAGE_AFTER = (10_000, 20, 20)
"""A pass makes hundreds of thousands of values."""

LARGE = 4 * 2**20  # bytes

_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3
_MAPPED = re.compile(
    r"^([0-9a-f]+)-([0-9a-f]+) r-[x-]p [0-9a-f]+ \S+ [1-9]\d* +/.*\n(?:[A-Z].*\n)*?Anonymous: +0 kB$", re.MULTILINE
)


def few_arenas() -> None:
    """Before threads are started."""
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)


def large_apart() -> None:
    """What is larger than `LARGE` is memory of its own, and goes back whole. Otherwise glibc learns from the first that
    is freed to put all others among the rest, and what is freed between two that stay is never given back: where arrays
    of many megabytes come and go beside each other, as much again as they hold."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE)


def look_seldom() -> None:
    """For cycles among values that end by themselves: with Python's own thresholds it takes a thirtieth of a pass."""
    gc.set_threshold(*GARBAGE_AFTER)


def give_back() -> None:
    """Returns freed memory to the system: glibc keeps it otherwise (14 MB after a visit with new images). First what
    only cycles hold: they are looked for seldom."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library has no malloc_trim and may not need it
        ctypes.CDLL(None).malloc_trim(0)


def let_go_of_files() -> None:
    """Of libraries' code: what of it is used is mapped again by itself, from the file, and most is not used by a daemon
    that waits. Only of what is as the file has it to the last page: what was written to (a table of addresses that the
    loader filled in, and protected afterwards) would be lost."""
    with contextlib.suppress(OSError, AttributeError):
        advise = ctypes.CDLL(None, use_errno=True).madvise
        advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for begin, end in unwritten(Path("/proc/self/smaps").read_text()):
            advise(begin, end - begin, mmap.MADV_DONTNEED)


def unwritten(smaps: str) -> list[tuple[int, int]]:
    """From and to: private mappings of files that nobody may write to, and that nobody has."""
    return [(int(found[1], 16), int(found[2], 16)) for found in _MAPPED.finditer(smaps)]


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Resting:
    """When it is time to give back: nothing is in hand, and more is held than when it rested last."""

    def __init__(self) -> None:
        self._low: int | None = None
        self._has_settled = True

    def is_due(self, now_resident: int) -> bool:
        """Asked every minute in which nothing is in hand. A minute after a rest what waiting takes has come back."""
        if not self._has_settled:
            self._low, self._has_settled = now_resident, True
        return self._low is None or now_resident > self._low + GROWN

    def rested(self) -> None:
        self._has_settled = False
