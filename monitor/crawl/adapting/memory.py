"""What a place has taught: sums that fade, frozen, as they are written down (`kept`) and brought up to date
(`learning`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.crawl.adapting.shape import HOURS
from monitor.crawl.adapting.surges import CALM, Surge

_NO_HOURS = (0.0,) * HOURS


@dataclass(frozen=True, slots=True)
class PlaceMemory:
    """Of one watch. at: its last look, good or not. postings over days: the rate. hours, hours_expected: the same for
    each local hour, seen and expected were all alike. stir: more than its own mean brings, lately; scatter,
    scatter_expected: how far from even that has been. new,
    ours: pictures, fading; all_new, all_ours: ever, to tell. requests: of a visit, lately. standard_h: the zone's, for
    which the hours are. raised_until: something of hers was reported, or found, here or near. told_looks: those that
    said how much was posted. counted_until: what came later is not in these sums yet. credited: what was
    counted of looks that saw only that something was new: the next whole look counts the same pictures."""

    at: datetime | None = None
    looks: int = 0
    postings: float = 0.0
    days: float = 0.0
    hours: tuple[float, ...] = _NO_HOURS
    hours_expected: tuple[float, ...] = _NO_HOURS
    surges: tuple[Surge, ...] = CALM
    stir: float = 0.0
    scatter: float = 0.0
    scatter_expected: float = 0.0
    new: float = 0.0
    ours: float = 0.0
    all_new: int = 0
    all_ours: int = 0
    requests: float = 0.0
    standard_h: int = 0
    raised_until: datetime | None = None
    told_looks: int = 0
    counted_until: datetime | None = None
    credited: float = 0.0

    def raised(self, until: datetime) -> PlaceMemory:
        later = until if self.raised_until is None else max(until, self.raised_until)
        return replace(self, raised_until=later)


UNKNOWN_PLACE = PlaceMemory()
