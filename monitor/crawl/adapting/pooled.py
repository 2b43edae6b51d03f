"""What all places together say of one that is hardly known yet: the priors. Made anew from the memories whenever they
are asked, so that it is nowhere kept and a restart comes to the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.crawl.adapting.memory import PlaceMemory
from monitor.crawl.adapting.shape import EVEN, HOURS, DayShape, shaped
from monitor.crawl.adapting.surges import SCALES_H

RATE_GUESS = 1.0  # postings a day of a place, before any is known
RATE_DAYS = 0.5  # how many days' looks the pooled rate counts for
HOUR_POSTINGS = 4.0  # how many postings in an hour of the day the pooled shape counts for
SHARE_GUESS = (0.25, 5.0)  # one in twenty, before any is known
SHARE_NEW = 8.0  # how many new pictures the pooled share counts for
CARRY_GUESS = (0.3, 0.2, 0.2)  # of an excess, at each scale, before anything is known
CARRY_VISITS = 20.0
SCATTER_GUESS = 2.0  # how far from even postings lie, before anything is known
SCATTER_POSTINGS = 4.0
MOST_SCATTER = 40.0


@dataclass(frozen=True, slots=True)
class Pooled:
    """rate: postings a day. share: of new pictures that are hers. carries: how much of an excess comes again, by
    scale."""

    rate: float = RATE_GUESS
    share: float = SHARE_GUESS[0] / SHARE_GUESS[1]
    scatter: float = SCATTER_GUESS
    shape: DayShape = EVEN
    carries: tuple[float, ...] = CARRY_GUESS

    def rate_of(self, place: PlaceMemory) -> float:
        days = RATE_DAYS * self.scatter_of(place)
        return (place.postings + days * self.rate) / (place.days + days)

    def scatter_of(self, place: PlaceMemory) -> float:
        """1 where each picture is posted for itself; 20 where they come by twenties."""
        found = (place.scatter + SCATTER_POSTINGS * self.scatter) / (place.scatter_expected + SCATTER_POSTINGS)
        return min(max(found, 1.0), MOST_SCATTER)

    def share_of(self, place: PlaceMemory) -> float:
        return (place.ours + SHARE_NEW * self.share) / (place.new + SHARE_NEW)

    def shape_of(self, place: PlaceMemory) -> DayShape:
        stiff = HOUR_POSTINGS * self.scatter_of(place)
        return shaped(
            [
                (seen + stiff * pooled) / (expected + stiff)
                for seen, expected, pooled in zip(place.hours, place.hours_expected, self.shape.factors, strict=True)
            ]
        )

    def carries_of(self, place: PlaceMemory) -> tuple[float, ...]:
        return tuple(one.carry(pooled) for one, pooled in zip(place.surges, self.carries, strict=True))


def pooled(places: Iterable[PlaceMemory]) -> Pooled:
    known = [place for place in places if place.looks]
    if not known:
        return Pooled()
    # Each place's own rate counts by how long it is known, a week at most: a few great ones are not what most are like.
    days = [min(place.days, 7.0) for place in known]
    rates = [place.postings / max(place.days, 0.01) for place in known]
    rate = (RATE_GUESS + sum(map(float.__mul__, rates, days))) / (1.0 + sum(days))
    new, ours = sum(place.new for place in known), sum(place.ours for place in known)
    return Pooled(
        rate=rate,
        share=(SHARE_GUESS[0] + ours) / (SHARE_GUESS[1] + new),
        scatter=_pooled_scatter(known),
        shape=_pooled_shape(known),
        carries=tuple(_pooled_carry(known, scale) for scale in range(len(SCALES_H))),
    )


def _pooled_shape(places: list[PlaceMemory]) -> DayShape:
    """Each place with the same say, however much is posted there, once it has something to say."""
    seen, expected = [0.0] * HOURS, [0.0] * HOURS
    for place in places:
        says = min(1.0, 40.0 / total) if (total := sum(place.hours_expected)) > 0 else 0.0
        for hour in range(HOURS):
            seen[hour] += says * place.hours[hour]
            expected[hour] += says * place.hours_expected[hour]
    return shaped([(one + HOUR_POSTINGS) / (other + HOUR_POSTINGS) for one, other in zip(seen, expected, strict=True)])


def _pooled_carry(places: list[PlaceMemory], scale: int) -> float:
    hits = sum(place.surges[scale].hits for place in places)
    worth = sum(place.surges[scale].worth for place in places)
    return min(max((hits + CARRY_VISITS * CARRY_GUESS[scale]) / (worth + CARRY_VISITS), 0.0), 1.0)


def _pooled_scatter(places: list[PlaceMemory]) -> float:
    """Each place with the same say."""
    found, expected = SCATTER_GUESS * SCATTER_POSTINGS, SCATTER_POSTINGS
    for place in places:
        says = min(1.0, SCATTER_POSTINGS / place.scatter_expected) if place.scatter_expected > 0 else 0.0
        found += says * place.scatter
        expected += says * place.scatter_expected
    return min(max(found / expected, 1.0), MOST_SCATTER)
