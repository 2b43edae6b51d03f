"""A photo whose file ends early: what of it is missing. Needs no NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MissingPart(StrEnum):
    """Of a photo as it is seen upright."""

    UPPER = "upper"
    LOWER = "lower"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class CutOff:
    """A file that ends early. missing: the side that is not there, None where all can be seen, if perhaps coarsely.
    share: of the photo's length in that direction, 0 to 1."""

    missing: MissingPart | None
    share: float

    def __str__(self) -> str:
        """In words: what a person should know of it."""
        if self.missing is None:
            return "the file is cut short or damaged at its end. Nearly all of the photo can be seen, perhaps coarsely"
        return f"the file is cut short: {_words(self.missing, self.share)} of the photo is missing"


_SHARES = ((0.19, "a little at the {edge}"), (0.29, "the {part} quarter"), (0.4, "the {part} third"))


def _words(part: MissingPart, share: float) -> str:
    named = next((words for most, words in _SHARES if share < most), "")
    if not named:
        named = "the {part} half" if share < 0.6 else "more than half, from the {edge} on,"
    return named.format(part=part.value, edge=_EDGES[part])


_EDGES = {
    MissingPart.UPPER: "top",
    MissingPart.LOWER: "bottom",
    MissingPart.LEFT: "left",
    MissingPart.RIGHT: "right",
}
