"""The person's clock: quiet hours, cron and the digest are meant in it."""

from __future__ import annotations

import io
import logging
import os
import struct
from datetime import UTC, tzinfo
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from tzlocal import reload_localzone

log = logging.getLogger(__name__)

LOCALTIME, NAMED_IN = Path("/etc/localtime"), Path("/etc/timezone")
MAX_TZ_CHARS = 200


def zone_of(name: str) -> tzinfo:
    """'' = the machine's own. Raises ZoneInfoNotFoundError for an unknown name; config refuses it earlier."""
    return ZoneInfo(name) if name else _machines(os.environ.get("TZ"), _as_set())


def _as_set() -> tuple[object, ...]:
    """What changes when somebody sets the machine's zone, under a program that runs for years."""
    found = list[object]()
    for path in (LOCALTIME, NAMED_IN):
        try:
            state = path.lstat()
            found.append((state.st_ino, state.st_size, str(path.readlink()) if path.is_symlink() else ""))
        except OSError:
            found.append(None)
    return tuple(found)


@lru_cache(maxsize=4)
def _machines(text: str | None, as_set: tuple[object, ...]) -> tzinfo:
    """text: what TZ holds, if it is set. as_set: so that it is asked anew when that is another. tzlocal
    refuses a TZ that is not a name, and settings that contradict each other: then what the C library, and with it every
    clock on the machine's screen, would make of them."""
    try:
        return reload_localzone()
    except (OSError, ValueError, LookupError):
        if text is None:
            try:
                return ZoneInfo.from_file(io.BytesIO(LOCALTIME.read_bytes()))
            except (OSError, ValueError):
                return UTC
    try:
        return of_posix_text(text)
    except ValueError:
        log.warning("TZ is set to something that is not a time zone: UTC is used", extra={"action": "time_zone"})
        return UTC


def of_posix_text(text: str) -> tzinfo:
    """POSIX.1's own way of writing a time zone, such as `CET-1CEST,M3.5.0,M10.5.0/3`. Raises ValueError."""
    if not text or not text.isascii() or not text.isprintable() or len(text) > MAX_TZ_CHARS:
        raise ValueError("no time zone")
    try:
        return _of_footer(text)
    except ValueError:
        if "," in text:
            raise
        return _of_footer(f"{text},M3.2.0,M11.1.0")  # summer time without its rule: glibc takes that of the US


def _of_footer(text: str) -> tzinfo:
    """By the standard library, which reads this in the last line of its files (RFC 8536 section 3.3): the smallest such
    file is written round it."""
    block = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 1, 4) + struct.pack(">lBB4s", 0, 0, 0, b"UTC\0")
    return ZoneInfo.from_file(io.BytesIO(block * 2 + f"\n{text}\n".encode("ascii")))
