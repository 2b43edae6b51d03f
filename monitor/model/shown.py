"""A picture as a person is shown it: made anew from its pixels, so that nothing of the file that came is left."""

from __future__ import annotations

from dataclasses import dataclass

MAX_SHOWN_SIDE = 2048  # pixels
MAX_BANDS = 64  # of one long picture


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """png: RGB, no side longer than `MAX_SHOWN_SIDE`, and nothing in it but pixels. width, height: of it. band: which
    part of a long picture, from the top; bands: how many there are. has_more: it moves, or has several pages, of which
    this is the first."""

    png: bytes
    width: int
    height: int
    band: int = 0
    bands: int = 1
    has_more: bool = False
