"""What only local features can say of a picture: of all of it first, then of its parts, until it is told."""

from __future__ import annotations

import asyncio

from monitor.errors import UnreadableImage
from monitor.model.fingerprint import Detail
from monitor.model.match import Match, Tier
from monitor.ports import Matcher, Reader


async def look_closely(untrusted: bytes, reader: Reader, matcher: Matcher) -> Match:
    """Raises UnreadableImage where the whole could not be read. Comparing goes on beside the loop: meanwhile a reader
    looks at the next picture, and other watches go on."""
    reading = await reader.image(untrusted, Detail.FEATURES)
    best = await asyncio.to_thread(matcher.full, reading)
    for boxes in await asyncio.to_thread(matcher.wants_windows, reading, best):
        if best.tier is Tier.MATCH:
            break
        try:
            windows = await reader.windows(untrusted, boxes)
        except UnreadableImage:  # the reader fell: what the whole said stands
            break
        best = max(best, await asyncio.to_thread(matcher.closer, windows), key=lambda match: match.score)
    return best
