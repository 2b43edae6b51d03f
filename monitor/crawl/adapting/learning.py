"""What a visit teaches of its place: each sum is brought up to date by it in the same short time.

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
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from monitor.crawl.adapting import surges
from monitor.crawl.adapting.memory import PlaceMemory
from monitor.crawl.adapting.pooled import Pooled
from monitor.crawl.adapting.shape import HOURS, local_hour, standard_hours, turned_hours
from monitor.model.visit import VisitCount

HALF_LIFE = timedelta(days=21)
SHARE_HALF_LIFE = timedelta(days=90)  # hits are rare: what they say is kept for longer
LONGEST_SPAN = timedelta(days=31)  # looked back on by one visit; longer, and nobody knows when what is new was posted
MOST_APPEARED = 10_000  # of one visit: beyond that a site makes it up
_DAY_H = 24.0


def after_visit(memory: PlaceMemory, count: VisitCount, pooled: Pooled, zone: tzinfo) -> PlaceMemory:
    """One visit later. A visit that says nothing of the place moves its last look alone; so does one whose clock
    ran backwards."""
    looked = replace(
        _in_zone(memory, count.at, zone), at=count.at, looks=memory.looks + 1, requests=_asked(memory, count)
    )
    if count.since is None or (count.appeared is None and count.changed is None):
        return looked
    since, counted = count.since, memory.counted_until
    if counted is not None and since < counted < count.at:  # a clock that stood ahead counted into the future
        since = counted
    span = count.at - since
    if not timedelta(seconds=1) <= span <= LONGEST_SPAN:
        return looked
    taught = _counted(looked, count, since, span, _fade(memory, count.at, HALF_LIFE), pooled, zone)
    return _judged(taught, count, _fade(memory, count.at, SHARE_HALF_LIFE))


def _counted(
    memory: PlaceMemory, count: VisitCount, since: datetime, span: timedelta, fade: float, pooled: Pooled, zone: tzinfo
) -> PlaceMemory:
    length, begin = span.total_seconds() / 3600, local_hour(since, zone)
    shape, rate, carries = pooled.shape_of(memory), pooled.rate_of(memory), pooled.carries_of(memory)
    days = max(shape.amount(begin, length), 1e-3) / _DAY_H
    usual = rate * days
    told = surges.to_come(memory.surges, carries, rate / _DAY_H, usual, length)
    if count.appeared is not None:
        seen, credited = max(min(count.appeared, MOST_APPEARED) - memory.credited, 0.0), 0.0
    else:
        seen = at_least_one(usual, count)
        credited = memory.credited + seen
    at_most = told + 3 * math.sqrt(told) + 1  # one great burst is no hour of the day
    lately = min(seen, at_most) if memory.credited else seen  # what is only counted now was no burst just now
    hours, expected = _by_hour(memory, begin, length, min(seen, at_most), rate, shape.factors, fade)
    lifted = surges.surged(memory.surges, carries, usual, lately, length, fade, pooled.scatter_of(memory))
    stir, scatter, evenly = _scattered(memory, lately, days, length)
    return replace(
        memory,
        stir=stir,
        scatter=memory.scatter * fade + scatter,
        scatter_expected=memory.scatter_expected * fade + evenly,
        postings=memory.postings * fade + seen,
        days=memory.days * fade + days,
        hours=hours,
        hours_expected=expected,
        surges=lifted,
        told_looks=memory.told_looks + 1,
        counted_until=count.at,
        credited=credited,
    )


def _scattered(memory: PlaceMemory, seen: float, days: float, length: float) -> tuple[float, float, float]:
    """How far from even postings lie: what came within a day or so beyond what the place's own mean brings; the
    square of it; and what that would be were each posted for itself, the mean being as little known as it is. The
    squares count by how much of such a time the visit looked back on. By its own mean alone: one that is drawn to
    the others' would be called uneven for being another one than they are."""
    if memory.days < 0.01:
        return 0.0, 0.0, 0.0
    mean = memory.postings / memory.days
    scale = surges.STIR_H / _DAY_H
    stir = memory.stir * math.exp(-length / surges.STIR_H) + (seen - mean * days) * surges.left(length, surges.STIR_H)
    part = min(length / surges.STIR_H, 1.0)
    evenly = mean * scale / 2 + mean * scale * scale / memory.days
    return stir, part * stir * stir, part * evenly


def _judged(memory: PlaceMemory, count: VisitCount, fade: float) -> PlaceMemory:
    """Whose the new pictures were."""
    new, ours = min(count.appeared or count.ours, MOST_APPEARED), min(count.ours, MOST_APPEARED)
    return replace(
        memory,
        new=memory.new * fade + new,
        ours=memory.ours * fade + ours,
        all_new=memory.all_new + new,
        all_ours=memory.all_ours + ours,
    )


def _by_hour(
    memory: PlaceMemory, begin: float, length: float, seen: float, rate: float, factors: tuple[float, ...], fade: float
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
    hours = tuple(old * fade + seen * share / total for old, share in zip(memory.hours, shares, strict=True))
    expected = tuple(old * fade + rate * one / _DAY_H for old, one in zip(memory.hours_expected, lengths, strict=True))
    return hours, expected


def _asked(memory: PlaceMemory, count: VisitCount) -> float:
    """A visit's requests: the last few count most. A visit costs one at least."""
    asked = float(min(max(count.requests, 1), 1_000_000))
    return asked if not memory.looks else memory.requests + (asked - memory.requests) / min(memory.looks + 1, 8)


def _fade(memory: PlaceMemory, now: datetime, half_life: timedelta) -> float:
    past = min(max(now - memory.at, timedelta()), LONGEST_SPAN) if memory.at else timedelta()
    return math.exp2(-past / half_life)


def _in_zone(memory: PlaceMemory, at: datetime, zone: tzinfo) -> PlaceMemory:
    here = standard_hours(at, zone)
    if here == memory.standard_h:
        return memory
    by = here - memory.standard_h
    return replace(
        memory,
        standard_h=here,
        hours=turned_hours(memory.hours, by),
        hours_expected=turned_hours(memory.hours_expected, by),
    )


def at_least_one(usual: float, count: VisitCount) -> float:
    """Postings to be expected where all that was seen is whether there was one at all."""
    if not count.changed:
        return 0.0
    return usual / -math.expm1(-usual) if usual > 1e-9 else 1.0
