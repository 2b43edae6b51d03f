"""What both sides know of PDQ: its size, its dialect and the turns of a picture. `reading.pdq_hash` computes it."""

from __future__ import annotations

DIALECT = "reduced-512/1"
"""How the luma is made before hashing: a JPEG decoded by libjpeg at the largest of 1/1, 1/2, 1/4, 1/8 that
leaves both sides at least 512, another picture averaged by the same factor; never enlarged. Some 2 to 4
bits from the full size, 10 to 12 from "resized to 512 x 512 first", the other dialect in use."""

BITS = 256
TURNS: tuple[str, ...] = (
    "as it is",
    "turned 90",
    "turned 180",
    "turned 270",
    "mirrored",
    "mirrored and turned 90",
    "mirrored and turned 180",
    "mirrored and turned 270",
)
"""What a copy can be of the photo; degrees clockwise, after mirroring left to right."""
MIRRORED = 4  # the first of the mirrored ones
