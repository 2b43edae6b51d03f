"""A photo whose file ends early: which part of it is there. Reader side.

Decoders paint what did not come in one shade. So that a photo is enrolled as what it is, that part is left out of it:
with it the hash would be another, and half a grey frame is what many broken files share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.errors import UnreadableImage, UnreadableKind
from monitor.matching.reading.decode import Decoded, ImageLimits, decode_picture
from monitor.matching.reading.formats import ends_early
from monitor.model.cut_off import CutOff, MissingPart

LEAST_THERE = 0.2
"""Of the photo's length. Less is a strip that says little of the photo."""

_SAME = 1  # grey levels: painted, and nothing else
_SCATTERED = 0.1  # of the lines there: painted between others, so that no edge can be told
_MIXED = 32  # lines where a block is half there at most; a tile of a HEIC may have any size
_MIXED_RUN = 0.1  # of such a line that is painted
_PNG_INTERLACED = 28  # its place in IHDR

COPY_ANEW = "Copy it anew from where it came from, and enrol that."


@dataclass(frozen=True, slots=True)
class WhatIsThere:
    """cut: None of a file that is whole. decoded: of a cut one its first frame alone, without what did not come."""

    decoded: Decoded
    cut: CutOff | None = None


def decode_photo(untrusted: bytes, limits: ImageLimits | None = None) -> WhatIsThere:
    """Raises UnreadableImage, also where too little of it is there."""
    try:
        decoded = decode_picture(untrusted, limits, whole=True)
    except UnreadableImage as error:
        if error.kind is not UnreadableKind.BROKEN:
            raise
    else:  # libheif paints the tiles that did not come, and says nothing
        return _what_is_there(decoded) if ends_early(untrusted, decoded.format) else WhatIsThere(decoded)
    decoded = decode_picture(untrusted, limits)  # as far as it goes; raises anew where it goes nowhere
    if decoded.format == "PNG" and untrusted[_PNG_INTERLACED] == 1:
        raise _too_little("what is there is spread thinly over all of it")
    return _what_is_there(decoded)


def _what_is_there(decoded: Decoded) -> WhatIsThere:
    luma = decoded.frames[0]
    most_mixed = max(luma.shape) if decoded.format == "HEIF" else _MIXED
    painted = {side: _painted(_towards(luma, side), most_mixed) for side in MissingPart}
    side = max(painted, key=lambda side: painted[side] / len(_towards(luma, side)))
    lines, left_out = _towards(luma, side), painted[side]
    there = lines[left_out:]
    if len(there) < LEAST_THERE * len(lines):
        raise _too_little(f"only {max(1, round(100 * len(there) / len(lines)))} % of the photo is there")
    flat = there.max(axis=1) - there.min(axis=1) <= _SAME
    if float(np.mean(flat)) > _SCATTERED:
        raise _too_little("what is there is spread over all of it")
    if not left_out:
        return WhatIsThere(replace(decoded, frames=(luma,)), CutOff(None, 0.0))
    share = left_out / len(lines)
    width, height = decoded.width, decoded.height
    if side in (MissingPart.UPPER, MissingPart.LOWER):
        height = max(1, round(height * (1 - share)))
    else:
        width = max(1, round(width * (1 - share)))
    kept = np.ascontiguousarray(_back(there, side))
    return WhatIsThere(replace(decoded, frames=(kept,), width=width, height=height), CutOff(side, share))


def _towards(luma: NDArray[np.uint8], side: MissingPart) -> NDArray[np.uint8]:
    """Its lines, from that side on."""
    match side:
        case MissingPart.UPPER:
            return luma
        case MissingPart.LOWER:
            return luma[::-1]
        case MissingPart.LEFT:
            return luma.T
        case MissingPart.RIGHT:
            return luma.T[::-1]


def _back(lines: NDArray[np.uint8], side: MissingPart) -> NDArray[np.uint8]:
    upright = lines[::-1] if side in (MissingPart.LOWER, MissingPart.RIGHT) else lines
    return upright.T if side in (MissingPart.LEFT, MissingPart.RIGHT) else upright


def _painted(lines: NDArray[np.uint8], most_mixed: int) -> int:
    """How many lines from the first on are of one shade, with those where a block was half there, or some of the
    tiles."""
    shade = int(lines[0, 0])
    of_it = np.abs(lines.astype(np.int16) - shade) <= _SAME
    whole = of_it.all(axis=1)
    count = len(lines) if whole.all() else int(whole.argmin())
    if not count:
        return 0
    edge = max(1, round(_MIXED_RUN * lines.shape[1]))
    blocks = of_it[count : count + most_mixed]
    mixed = np.asarray(blocks[:, :edge].all(axis=1) | blocks[:, -edge:].all(axis=1))
    return count + (len(mixed) if mixed.all() else int(mixed.argmin()))


def _too_little(why: str) -> UnreadableImage:
    return UnreadableImage(f"the file is cut short or damaged: {why}", kind=UnreadableKind.BROKEN, remedy=COPY_ANEW)
