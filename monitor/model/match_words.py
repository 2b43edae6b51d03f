"""Words that the reason of a match is made of, and by which it is told in sentences (`documents.how_matched`)."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model.match import Region

SHARES = ("all of it", "most of it", "about half of it", "about a third of it", "a small part of it")


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """Words of a reason that say what kind of match it is."""

    surroundings: str = "the same surroundings"
    elsewhere: str = "seen from another place"
    one_thing: str = "only one thing in a part of this picture is alike"
    drawn: str = "perhaps drawn by a filter from this picture"
    bar: str = "those that a bar leaves"
    made: str = "local features do not agree"


IN_WORDS = ReasonWords()


def share_in_words(share: float) -> str:
    for least, words in zip((0.9, 0.7, 0.42, 0.27), SHARES, strict=False):
        if share >= least:
            return words
    return SHARES[-1]


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
