"""What has to be run so that this Python can be started once more."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

_MAGIC, _64_BIT, _PT_INTERP = b"\x7fELF", 2, 3  # <elf.h>
_HEAD, _SEGMENT = struct.Struct("<16xHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ")  # Elf64_Ehdr, Elf64_Phdr
_MAX_HEAD = 64 * 1024


def runnable(executable: str = sys.executable) -> tuple[Path, ...]:
    """Itself and what loads it. Empty where that cannot be told (a script that stands before it): then whatever the
    system has may be run."""
    real = Path(os.path.realpath(executable))
    try:
        with real.open("rb") as file:
            loader = _loader(file.read(_MAX_HEAD))
    except (OSError, struct.error, ValueError):
        return ()
    return (real, *((Path(loader),) if loader else ()))


def _loader(head: bytes) -> str:
    """'' for one that is loaded by the kernel alone. Raises struct.error, ValueError for what is no such program."""
    if not head.startswith(_MAGIC) or head[4] != _64_BIT:
        raise ValueError("no program of 64 bits")
    segments, size, count = (_HEAD.unpack_from(head)[field] for field in (4, 8, 9))
    for at in range(segments, segments + size * count, size):
        kind, _, offset, _, _, length, _, _ = _SEGMENT.unpack_from(head, at)
        if kind == _PT_INTERP:
            return head[offset : offset + length].rstrip(b"\0").decode()
    return ""
