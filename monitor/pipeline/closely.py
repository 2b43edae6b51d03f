"""What only local features can say of a picture: of all of it first, then of its parts, until it is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from monitor.errors import UnreadableImage
from monitor.model.fingerprint import Detail, ImageReading
from monitor.model.match import Match, Tier
from monitor.ports import Matcher, Reader


@dataclass(frozen=True, slots=True)
class CloseLook:
    """match: its reason says what was not looked at. not_looked_at: the same, '' where nothing was left or all was
    told without it. fell: its parts could not be read; what the whole said stands."""

    match: Match
    not_looked_at: str = ""
    fell: UnreadableImage | None = None


async def look_closely(untrusted: bytes, reader: Reader, matcher: Matcher) -> CloseLook:
    """Raises UnreadableImage where the whole could not be read. Comparing goes on beside the loop: meanwhile a reader
    looks at the next picture, and other watches go on."""
    reading = await reader.image(untrusted, Detail.FEATURES)
    best = await asyncio.to_thread(matcher.full, reading)
    fell: UnreadableImage | None = None
    for boxes in await asyncio.to_thread(matcher.wants_windows, reading, best):
        if best.tier is Tier.MATCH:
            break
        try:
            windows = await reader.windows(untrusted, boxes)
        except UnreadableImage as error:
            fell = error
            break
        best = max(best, await asyncio.to_thread(matcher.closer, windows), key=lambda match: match.score)
    if best.tier is Tier.MATCH:
        return CloseLook(best)
    left = beyond_limits(reading)
    why = [*([f"not looked at: {left}"] if left else []), *([f"its parts could not be read: {fell}"] if fell else [])]
    return CloseLook(replace(best, reason="; ".join((best.reason, *why))), left, fell)


def beyond_limits(reading: ImageReading) -> str:
    """What of the picture nobody looks at, in words; '' where that is nothing."""
    if reading.is_cut:
        return "frames of an animation, or further pages, beyond those that are compared (or the file ends early)"
    return f"{reading.left_out} parts of a picture of many pictures" if reading.left_out else ""
