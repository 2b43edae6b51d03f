"""Ids: short, opaque, and sorted by the time they were made. They tell nothing else."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import NewType

CaseId = NewType("CaseId", str)
ReferenceId = NewType("ReferenceId", str)  # of an enrolled photo
SightingId = NewType("SightingId", str)
CaptureId = NewType("CaptureId", str)
ContentDigest = NewType("ContentDigest", str)  # SHA-256, hex

NO_CAPTURE = CaptureId("")
NO_DIGEST = ContentDigest("")  # of what was not read, or is not there
DEFAULT_CASE = CaseId("default")

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u, so that ids can be read aloud
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_TIME_DIGITS = 8  # milliseconds since 2020, enough until 2054
_RANDOM_DIGITS = 8  # 40 bits: two ids of one millisecond collide once in 10**12


def digest_of(content: bytes) -> ContentDigest:
    return ContentDigest(hashlib.sha256(content).hexdigest())


def new_id(now: datetime) -> str:
    """16 digits of base 32. A clock before 2020 (a machine without a battery) gives an id too, sorted first."""
    elapsed = now - _EPOCH
    milliseconds = (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000
    ticks = min(max(milliseconds, 0), 32**_TIME_DIGITS - 1)
    return _digits(ticks, _TIME_DIGITS) + _digits(int.from_bytes(os.urandom(5 * _RANDOM_DIGITS // 8)), _RANDOM_DIGITS)


def _digits(number: int, count: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(count)))
