"""When each adapting watch goes next: when its index has come to what a visit is worth just now, within its bounds, and
while the budget lasts; of several, the highest index first.

What a visit is worth is the index at which all of them together would spend the budget in the long run, dearer while
little of it is left and cheaper while much is. So what is saved in the dead of night is there for the evening.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Generic, TypeVar

from monitor.crawl.adapting.budget import Bucket
from monitor.crawl.adapting.index import Outlook, outlook, reaches
from monitor.crawl.adapting.learning import after_visit
from monitor.crawl.adapting.memory import PlaceMemory
from monitor.crawl.adapting.pooled import Pooled, pooled
from monitor.model.visit import VisitCount
from monitor.model.watch import Adapt

_Key = TypeVar("_Key", bound=Hashable)
PATIENCE = 1.5  # even gaps' worth of waiting after which a place gets on (`index`)
FIRMNESS = 4.0  # how much dearer a visit is with the bucket empty than with it full, as a power of e
STALE = timedelta(hours=3)  # after this long, or after as many visits as there are places, all is planned anew
BEGINS_LATE = timedelta(minutes=1)
_DAY_S = 86_400
MOVED = 0.1  # a price that moved by less moves no plan


@dataclass(frozen=True, slots=True)
class Planned:
    """at: when it goes, as far as is known now. must: the ceiling says so, not the budget. gap_h: hours between its
    visits in the long run, were all to stay as it is. price: for which it was planned."""

    at: datetime
    must: bool
    gap_h: float
    price: float


class Planner(Generic[_Key]):
    """Of what was handed to it alone: made anew from the same memories, it says the same."""

    def __init__(
        self, memories: Mapping[_Key, PlaceMemory], bounds: Mapping[_Key, Adapt], bucket: Bucket, zone: tzinfo
    ) -> None:
        self.bucket = bucket
        self.plans: dict[_Key, Planned] = {}
        self._memories, self._bounds, self._zone = dict(memories), bounds, zone
        self.pooled = Pooled()
        self._outlooks: dict[_Key, Outlook] = {}
        self._fair = 1.0
        self._patience_h = 1.0
        self._planned_at: datetime | None = None
        self._since = 0  # visits

    def memory(self, key: _Key) -> PlaceMemory:
        return self._memories[key]

    def plan(self, now: datetime) -> None:
        """All of it, from the memories alone."""
        self.pooled = pooled(self._memories.values())
        costs = sum(max(memory.requests, 1.0) for memory in self._memories.values())
        self._patience_h = max(PATIENCE * 24 * costs / self.bucket.per_day, 1.0)
        self._outlooks = {
            key: outlook(memory, self.pooled, self._zone, self._patience_h) for key, memory in self._memories.items()
        }
        self._fair = self._worth(now)
        self.bucket = self.bucket.until(now)
        price, self._planned_at, self._since = self._price(), now, 0
        for key in self._memories:
            before = self.plans.get(key)
            if before is None or abs(math.log(price / before.price)) > MOVED:
                self.plans[key] = self._planned(key, price, now)

    def next_at(self) -> datetime:
        """When somebody has to ask `goes` again."""
        return min(plan.at for plan in self.plans.values())

    def goes(self, now: datetime) -> _Key | None:
        """Which watch is visited now: one that its ceiling makes go, else the highest index that is worth it. What is
        not, though it was planned for now, is planned anew."""
        self._keep_fresh(now)
        due = [key for key, plan in self.plans.items() if plan.at <= now]
        self.bucket = self.bucket.until(now)
        price = self._price()
        for key in sorted(due, key=lambda one: self._urgency(one, now), reverse=True):
            if self._is_worth_it(key, price, now):
                return key
            self.plans[key] = plan = self._planned(key, price, now)
            if plan.at <= now:
                return key
        return None

    def _is_worth_it(self, key: _Key, price: float, now: datetime) -> bool:
        """Nearly is enough: prices move a little with each visit."""
        place = self._outlooks[key]
        return place.index(now) >= (1 - MOVED) * price and self.bucket.enough_for(place.cost) <= now

    def take_turns(self, now: datetime, under_way: Collection[_Key] = ()) -> None:
        """Of those that would all go now, the highest index first, as far as the budget lasts; the others when there is
        enough for them too. under_way: are being visited, and not paid for yet."""
        left = self.bucket.spent(sum(self._outlooks[key].cost for key in under_way))
        due = [key for key, plan in self.plans.items() if plan.at <= now and key not in under_way]
        for key in sorted(due, key=lambda one: self._urgency(one, now), reverse=True):
            plan, cost = self.plans[key], self._outlooks[key].cost
            at = max(left.enough_for(cost), now)
            if not plan.must and at > now:
                self.plans[key] = replace(plan, at=min(at, self.latest(key, now)))
            left = left.spent(cost)

    def latest(self, key: _Key, now: datetime) -> datetime:
        """By when its ceiling makes it go."""
        last = self._memories[key].at
        return now if last is None else last + gap_at_most(self._bounds[key])

    def looked(self, key: _Key, count: VisitCount) -> None:
        """After a visit: what it cost, and what it taught."""
        memory = after_visit(self._memories[key], count, self.pooled, self._zone)
        self._memories[key] = memory
        self._outlooks[key] = outlook(memory, self.pooled, self._zone, self._patience_h)
        self.bucket = self.bucket.until(count.at).spent(count.requests)
        self._since += 1
        self.plans[key] = self._planned(key, self._price(), count.at)

    def _keep_fresh(self, now: datetime) -> None:
        planned = self._planned_at
        if planned is None or not timedelta() <= now - planned < STALE or self._since >= len(self._memories):
            self.plan(now)

    def _urgency(self, key: _Key, now: datetime) -> tuple[bool, float]:
        return self.plans[key].must, self._outlooks[key].index(now)

    def _planned(self, key: _Key, price: float, now: datetime) -> Planned:
        place, bounds = self._outlooks[key], self._bounds[key]
        gap = _within(bounds, place.gap_h(price, now))
        last = place.memory.at
        if last is None or last > now:  # nobody has looked yet, or a clock that was ahead wrote it
            return Planned(now, True, gap, price)
        earliest, latest = last + timedelta(seconds=bounds.floor_s), last + gap_at_most(bounds)
        wanted = reaches(place, price, max(earliest, min(now, latest)), latest)
        if wanted < latest:
            wanted = min(max(wanted, self.bucket.enough_for(place.cost)), latest)
        return Planned(wanted, wanted == latest, gap, price)

    def _price(self) -> float:
        return self._fair * math.exp(FIRMNESS * (0.5 - self.bucket.fill))

    def _worth(self, now: datetime) -> float:
        """The index at which all of them together spend the budget, each by its usual rate."""
        places = [(place, self._bounds[key]) for key, place in self._outlooks.items()]
        low, high = -30.0, 30.0
        for _ in range(30):
            middle = (low + high) / 2
            price = math.exp(middle)
            spent = sum(place.cost * 24 / _within(bounds, place.gap_h(price, now)) for place, bounds in places)
            if spent > self.bucket.per_day:
                low = middle
            else:
                high = middle
        return math.exp(high)


def gap_at_most(bounds: Adapt) -> timedelta:
    """From one look to the next: a little less than the ceiling, as a look begins a little after it is due where many
    are due at once."""
    ceiling = timedelta(seconds=bounds.ceiling_s)
    return max(ceiling - min(BEGINS_LATE, ceiling / 10), timedelta(seconds=bounds.floor_s))


def _within(bounds: Adapt, gap_h: float) -> float:
    return min(max(gap_h, bounds.floor_s / 3600), bounds.ceiling_s / 3600)


def least_spent(costs: Iterable[tuple[float, Adapt]]) -> float:
    """Requests a day that the ceilings alone ask for. costs: of a visit, with its watch's bounds."""
    return sum(cost * (_DAY_S / bounds.ceiling_s) for cost, bounds in costs)


def most_spent(costs: Iterable[tuple[float, Adapt]]) -> float:
    """Requests a day, were every watch visited as often as its floor lets it."""
    return sum(cost * (_DAY_S / bounds.floor_s) for cost, bounds in costs)
