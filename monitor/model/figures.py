"""How many finds there are of each kind. Who counts them: `tracking.figures`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.match import Tier
from monitor.model.sighting import Status


class CountedAs(StrEnum):
    """Each find is counted as one of these, and as no other."""

    STILL_THERE = "still_there"  # hers, and not gone as far as is known
    TO_DECIDE = "to_decide"  # perhaps hers: she has not said yet
    GONE = "gone"  # removed: gone in two spaced looks
    SET_ASIDE = "set_aside"  # not hers, or left where it is, by her word
    ONLY_SAID = "only_said"  # a list named the place, and nobody has looked there
    NOT_LOOKED_AT = "not_looked_at"  # hers: she filed it, and no look has found it there or gone so far
    CLOSED = "closed"  # as under 18


@dataclass(frozen=True, slots=True)
class FindFacts:
    """What of a find says as what it is counted. is_compared, is_unseen: as `Sighting` has
    them."""

    status: Status
    tier: Tier
    under_18: bool
    only_said: bool
    is_compared: bool
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class FindsAlike:
    """many: finds of one case with these facts. since_then: how many of them were first seen since the time that was
    asked about."""

    facts: FindFacts
    many: int
    since_then: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of the finds of a case; together they are all of them. new: of those that are still there, the ones first seen
    since `since` (None: ever), and what nobody was told of."""

    still_there: int
    to_decide: int
    gone: int
    set_aside: int
    only_said: int
    closed: int
    new: int
    since: datetime | None
    not_looked_at: int = 0

    @property
    def all(self) -> int:
        seen = self.still_there + self.to_decide + self.gone
        return seen + self.set_aside + self.only_said + self.not_looked_at + self.closed
