"""The picture of a place that the person filed by hand: she says that one of hers is there, not always which. Named by
her, or itself at the address, it is kept at her word; else the page's pictures are compared with the enrolled photos,
as a look at that page would, and the one that matches is hers. No other picture of the page is ever kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace

from monitor.crawl.frontier import FrontierEntry
from monitor.crawl.promise import most_promising_first
from monitor.domains import domain_of
from monitor.errors import UnreadableImage, UnreadableKind
from monitor.model.fingerprint import Detail
from monitor.model.match import Match, Tier
from monitor.model.page import Fetched, ImageRef, OutcomeKind, Purpose
from monitor.model.sighting import BY_HER, NOT_COMPARED, Place, Sighting
from monitor.model.watch import Watch
from monitor.pipeline.asking import Trying, fetch_image
from monitor.pipeline.closely import look_closely
from monitor.pipeline.contents import IS_A_PICTURE
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.login import fetch_as_person, login_of
from monitor.pipeline.page_recheck import PageSeen
from monitor.pipeline.picture import Before
from monitor.pipeline.places import media_of, place_of, shown_at
from monitor.pipeline.scan import begin
from monitor.pipeline.state import Look, Pass, part_of
from monitor.plain import several
from monitor.ports import Store
from monitor.sources import source_for

MOST_OF_A_PAGE = 100  # pictures of one page, the most promising first
COMPARED_AT_ONCE = 8
NOT_SEEN_BEFORE = Before({}, {})  # each is asked for: what is only known has no bytes

HOW_TO_NAME = "If one of them is yours, name it: reupload-monitor sightings add PAGE --picture ITS-ADDRESS"
NOTHING_ENROLLED = (
    f"No photo is enrolled, so nothing tells which of the page's pictures is yours. {HOW_TO_NAME}. Or enrol the photo, "
    "then: reupload-monitor evidence capture"
)
NO_PICTURES = "The page shows no picture that could be read in it. Name it: sightings add PAGE --picture ITS-ADDRESS"
NOT_A_PICTURE = "What came from the picture's address is no picture."
NO_SHOT = "There is no page to draw: the address is the picture's own."


@dataclass(frozen=True, slots=True, eq=False)
class Hers:
    """image: None where none could be told to be hers, for the reason `why`. match: NONE where no photo matches it.
    place: where it stands. named: the addresses by which the page names it. failed: what became of asking for it."""

    image: Fetched | None
    why: str = ""
    match: Match | None = None
    place: Place | None = None
    named: tuple[str, ...] = ()
    failed: OutcomeKind | None = None


def is_yet_to_be_told(sighting: Sighting) -> bool:
    return sighting.is_by_hand and not sighting.image_digest


async def without_a_page(page: PageSeen, deps: Dependencies) -> PageSeen:
    """What is at the address may be the picture itself: then it is no page, and came with the look."""
    came = page.fetched
    if came is None or not came.body or not await _is_picture(came, deps):
        return page
    return replace(page, fetched=None, why=IS_A_PICTURE, given=(came, *page.given), is_picture=True)


async def find_hers(
    sighting: Sighting, page: PageSeen, watch: Watch, closed: Collection[str], deps: Dependencies
) -> Hers:
    place = sighting.place
    url = place.image_url or (place.page_url if page.is_picture else "")
    if url:
        return await _as_she_said(url, sighting, page, watch, closed, deps)
    if page.fetched is None or page.content is None:
        return Hers(None, f"The page did not come: {page.why or 'nothing that can be read'}")
    return await _looked_for(sighting, page, watch, deps)


def with_hers(sighting: Sighting, hers: Hers, store: Store) -> Sighting:
    """As it is told from here on: her word stands, and what was compared is said. No two sightings have one spot."""
    if hers.image is None or hers.place is None or not is_yet_to_be_told(sighting):
        return sighting
    told = replace(sighting, place=hers.place, image_digest=hers.image.digest)
    match = hers.match
    if match is None or match.tier is not Tier.MATCH or match.reference is None:
        photos = store.references.all(sighting.case)
        compared = "it was compared, and no enrolled photo matches it" if photos else NOT_COMPARED
        return _if_free(replace(told, match=replace(told.match, reason=f"{BY_HER}; {compared}")), sighting, store)
    matched = replace(
        told,
        match=replace(match, reason=f"{BY_HER}; {match.reason}"),
        incident=store.incident_id(sighting.case, domain_of(told.place.page_url)),
    )
    if _is_free(matched, store):
        return matched
    same = replace(told.match, reason=f"{BY_HER}; another sighting has the same copy")
    return _if_free(replace(told, match=same), sighting, store)


def _if_free(told: Sighting, sighting: Sighting, store: Store) -> Sighting:
    return told if _is_free(told, store) else sighting


def _is_free(sighting: Sighting, store: Store) -> bool:
    return all(one.id == sighting.id for one in store.sightings.at(sighting.case, [sighting.spot]))


async def _as_she_said(
    url: str, sighting: Sighting, page: PageSeen, watch: Watch, closed: Collection[str], deps: Dependencies
) -> Hers:
    """Hers by her word: whether a photo matches it is said beside."""
    if url in closed:
        return Hers(None, "Its address is closed as under 18.")
    image = page.gave(url) or page.inline.get(url)
    if image is None:
        request = part_of(watch, sighting.place.page_url, url, Purpose.IMAGE, page.jar)
        image = await fetch_as_person(request, login_of(watch, deps.store), deps.fetcher)
    if image.outcome.kind is not OutcomeKind.OK or not image.body:
        why = f"It did not come: {image.outcome.message or 'nothing that can be read'}"
        return Hers(None, why, failed=image.outcome.kind)
    if not await _is_picture(image, deps):
        return Hers(None, NOT_A_PICTURE)
    place = replace(sighting.place, image_url=url)
    ref = next((ref for ref in page.images if url in ref.variants), None)
    named = (url,) if ref is None else ref.variants
    if ref is not None and page.fetched is not None:
        place = _placed(sighting, place_of(_look(page), ref, url))
    return Hers(image, "", await _compared(image, deps), place, named)


async def _looked_for(sighting: Sighting, page: PageSeen, watch: Watch, deps: Dependencies) -> Hers:
    if not deps.store.references.all(sighting.case):
        return Hers(None, NOTHING_ENROLLED)
    run, look = begin(watch, source_for(watch, deps.settings), deps), _look(page)
    run.budget.turn_to(look.fetched.url)
    refs = [ref for ref in page.images if run.closed.isdisjoint(ref.variants)]
    ranked, best, seen = most_promising_first(refs, look.fetched.url)[:MOST_OF_A_PAGE], Hers(None), 0
    for at in range(0, len(ranked), COMPARED_AT_ONCE):
        if run.is_spent():
            break
        lot = await asyncio.gather(*(_look_at(run, look, ref, sighting) for ref in ranked[at : at + COMPARED_AT_ONCE]))
        seen += sum(one is not None for one in lot)
        best = max((best, *(one for one in lot if one is not None)), key=_sureness)
        if best.match is not None and best.match.tier is Tier.MATCH:
            return best  # no further picture is asked for
    return Hers(None, _why_none(best, seen, len(refs)))


def _sureness(one: Hers) -> tuple[bool, float]:
    """What is only possible may be another's: it is told, and never kept."""
    match = one.match
    return (False, -1.0) if match is None else (match.tier is Tier.MATCH, match.score)


