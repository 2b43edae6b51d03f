"""The ports of the custody log and of the time stamps on it. As all of `monitor.ports`, whose `Store` has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from monitor.model.custody import CustodyAct, CustodyEntry, CustodyHead
from monitor.model.ids import CaseId
from monitor.model.stamp import StampTry, TimeStamp


class Custody(Protocol):
    """The custody log of each case. Only ever written behind its last entry."""

    def note(
        self,
        case: CaseId,
        act: CustodyAct,
        about: Mapping[str, str],
        now: datetime,
        *,
        drop: Collection[str] = (),
        spare: Collection[CustodyAct] = (),
    ) -> CustodyEntry:
        """One entry, in the caller's transaction. about: what it is about, of which values over 4,000 characters are
        cut. Names that `evidence.checking` reads: `capture` and `manifest` (the digest of its plaintext) of a capture,
        `holds 1` and so on: its files, as `evidence.holding` writes them; `sha256` of its screenshots, `file 1` and so
        on of the person's own, `sighting` whose own it is; `sightings`: several ids, with a space between.

        drop: words, mostly ids. Every earlier entry in whose details one of them is a whole value loses details and
        salt for good; this entry says which those are. spare: acts whose entries keep theirs, since their files stay.
        """
        ...

    def head(self, case: CaseId) -> CustodyHead:
        """Of the entries that are there."""
        ...

    def noted_head(self, case: CaseId) -> CustodyHead:
        """As `note` wrote it down beside the log, in the same transaction: the same, unless entries were cut off."""
        ...

    def all(self, case: CaseId, *, after: int = 0) -> Sequence[CustodyEntry]:
        """In order. after: only those behind this number."""
        ...

    def naming(self, case: CaseId, words: Collection[str]) -> Sequence[CustodyEntry]:
        """Those in whose details one of the words is a whole value, in order."""
        ...


class TimeStamps(Protocol):
    def save(self, stamp: TimeStamp) -> None:
        """What was tried in vain before is forgotten with it."""
        ...

    def all(self, case: CaseId) -> Sequence[TimeStamp]:
        """By number and authority."""
        ...

    def last(self, case: CaseId) -> TimeStamp | None:
        """The newest by our clock."""
        ...

    def tried(self, case: CaseId) -> StampTry | None: ...
    def note_try(self, case: CaseId, tried: StampTry) -> None: ...


class TimeAuthorities(Protocol):
    """The time-stamp authorities that the owner wrote into the configuration."""

    async def ask(self, url: str, query: bytes) -> bytes:
        """What it answered, unchecked. Raises StampFailed."""
        ...

    def roots(self) -> bytes:
        """Certificates (PEM) of those that are believed. Raises StampFailed where one of the owner's own cannot be
        read."""
        ...


class CustodyKept(Protocol):
    """Of `ports.Store`."""

    @property
    def custody(self) -> Custody: ...
    @property
    def time_stamps(self) -> TimeStamps: ...
