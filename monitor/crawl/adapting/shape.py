"""How postings lie over the hours of a day, and what has gathered since a moment, by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import accumulate

HOURS = 24


@dataclass(frozen=True, slots=True)
class DayShape:
    """factors: for each hour of the local day, with a mean of 1. Times are hours since a local midnight, lengths are
    hours that really pass."""

    factors: tuple[float, ...]
    _sums: tuple[float, ...] = field(init=False, repr=False, compare=False)
    _moments: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.factors) != HOURS or not all(0 <= factor < 1e6 for factor in self.factors):
            raise ValueError("a day's shape is 24 factors")
        moments = (factor * (hour + 0.5) for hour, factor in enumerate(self.factors))
        object.__setattr__(self, "_sums", (0.0, *accumulate(self.factors)))
        object.__setattr__(self, "_moments", (0.0, *accumulate(moments)))

    def amount(self, begin: float, length: float) -> float:
        """Hours' worth of an even day: the integral of the factors from `begin` on."""
        return self._sum(begin + length) - self._sum(begin)

    def waiting(self, begin: float, length: float) -> float:
        """The same with each moment counted by how long it has waited at the end: the integral of p(s)(t - s) ds."""
        end = begin + length
        return max(end * (self._sum(end) - self._sum(begin)) - (self._moment(end) - self._moment(begin)), 0.0)

    def _sum(self, at: float) -> float:
        days, rest = divmod(at, HOURS)
        hour = min(int(rest), HOURS - 1)
        return days * self._sums[HOURS] + self._sums[hour] + self.factors[hour] * (rest - hour)

    def _moment(self, at: float) -> float:
        """The integral of s p(s) ds from 0."""
        days, rest = divmod(at, HOURS)
        hour = min(int(rest), HOURS - 1)
        part = self._moments[hour] + self.factors[hour] * (rest * rest - hour * hour) / 2
        whole = days * self._moments[HOURS] + HOURS * self._sums[HOURS] * days * (days - 1) / 2
        return whole + part + HOURS * days * (self._sums[hour] + self.factors[hour] * (rest - hour))


EVEN = DayShape((1.0,) * HOURS)


def shaped(weights: Sequence[float]) -> DayShape:
    """With a mean of 1, whatever the weights' is."""
    mean = sum(weights) / HOURS
    return DayShape(tuple(weight / mean for weight in weights)) if mean > 0 else EVEN


def local_hour(at: datetime, zone: tzinfo) -> float:
    """0 to 24, by the clock on the wall. A span is counted on from there in hours that really pass: where the clocks
    change within it, what lies behind the change is taken for an hour sooner or later, and no hour is lost or
    doubled."""
    wall = at.astimezone(zone)
    return wall.hour + wall.minute / 60 + wall.second / 3600


def standard_hours(at: datetime, zone: tzinfo) -> int:
    """How far the zone lies from UTC, summer time left out: what a day's shape is turned by when the zone is another
    one. Summer time turns nothing, for those who post there change their clocks too, mostly."""
    wall = at.astimezone(zone)
    offset, summer = wall.utcoffset(), wall.dst()
    if offset is None:
        return 0
    hours = (offset.total_seconds() - (summer.total_seconds() if summer else 0)) / 3600
    return round(hours)


def turned_hours(hours: Sequence[float], by: int) -> tuple[float, ...]:
    """As seen from a zone that many hours further east."""
    by %= HOURS
    return tuple(hours[(hour - by) % HOURS] for hour in range(HOURS))