def _why_none(best: Hers, seen: int, named: int) -> str:
    if not seen:
        return NO_PICTURES
    pictures = f"{seen} of {named} pictures" if seen < named else several(named, "picture", "pictures")
    looked = f"{pictures} of the page compared with your photos"
    if best.match is not None and best.match.tier is Tier.POSSIBLE and best.place is not None:
        return f"{looked}: one is only perhaps yours, {best.place.image_url} . {HOW_TO_NAME}"
    return f"{looked}: none matches. {HOW_TO_NAME}"


async def _look_at(run: Pass, look: Look, ref: ImageRef, sighting: Sighting) -> Hers | None:
    """None where no address of it gives a picture that can be read."""
    trying = Trying(ref, tuple(dict.fromkeys((*ref.variants, *ref.shown))))
    while True:
        trying, image = await fetch_image(run, look, trying, NOT_SEEN_BEFORE)
        if image is None:
            return None
        if (match := await _compared(image, run.deps)) is not None:
            place = _placed(sighting, place_of(look, ref, media_of(look, ref, image)))
            is_hers = match.tier is Tier.MATCH
            return Hers(image if is_hers else None, "", match, place, ref.variants)


async def _compared(image: Fetched, deps: Dependencies) -> Match | None:
    """With every enrolled photo; None where it cannot be read."""
    try:
        reading = await deps.reader.image(image.body, Detail.HASHES)
        match = deps.matcher.fast(reading)
        if deps.matcher.wants_features(reading, match):
            return (await look_closely(image.body, deps.reader, deps.matcher)).match
    except UnreadableImage:
        return None
    return match


async def _is_picture(came: Fetched, deps: Dependencies) -> bool:
    try:
        await deps.reader.image(came.body, Detail.HASHES)
    except UnreadableImage as error:
        return error.kind is UnreadableKind.FEATURELESS
    return True


def _placed(sighting: Sighting, place: Place) -> Place:
    """The page is the one that she named."""
    return replace(place, page_url=sighting.place.page_url, claimed_url="", claimed_account="", said_from="")


def _look(page: PageSeen) -> Look:
    if page.fetched is None or page.content is None:
        raise AssertionError("a page that was read")
    shown = shown_at(page.fetched, page.content)
    return Look(FrontierEntry(page.fetched.request, 0), page.fetched, page.content, shown, inline=page.inline)
