"""The places that are watched: whether each is seen, and if not, why and what then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model.ids import CaseId
from monitor.review.port.wishes import DaemonTold, WishTold


@dataclass(frozen=True, slots=True)
class WatchTold:
    """kind: as watchlists name it. urls: where it looks; of a search engine and query. every_s: between two visits, 0
    where `cron` says when. adapts: more often the more appears there, `every_s` at the longest. sight: sees, partly,
    blind, never or off. last_good: when it last saw. since: when it went blind. cause, remedy: words from below.
    next_visit: as the program that runs has planned it. is_unknown: that has not read it yet. as_read: its lines are
    wrong now, and it goes on as they were. discloses: what a search tells whom. look: the last one that was asked for
    here."""

    name: str
    kind: str
    urls: tuple[str, ...]
    engine: str
    query: str
    every_s: int
    cron: str
    adapts: bool
    sight: str
    cause: str
    remedy: str
    last_look: datetime | None
    last_good: datetime | None
    since: datetime | None
    pages: int
    pictures: int
    next_visit: datetime | None
    is_unknown: bool
    as_read: bool
    file: str
    line: int
    discloses: str
    look: WishTold | None


@dataclass(frozen=True, slots=True)
class MistakeTold:
    """Wrong in the watchlists, in words from below."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class WatchesTold:
    watches: tuple[WatchTold, ...]
    mistakes: tuple[MistakeTold, ...]
    daemon: DaemonTold


class WatchesPart(Protocol):
    async def told(self, case: CaseId) -> WatchesTold: ...
    async def switch(self, name: str, *, on: bool, case: CaseId) -> bool:
        """Paused, or looked at again, from the next moment on. False: it was so already. Raises UsageError."""
        ...
