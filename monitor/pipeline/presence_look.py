"""What one look says of a find's media: asked at its own address, read, and compared with the photo that it is of."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from zlib import crc32

from monitor.crawl.outcome import outcome_of_page, was_sent_to_front
from monitor.crawl.way import WayOut, way_out
from monitor.errors import UnreadableImage, UnreadableKind
from monitor.matching.matcher import PhotoMatcher
from monitor.model.fingerprint import Detail
from monitor.model.match import Match, Tier
from monitor.model.page import Fetched, Jar, Outcome, OutcomeKind, ParseJob, Parser, Purpose, Request
from monitor.model.presence import NO_MARK, Glance, Saw, ServerMark, Truth
from monitor.model.sighting import Sighting
from monitor.model.watch import Watch
from monitor.pipeline.closely import look_closely
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.login import as_whom, fetch_as_person, login_of
from monitor.pipeline.state import part_of
from monitor.ports import Matcher

WHOLE_EVERY = 5
"""Days: "not changed" is not believed for ever. No divisor of the gaps between looks, so that the turn comes round."""

OTHER_PICTURE = "another picture stands at this address now"
PAGE_IN_ITS_PLACE = "a page came in the place of the picture"
NOTHING_TELLS = "a picture stands there, and nothing tells whether it is the one that you named"
FRONT_PAGE = "the site shows its front page in its place, which says nothing of it"


async def look_at_media(
    sighting: Sighting, watch: Watch, deps: Dependencies, jar: Jar, mark: ServerMark | None = NO_MARK
) -> tuple[Glance, Fetched]:
    """One request; what is known to be unchanged is not read again. jar: with what its page set, where that was asked
    for before. mark: by which it was known when it was last there; None: it is to come whole."""
    request = part_of(watch, sighting.place.page_url, sighting.place.image_url, Purpose.IMAGE, jar)
    login = login_of(watch, deps.store)
    way = way_out(deps.settings.network, deps.store.machine).of(as_whom(watch, login))
    asked = request if mark is None else _conditional(request, sighting, deps, mark, way)
    fetched = await fetch_as_person(asked, login, deps.fetcher)
    saw, why = await what_came(sighting, fetched, deps)
    if saw is Saw.GONE and why == OTHER_PICTURE:  # what it is, the next pass over its page is to see
        deps.store.seen.forget(sighting.case, [request.url])
    return Glance(Truth.MEDIA, saw, why), fetched


def _conditional(request: Request, sighting: Sighting, deps: Dependencies, mark: ServerMark, way: WayOut) -> Request:
    """Asks only for what changed where the bytes that matched were the last that came."""
    if is_whole_turn(sighting.id, deps.clock()):
        return request
    if mark.is_there:
        return way.asks(request, mark)
    seen = deps.store.seen.get(sighting.case, [request.url]).get(request.url)
    if seen is None or not seen.digest or seen.digest != sighting.image_digest:
        return request
    return way.conditional(request, seen)


def is_whole_turn(of: str, now: datetime) -> bool:
    """of: a find for its file, an address for a page that several may stand on."""
    return (now.toordinal() + crc32(of.encode())) % WHOLE_EVERY == 0


async def what_came(sighting: Sighting, fetched: Fetched, deps: Dependencies) -> tuple[Saw, str]:
    """Of an answer at its address: is it the picture still? With why not."""
    outcome = fetched.outcome
    if outcome.kind is OutcomeKind.NOT_MODIFIED or (
        outcome.kind is OutcomeKind.OK and fetched.digest == sighting.image_digest
    ):
        return Saw.THERE, ""
    if outcome.kind is OutcomeKind.OK:
        return await _compared(sighting, fetched, deps)
    if outcome.kind is OutcomeKind.GONE:
        return (Saw.UNKNOWN, FRONT_PAGE) if is_front_page_gone(fetched) else (Saw.GONE, outcome.message)
    if outcome.kind is OutcomeKind.UNREADABLE and fetched.body:
        return await _page_that_came(fetched, deps)
    return Saw.UNKNOWN, outcome.message


def is_front_page_gone(fetched: Fetched) -> bool:
    """The site has no front page at present, and sends there: its 404 is of that."""
    return fetched.outcome.kind is OutcomeKind.GONE and was_sent_to_front(fetched.request.url, fetched.url)


async def _compared(sighting: Sighting, fetched: Fetched, deps: Dependencies) -> tuple[Saw, str]:
    matcher = await _matcher_of(sighting, deps)
    if matcher is None:
        return Saw.UNKNOWN, "another file came, and no photo is enrolled that it could be compared with"
    try:
        match = await _match(matcher, fetched.body, deps)
    except UnreadableImage as error:
        if error.kind is UnreadableKind.NOT_AN_IMAGE:
            return await _page_that_came(fetched, deps)
        if error.kind is UnreadableKind.FEATURELESS:
            return Saw.GONE, OTHER_PICTURE
        return Saw.UNKNOWN, f"another file came, which cannot be read: {error}"
    if match.tier is Tier.NONE:
        return (Saw.GONE, OTHER_PICTURE) if sighting.match.reference is not None else (Saw.UNKNOWN, NOTHING_TELLS)
    if match.tier is Tier.POSSIBLE and sighting.match.tier is Tier.MATCH:
        return Saw.UNKNOWN, "another file came, which is only perhaps the same picture"
    return Saw.THERE, ""


async def _matcher_of(sighting: Sighting, deps: Dependencies) -> Matcher | None:
    """With the photo that it is of alone: that another one of hers is nearer says nothing of this one. With all of them
    where she named the picture and nobody has kept yet which bytes it has."""
    reference = sighting.match.reference
    photo = deps.store.references.get(sighting.case, reference) if reference is not None else None
    if photo is not None:
        return await asyncio.to_thread(PhotoMatcher, (photo,), deps.settings.match)
    return deps.matcher if sighting.is_by_hand and reference is None and not sighting.image_digest else None


async def _match(matcher: Matcher, body: bytes, deps: Dependencies) -> Match:
    reading = await deps.reader.image(body, Detail.HASHES)
    match = matcher.fast(reading)
    if not matcher.wants_features(reading, match):
        return match
    close = await look_closely(body, deps.reader, matcher)
    if close.fell is not None and close.match.tier is not Tier.MATCH:
        raise close.fell  # the photo may be in the parts that could not be read
    return close.match


async def _page_that_came(fetched: Fetched, deps: Dependencies) -> tuple[Saw, str]:
    """In the place of a picture. A wall, a bot check or the front page says nothing of it; any other page is there for
    all to see."""
    said = await read_as_page(fetched, deps)
    if said is None:
        return Saw.GONE, PAGE_IN_ITS_PLACE
    if said.kind is OutcomeKind.GONE:
        return Saw.GONE, said.message
    return Saw.UNKNOWN, FRONT_PAGE if said.kind is OutcomeKind.MOVED else said.message


async def read_as_page(fetched: Fetched, deps: Dependencies) -> Outcome | None:
    """What its words and marks make of it; None for an ordinary page."""
    job = ParseJob(Parser.HTML, fetched.url, fetched.header("content-type"))
    content = await deps.reader.page(job, fetched.body)
    return content.problem or outcome_of_page(content, replace(fetched, outcome=Outcome(OutcomeKind.OK)))
