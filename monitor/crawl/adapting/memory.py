"""What a place has taught: sums that fade, each brought up to date by one visit in the same short time.

The rate is a gamma-Poisson estimate (postings over days looked back on, each forgotten by half in 21 days), by the
hours of the local day. Where a visit says only "changed" or "not", it counts for as many postings as are to be expected
where there was one at least; with the rate that comes of it put in again at each visit, that ends where the likelihood
of such looks is greatest (Cho and Garcia-Molina, "Estimating Frequency of Change", ACM TOIT 3(3), 2003, for looks at
uneven times), and the pooled prior is what keeps it finite where every look saw a change, as the halves added there do.
The chance that a new picture is one of hers is a beta estimate: hits over new pictures, with what all places show as
its prior.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from monitor.crawl.adapting import surges
from monitor.crawl.adapting.shape import HOURS, local_hour, standard_hours, turned
from monitor.crawl.adapting.surges import CALM, Surge
from monitor.model.visit import VisitCount

if TYPE_CHECKING:
    from monitor.crawl.adapting.pooled import Pooled

HALF_LIFE = timedelta(days=21)
SHARE_HALF_LIFE = timedelta(days=90)  # hits are rare: what they say is kept for longer
LONGEST_SPAN = timedelta(days=31)  # looked back on by one visit; longer, and nobody knows when what is new was posted
MOST_APPEARED = 10_000  # of one visit: beyond that a site makes it up
NO_HOURS = (0.0,) * HOURS
_DAY_H = 24.0


@dataclass(frozen=True, slots=True)
class PlaceMemory:
    """Of one watch. at: its last look, good or not. postings over days: the rate. hours, hours_expected: the same for
    each local hour, seen and expected were all alike. stir: more than its own mean brings, lately; scatter,
    scatter_expected: how far from even that has been. new,
    ours: pictures, fading; all_new, all_ours: ever, to tell. requests: of a visit, lately. standard_h: the zone's, for
    which the hours are. raised_until: something of hers was reported, or found, here or near. told_looks: those that
    said how much was posted."""

    at: datetime | None = None
    looks: int = 0
    postings: float = 0.0
    days: float = 0.0
    hours: tuple[float, ...] = NO_HOURS
    hours_expected: tuple[float, ...] = NO_HOURS
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

    def after(self, count: VisitCount, pooled: Pooled, zone: tzinfo) -> PlaceMemory:
        """One visit later. A visit that says nothing of the place moves its last look alone; so does one whose clock
        ran backwards."""
        looked = replace(self._in_zone(count.at, zone), at=count.at, looks=self.looks + 1, requests=self._asked(count))
        if count.since is None or (count.appeared is None and count.changed is None):
            return looked
        span = count.at - count.since
        if not timedelta(seconds=1) <= span <= LONGEST_SPAN:
            return looked
        return looked._counted(count, count.since, span, self._fade(count.at, HALF_LIFE), pooled, zone)

    def raised(self, until: datetime) -> PlaceMemory:
        later = until if self.raised_until is None else max(until, self.raised_until)
        return replace(self, raised_until=later)

    def _counted(
        self, count: VisitCount, since: datetime, span: timedelta, fade: float, pooled: Pooled, zone: tzinfo
    ) -> PlaceMemory:
        length, begin = span.total_seconds() / 3600, local_hour(since, zone)
        shape, rate, carries = pooled.shape_of(self), pooled.rate_of(self), pooled.carries_of(self)
        days = max(shape.amount(begin, length), 1e-3) / _DAY_H
        usual = rate * days
        told = surges.expected(self.surges, carries, rate / _DAY_H, usual, length)
        seen = float(min(count.appeared, MOST_APPEARED)) if count.appeared is not None else at_least_one(usual, count)
        at_most = told + 3 * math.sqrt(told) + 1  # one great burst is no hour of the day
        hours, expected = self._by_hour(begin, length, min(seen, at_most), rate, shape.factors, fade)
        lifted = surges.learnt(self.surges, carries, usual, seen, length, fade, pooled.scatter_of(self))
        stir, scatter, evenly = self._scattered(seen, days, length)
        judged = replace(
            self,
            stir=stir,
            scatter=self.scatter * fade + scatter,
            scatter_expected=self.scatter_expected * fade + evenly,
            postings=self.postings * fade + seen,
            days=self.days * fade + days,
            hours=hours,
            hours_expected=expected,
            surges=lifted,
            told_looks=self.told_looks + 1,
        )
        return judged._judged(count, self._fade(count.at, SHARE_HALF_LIFE))

    def _scattered(self, seen: float, days: float, length: float) -> tuple[float, float, float]:
        """How far from even postings lie: what came within a day or so beyond what the place's own mean brings; the
        square of it; and what that would be were each posted for itself, the mean being as little known as it is. The
        squares count by how much of such a time the visit looked back on. By its own mean alone: one that is drawn to
        the others' would be called uneven for being another one than they are."""
        if self.days <= 0:
            return 0.0, 0.0, 0.0
        mean = self.postings / self.days
        scale = surges.STIR_H / _DAY_H
        stir = self.stir * math.exp(-length / surges.STIR_H) + (seen - mean * days) * surges.left(length, surges.STIR_H)
        part = min(length / surges.STIR_H, 1.0)
        evenly = mean * scale / 2 + mean * scale * scale / self.days
        return stir, part * stir * stir, part * evenly

    def _judged(self, count: VisitCount, fade: float) -> PlaceMemory:
        """Whose the new pictures were."""
        new, ours = min(count.appeared or count.ours, MOST_APPEARED), min(count.ours, MOST_APPEARED)
        return replace(
            self,
            new=self.new * fade + new,
            ours=self.ours * fade + ours,
            all_new=self.all_new + new,
            all_ours=self.all_ours + ours,
        )

    def _by_hour(
        self, begin: float, length: float, seen: float, rate: float, factors: tuple[float, ...], fade: float
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """What was seen is laid on the hours looked back on, by what each was expected to bring."""
        shares, lengths = [0.0] * HOURS, [0.0] * HOURS
        whole, rest = divmod(length, HOURS)
        at, left = begin, rest
        while left > 1e-9:
            hour = int(at)
            part = min(hour + 1 - at, left)
            lengths[hour % HOURS] += part
            at, left = hour + 1, left - part
        for hour in range(HOURS):
            lengths[hour] += whole
            shares[hour] = lengths[hour] * (factors[hour] + 0.02)
        total = sum(shares) or 1.0
        hours = tuple(old * fade + seen * share / total for old, share in zip(self.hours, shares, strict=True))
        expected = tuple(
            old * fade + rate * one / _DAY_H for old, one in zip(self.hours_expected, lengths, strict=True)
        )
        return hours, expected

    def _asked(self, count: VisitCount) -> float:
        """A visit's requests: the last few count most. A visit costs one at least."""
        asked = float(min(max(count.requests, 1), 1_000_000))
        return asked if not self.looks else self.requests + (asked - self.requests) / min(self.looks + 1, 8)

    def _fade(self, now: datetime, half_life: timedelta) -> float:
        past = min(max(now - self.at, timedelta()), LONGEST_SPAN) if self.at else timedelta()
        return math.exp2(-past / half_life)

    def _in_zone(self, at: datetime, zone: tzinfo) -> PlaceMemory:
        here = standard_hours(at, zone)
        if here == self.standard_h:
            return self
        by = here - self.standard_h
        return replace(
            self, standard_h=here, hours=turned(self.hours, by), hours_expected=turned(self.hours_expected, by)
        )


NOTHING_KNOWN = PlaceMemory()


def at_least_one(usual: float, count: VisitCount) -> float:
    """Postings to be expected where all that was seen is whether there was one at all."""
    if not count.changed:
        return 0.0
    return usual / -math.expm1(-usual) if usual > 1e-9 else 1.0
