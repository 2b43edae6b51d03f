"""Trusted time (RFC 3161): what an authority said of the custody log's head."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.ids import CaseId


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """number: of the entry that was the log's head. authority: its address, as the owner wrote it. at: when its answer
    came, by our clock. told: the time that it puts on it. data: the bytes that were stamped, as `evidence.stamps` made
    them; only their digest went out. query, reply: as they were sent and came (DER). chain: the certificates of the
    signer and of those above it, PEM, the signer's first."""

    case: CaseId
    number: int
    authority: str
    at: datetime
    told: datetime
    data: bytes
    query: bytes
    reply: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class StampTry:
    """Since the last time stamp: how often no authority gave one, when that was tried last, when it is tried again, and
    what each said."""

    tries: int
    at: datetime
    retry_at: datetime
    why: str
