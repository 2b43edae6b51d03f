"""The custody log: what was done with the evidence of a case, each entry chained to the one before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.ids import CaseId

NOTHING_BEFORE = "0" * 64
"""In the first entry, where the digest of the one before stands."""

REFERENCE_DIGITS = 16
"""So many of the head's digest are read aloud, written down and compared: 64 bits."""


class CustodyAct(StrEnum):
    CAPTURE = "capture"  # a page was kept: its manifest
    SHOT = "shot"  # a screenshot of it was made
    VIEW = "view"  # sealed files were opened
    EXPORT = "export"  # a packet was written
    ADD = "add"  # the person's own evidence came in
    DISMISS = "dismiss"
    CLOSE = "close"  # as under 18
    DELETE = "delete"  # sealed files were removed
    RECIPIENTS = "recipients"  # to whom it is sealed
    STAMP = "stamp"  # an authority put its time on the log
    CORRECTION = "correction"  # of an earlier entry, which it names; nothing is edited


@dataclass(frozen=True, slots=True)
class CustodyEntry:
    """One line. All that is hashed is text; digests are SHA-256 in hexadecimal.

    number: from 1, without gaps. drops: numbers of earlier entries whose details went with this one.
    details: JSON on one line, keys sorted, ASCII; '' once they were dropped. salt: 64 hexadecimal digits, of this
    entry alone; it goes with them. commitment: digest of salt and details, one line each. previous: `digest` of the
    entry before. digest: of number, time, act, drops, commitment and previous, one line each."""

    case: CaseId
    number: int
    at: datetime
    act: CustodyAct
    details: str
    salt: str
    commitment: str
    previous: str
    digest: str
    drops: tuple[int, ...] = ()

    @property
    def is_dropped(self) -> bool:
        return not self.details


@dataclass(frozen=True, slots=True)
class CustodyHead:
    """Where a log ends: it stands for everything before it."""

    number: int
    digest: str

    @property
    def reference(self) -> str:
        return self.digest[:REFERENCE_DIGITS]


NO_HEAD = CustodyHead(0, NOTHING_BEFORE)
"""Of a log in which nothing stands yet."""
