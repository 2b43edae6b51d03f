"""The matcher's answer about one picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.model.ids import ReferenceId

MATCHER = 4
"""Raised with whatever lets the matcher find more: pictures seen before are then looked at again, within the budget."""


class Tier(StrEnum):
    MATCH = "match"  # would alert
    POSSIBLE = "possible"  # goes to the weekly review
    NONE = "none"


class Method(StrEnum):
    PDQ = "pdq"
    PHASH = "phash"
    FEATURES = "features"


@dataclass(frozen=True, slots=True)
class Region:
    """Where in the candidate the match lies: corners of the enrolled frame, as shares of width and height (0 to 1,
    clipped to the candidate), clockwise from the photo's own top left."""

    corners: tuple[tuple[float, float], ...]

    def within(self, box: tuple[float, float, float, float]) -> Region:
        """Of a part of a picture, as shares of the whole. box: left, top, right, bottom."""
        left, top, right, bottom = box
        return Region(
            tuple((round(left + x * (right - left), 4), round(top + y * (bottom - top), 4)) for x, y in self.corners)
        )


@dataclass(frozen=True, slots=True)
class Match:
    """`reference` is None only where there is no guess. `score` is 0 to 1, higher is surer, ordered across methods.

    distance: bits, for a hash method; None otherwise. variant: how the copy is turned (`as it is`, `mirrored`,
    `turned 90`, ...). reason: in words, for the person.
    """

    tier: Tier
    score: float
    reason: str
    reference: ReferenceId | None = None
    label: str | None = None
    method: Method | None = None
    distance: int | None = None
    variant: str = "as it is"
    region: Region | None = None
    frame: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score {self.score} is not between 0 and 1")
