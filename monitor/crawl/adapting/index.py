"""One number for how much a visit now is worth, per request; places go in its order.

Expected waiting since the last visit, the integral of rate(s)(t - s) ds, times the chance that a new picture there is
one of hers, over the requests that a visit costs. Where rates stand still, giving each place its visit when this
reaches the same number everywhere spaces visits as one over the square root of chance times rate over cost, the
published optimum for the mean delay (`adapting`).

A long wait counts for a little more than its hours: past `patience_h` a place gets on faster. In the mean that costs
next to nothing, for the optimum is flat; but without it the slowest, and those that have been silent for a while, wait
so long that one find in twenty comes later than with equal spacing (bench/README.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from monitor.crawl.adapting import surges
from monitor.crawl.adapting.memory import PlaceMemory
from monitor.crawl.adapting.pooled import Pooled
from monitor.crawl.adapting.shape import DayShape, local_hour

NEAR_H = 1 / 60
RAISED_BY = 9.0  # a third of the usual gap


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a place promises from its last look on, made once after it. rate: postings a day. share: chance that one is
    hers. cost: requests."""

    memory: PlaceMemory
    rate: float
    shape: DayShape
    carries: tuple[float, ...]
    share: float
    cost: float
    begin_h: float
    patience_h: float

    def index(self, now: datetime) -> float:
        """Hours of waiting that a request ends. Never less as time goes on."""
        if self.memory.at is None:
            return float("inf")  # nobody has looked yet
        length = max((now - self.memory.at).total_seconds() / 3600, 0.0)
        usual = self.rate / 24 * self.shape.waiting(self.begin_h, length)
        waits = surges.waiting(self.memory.surges, self.carries, self.rate / 24, usual, length)
        return self.weight(now) * waits * (1 + (length / self.patience_h) ** 2)

    def gap_h(self, price: float, now: datetime) -> float:
        """Hours between its visits in the long run, were a visit worth that."""
        lone = self.weight(now) * self.rate / 24
        if lone <= 0:
            return math.inf
        even = 2 * price / lone  # the square of the gap, were there no patience to lose
        return math.sqrt(2 * even / (1 + math.sqrt(1 + 4 * even / self.patience_h**2)))

    def weight(self, now: datetime) -> float:
        raised = RAISED_BY if self.memory.raised_until is not None and now < self.memory.raised_until else 1.0
        return raised * self.share / self.cost


def outlook(memory: PlaceMemory, pooled: Pooled, zone: tzinfo, patience_h: float) -> Outlook:
    return Outlook(
        memory,
        pooled.rate_of(memory),
        pooled.shape_of(memory),
        pooled.carries_of(memory),
        pooled.share_of(memory),
        max(memory.requests, 1.0),
        local_hour(memory.at, zone) if memory.at else 0.0,
        patience_h,
    )


def reaches(place: Outlook, price: float, earliest: datetime, latest: datetime) -> datetime:
    """When its index comes to `price`, to the minute or so; not before `earliest`, at `latest` at the latest."""
    if earliest >= latest:
        return latest
    top = place.index(latest)
    if top <= price:
        return latest
    bottom = place.index(earliest)
    if bottom >= price:
        return earliest
    return earliest + timedelta(hours=_crossing(place, price, earliest, (latest - earliest).total_seconds() / 3600))


def _crossing(place: Outlook, price: float, earliest: datetime, length: float) -> float:
    """Hours after `earliest`. An index grows about as the square of time: its root is nearly a straight line, on which
    the false position with halved ends ("Illinois") is there in a few steps."""
    goal = math.sqrt(price)
    low, high = 0.0, length
    below = math.sqrt(place.index(earliest)) - goal
    above = math.sqrt(place.index(earliest + timedelta(hours=length))) - goal
    for _ in range(40):
        middle = (low * above - high * below) / (above - below)
        found = math.sqrt(place.index(earliest + timedelta(hours=middle))) - goal
        if abs(found) < 0.005 * goal or high - low < NEAR_H:
            return middle
        if found > 0:
            high, above, below = middle, found, below / 2
        else:
            low, below, above = middle, found, above / 2
    return high
