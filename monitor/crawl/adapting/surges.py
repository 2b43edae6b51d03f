"""What follows after more than was expected, or after less: bursts, and places that fall silent.

A self-exciting process (Hawkes, "Spectra of some self-exciting and mutually exciting point processes", Biometrika 58,
1971) has a rate that each event lifts for a while. Here the lift is by the *excess* over what was expected, at three
scales of time, the slowest first; how much of an excess carries over is learned, place by place, by least squares on
what the slower ones left over, shrunk to what all places show. Where nothing carries over it comes to nothing, so that
an even place does not pay for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SCALES_H = (96.0, 18.0, 3.0)
"""How long an excess lasts: days (a place that wakes or dies), a day's stir, an evening's burst."""
STIR_H = 18.0  # over how long the scatter of a place is looked at
LEAST_SHARE = 0.3  # of the usual rate that is expected at least, however silent it is
STIFFNESS = 4.0  # how many visits' worth the pooled carry-over counts against a place's own


@dataclass(frozen=True, slots=True)
class Surge:
    """At one scale. excess: postings beyond what was expected, fading. hits, worth: sums of the least squares."""

    excess: float = 0.0
    hits: float = 0.0
    worth: float = 0.0

    def carry(self, pooled: float) -> float:
        """0 to 1: how much of an excess comes again."""
        return min(max((self.hits + STIFFNESS * pooled) / (self.worth + STIFFNESS), 0.0), 1.0)


CALM = (Surge(),) * len(SCALES_H)


def to_come(surges: Sequence[Surge], carries: Sequence[float], rate_h: float, usual: float, length_h: float) -> float:
    """Postings in the coming hours, of which `usual` would be expected otherwise. rate_h: an hour, as usual."""
    parts = [left(length_h, scale) for scale in SCALES_H]
    return _lifted(surges, carries, rate_h, usual, length_h, parts)


def waiting(surges: Sequence[Surge], carries: Sequence[float], rate_h: float, usual: float, length_h: float) -> float:
    """Hours that what is posted has waited after `length_h`. usual: the same without any excess."""
    parts = [
        2 * (1 - left(length_h, scale)) * scale / length_h if length_h > scale * 1e-3 else 1.0 for scale in SCALES_H
    ]
    return _lifted(surges, carries, rate_h, usual, length_h * length_h / 2, parts)


def left(length_h: float, scale: float) -> float:
    """Of an excess, on the mean over that time."""
    return -math.expm1(-length_h / scale) * scale / length_h if length_h > scale * 1e-6 else 1.0


def _lifted(
    surges: Sequence[Surge], carries: Sequence[float], rate_h: float, usual: float, even: float, parts: Sequence[float]
) -> float:
    """even: what a rate of one an hour comes to. parts: of a rate at each scale, in the mean. An excess adds; a lack
    takes a share, so that neither makes less of more time."""
    added, taken = 0.0, 0.0
    for one, carry, scale, rest in zip(surges, carries, SCALES_H, parts, strict=True):
        rate = carry * one.excess / scale * rest
        if rate > 0:
            added += rate * even
        elif rate_h > 0:
            taken += rate / rate_h
    return usual * max(1 + taken, LEAST_SHARE) + added


def surged(
    surges: Sequence[Surge],
    carries: Sequence[float],
    usual: float,
    seen: float,
    length_h: float,
    fade: float,
    scatter: float,
) -> tuple[Surge, ...]:
    """After a visit that saw so many where `usual` were expected but for any excess. fade: of what was learnt."""
    told, after = usual, []
    for one, carry, scale in zip(surges, carries, SCALES_H, strict=True):
        came = one.excess * -math.expm1(-length_h / scale)
        weight = 1 / (max(told, usual, 0.1) * scatter)  # a count's variance is its mean, at least
        rest = seen - told
        after.append(
            Surge(
                one.excess * math.exp(-length_h / scale) + (seen - usual) * left(length_h, scale),
                one.hits * fade + weight * came * rest,
                one.worth * fade + weight * came * came,
            )
        )
        told = max(told + carry * came, LEAST_SHARE * usual)
    return tuple(after)
