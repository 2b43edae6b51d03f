"""What one index over the photos of all cases is made of: their hashes alone, in lots."""

from __future__ import annotations

from typing import NamedTuple

from monitor.model.ids import CaseId

LOT_PHOTOS = 256
"""Of one case, in one lot at most: a photo that is enrolled writes so many again; a case of fifty is one row."""


class LotKey(NamedTuple):
    case: CaseId
    number: int


class HashLot(NamedTuple):
    """qualities: one byte for each hash. rows: their PDQs, 32 bytes each. revision: another after each change."""

    key: LotKey
    revision: int
    qualities: bytes
    rows: bytes
