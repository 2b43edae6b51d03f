"""Lets the days of one world pass: by the policy, and by equal spacing with the same number of requests."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.adaptive.worlds import Place
from monitor.crawl.adapting.budget import opened_at
from monitor.crawl.adapting.memory import PlaceMemory
from monitor.crawl.adapting.planning import Planner
from monitor.model.visit import VisitCount
from monitor.model.watch import Adapt

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Outcome:
    """delays: hours, of what is hers and was found in both ways. requests: of the policy. longest: hours between two
    visits of one place, beyond the ceiling where it is more. most_in_a_day: requests."""

    delays: Sequence[float]
    requests: int
    longest_h: float
    shortest_h: float
    most_in_a_day: int


def adaptive(places: Sequence[Place], *, days: int, per_day: int, bounds: Adapt, learns: bool = True) -> Outcome:
    """learns: whose a picture was is told to the policy."""
    keys = range(len(places))
    planner = Planner(dict.fromkeys(keys, PlaceMemory()), dict.fromkeys(keys, bounds), opened_at(BEGIN, per_day), UTC)
    planner.plan(BEGIN)
    last: list[datetime | None] = [None] * len(places)
    delays, requests, longest, shortest = [], 0, 0.0, math.inf
    each_day = [0] * days
    end = BEGIN + timedelta(days=days)
    now = BEGIN
    while True:
        now = max(now, planner.next_at())
        if now >= end:
            break
        key = planner.goes(now)
        if key is None:
            continue
        place, since = places[key], last[key]
        first, behind = (0 if since is None else _seen_by(place, since)), _seen_by(place, now)
        hers = [hours(now) - place.posted[at] for at in range(first, behind) if place.ours[at]]
        delays += hers
        appeared, ours = (None, 0) if since is None else (behind - first, len(hers) if learns else 0)
        planner.looked(key, VisitCount(now, since, appeared, ours, None, 1))
        if since is not None:
            longest, shortest = max(longest, hours(now) - hours(since)), min(shortest, hours(now) - hours(since))
        last[key] = now
        requests += 1
        each_day[int(hours(now) // 24)] += 1
    return Outcome(delays, requests, longest, shortest, max(each_day))


def equal(places: Sequence[Place], *, days: int, requests: int) -> list[float]:
    """Delays in hours, each place at the same gap, one after the other."""
    gap = len(places) * days * 24 / requests
    delays = []
    for number, place in enumerate(places):
        offset = gap * number / len(places)
        for at, ours in zip(place.posted, place.ours, strict=True):
            found = offset + max(math.ceil((at - offset) / gap), 0) * gap
            if ours and found < days * 24:
                delays.append(found - at)
    return delays


def hours(at: datetime) -> float:
    return (at - BEGIN).total_seconds() / 3600


def _seen_by(place: Place, at: datetime) -> int:
    return bisect_right(place.posted, hours(at))
