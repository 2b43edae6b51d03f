"""Worlds that the estimator does not know: what is posted where and when, from a seed."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

DAY = 24.0
Rate = Callable[[float], float]


@dataclass(frozen=True)
class Place:
    """posted: hours since the beginning, in order. ours: which of them are hers."""

    posted: Sequence[float]
    ours: Sequence[bool]


@dataclass(frozen=True)
class Bursts:
    """Of a self-exciting place: how many each posting brings, on the mean, and within how many hours."""

    each: float = 0.6
    hours: tuple[float, float] = (0.5, 12.0)


@dataclass(frozen=True)
class World:
    """share: of the postings that are hers, on the mean; 1 = all count, and nothing is to be learnt of it."""

    name: str
    make: Callable[[random.Random, float, Bursts], list[float]]
    spread: float = 1.5  # sigma of the rates' logarithm
    share: float = 1.0

    def places(self, seed: int, *, count: int, days: float, per_day: float, bursts: Bursts) -> list[Place]:
        made = []
        for number in range(count):
            rng = random.Random(f"{self.name} {seed} {number}")
            rate = per_day * math.exp(self.spread * rng.gauss(0, 1)) / DAY
            posted = sorted(at for at in self.make(rng, rate, bursts) if at < days * DAY)
            share = 1.0 if self.share == 1.0 else min(uneven(rng, self.share), 1.0)
            made.append(Place(posted, [rng.random() < share for _ in posted]))
        return made


def uneven(rng: random.Random, mean: float) -> float:
    """Mostly next to nothing, now and then a place that lives of it."""
    return rng.betavariate(0.25, 0.25 * (1 - mean) / mean)


HORIZON = 400 * DAY


def poisson(rng: random.Random, rate: Rate, most: float, until: float) -> list[float]:
    """By thinning (Lewis and Shedler 1979)."""
    at, found = 0.0, []
    while most > 0:
        at += rng.expovariate(most)
        if at >= until:
            break
        if rng.random() * most < rate(at):
            found.append(at)
    return found


def hawkes(rng: random.Random, rate: float, bursts: Bursts, until: float) -> list[float]:
    """With the same mean: fewer that come of themselves, each of which brings others."""
    scale = math.exp(rng.uniform(math.log(bursts.hours[0]), math.log(bursts.hours[1])))
    waiting = poisson(rng, lambda _: rate * (1 - bursts.each), rate * (1 - bursts.each), until)
    found = []
    while waiting:
        at = waiting.pop()
        found.append(at)
        for _ in range(_number(rng, bursts.each)):
            child = at + rng.expovariate(1 / scale)
            if child < until:
                waiting.append(child)
    return found


def _number(rng: random.Random, mean: float) -> int:
    """Poisson, for a small mean."""
    count, left = 0, rng.random() - math.exp(-mean)
    term = math.exp(-mean)
    while left > 0 and count < 100:
        count += 1
        term *= mean / count
        left -= term
    return count


def daily_wave(rng: random.Random, rate: float) -> tuple[Rate, float]:
    """Evenings, each place with hours and a depth of its own."""
    peak, depth = rng.gauss(20.5, 2.0), rng.uniform(0.6, 0.98)
    return lambda at: rate * (1 + depth * math.cos(2 * math.pi * (at % DAY - peak) / DAY)), rate * (1 + depth)


def steady(rng: random.Random, rate: float, _: Bursts) -> list[float]:
    return poisson(rng, lambda at: rate, rate, 120 * DAY)


def daily(rng: random.Random, rate: float, _: Bursts) -> list[float]:
    return poisson(rng, *daily_wave(rng, rate), 120 * DAY)


def weekly(rng: random.Random, rate: float, _: Bursts) -> list[float]:
    wave, most = daily_wave(rng, rate)
    busy = rng.choice([(5, 6), (4, 5), (0, 1, 2)])
    factors = [2.2 if day in busy else 0.6 for day in range(7)]
    mean = sum(factors) / 7
    return poisson(rng, lambda at: wave(at) * factors[int(at // DAY) % 7] / mean, most * 2.2 / mean, 120 * DAY)


def bursty(rng: random.Random, rate: float, bursts: Bursts) -> list[float]:
    return hawkes(rng, rate, bursts, 120 * DAY)


def dying(rng: random.Random, rate: float, bursts: Bursts) -> list[float]:
    end = rng.uniform(5, 60) * DAY
    return [at for at in steady(rng, rate, bursts) if at < end]


def half_dead(rng: random.Random, rate: float, bursts: Bursts) -> list[float]:
    return dying(rng, rate, bursts) if rng.random() < 0.5 else steady(rng, rate, bursts)


def waking(rng: random.Random, rate: float, bursts: Bursts) -> list[float]:
    begin = rng.uniform(5, 60) * DAY
    return [at for at in daily(rng, rate, bursts) if at > begin]


def dumps(rng: random.Random, rate: float, _: Bursts) -> list[float]:
    """Albums: twenty pictures in a few minutes, and then nothing."""
    found: list[float] = []
    for at in poisson(rng, lambda _: rate / 20, rate / 20, 120 * DAY):
        found += [at + rng.uniform(0, 0.1) for _ in range(20)]
    return found


KINDS = (steady, daily, weekly, bursty, dying)


def mixed(rng: random.Random, rate: float, bursts: Bursts) -> list[float]:
    return rng.choice(KINDS)(rng, rate, bursts)


WORLDS = (
    World("mixed", mixed),
    World("steady", steady),
    World("daily waves", daily),
    World("weekly waves", weekly),
    World("bursty", bursty),
    World("half die", half_dead),
    World("albums", dumps),
    World("waking", waking),
    World("all alike", steady, spread=0.0),
    World("alike and daily", daily, spread=0.0),
    World("alike and bursty", bursty, spread=0.0),
    World("shares", mixed, share=0.05),
    World("shares and alike", steady, spread=0.0, share=0.05),
)


def posted_between(place: Place, since: float, until: float) -> tuple[int, int]:
    """Which of them: from, to."""
    return bisect_right(place.posted, since), bisect_right(place.posted, until)
