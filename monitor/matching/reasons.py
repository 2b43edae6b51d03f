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


def share_in_words(share: float) -> str:
    steps = (
        (0.9, "all of it"),
        (0.7, "most of it"),
        (0.42, "about half of it"),
        (0.27, "about a third of it"),
    )
    for least, words in steps:
        if share >= least:
            return words
    return "a small part of it"


def place_in_words(region: Region) -> str:
    """Where in the candidate, by the middle of the region; "filling it" when it takes nearly everything."""
    xs = [x for x, _ in region.corners]
    ys = [y for _, y in region.corners]
    if (max(xs) - min(xs)) * (max(ys) - min(ys)) > 0.6:
        return "filling the picture"
    across, down = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    side = "left" if across < 0.4 else "right" if across > 0.6 else ""
    height = "upper" if down < 0.4 else "lower" if down > 0.6 else ""
    if not side and not height:
        return "in the middle"
    if not side:
        return f"in the {height} middle"
    return f"in the {height} {side}" if height else f"on the {side}"


def turned_whole(turn: int) -> Region:
    """The whole candidate, its corners in the photo's own order."""
    places = [1, 0, 3, 2] if turn >= 4 else [0, 1, 2, 3]
    return Region(tuple(_CLOCKWISE[(place + turn) % 4] for place in places))
