"""Answers in words, for the person."""

from __future__ import annotations

from monitor.model.match import Region, Tier

STARTS = {
    Tier.MATCH: "same picture",
    Tier.POSSIBLE: "perhaps the same picture",
    Tier.NONE: "nearest, but not the same",
}
_CLOCKWISE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def in_plain_words(reason: str) -> str:
    """Without the figures of the comparison: `same picture, turned 90`."""
    return reason.partition(": ")[0]


def turned_whole(turn: int) -> Region:
    """The whole candidate, its corners in the photo's own order."""
    places = [1, 0, 3, 2] if turn >= 4 else [0, 1, 2, 3]
    return Region(tuple(_CLOCKWISE[(place + turn) % 4] for place in places))
