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
        self, case: CaseId, act: CustodyAct, about: Mapping[str, str], now: datetime, *, drop: Collection[str] = ()
    ) -> CustodyEntry:
        """One entry, in the caller's transaction. about: what it is about, by names such as `sighting`, `capture`,
        `manifest` (a digest), `sightings` (several ids, with a space between). Of values over 4,000 characters the
        beginning stands in it.

        drop: words, mostly ids. Every earlier entry in whose details one of them is a whole value loses details and
        salt for good; this entry says which those are."""
        ...

    def head(self, case: CaseId) -> CustodyHead: ...
    def all(self, case: CaseId) -> Sequence[CustodyEntry]:
        """In order."""
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


class CustodyKept(Protocol):
    """Of `ports.Store`."""

    @property
    def custody(self) -> Custody: ...
    @property
    def time_stamps(self) -> TimeStamps: ...
