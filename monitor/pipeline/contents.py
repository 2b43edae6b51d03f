"""What is kept of one find: its record, the page, the picture that matched. Plain functions; `sealing` seals it.

What cannot be had is named with its reason, so that nobody has to guess later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.documents.find_record import record_of
from monitor.model.capture import Missing
from monitor.model.evidence import EvidenceKind
from monitor.model.ids import NO_DIGEST, ContentDigest
from monitor.model.match import Match, Tier
from monitor.model.page import Fetched
from monitor.model.sighting import HER_WORD, Place, Sighting
from monitor.pipeline.sealable_page import SealablePage

NOT_IN_HAND = "Its bytes were known from an earlier look, so that they were not asked for again."
PAGE_UNCHANGED = "The page had not changed since an earlier look, so that its text did not come again."
PAGE_NOT_SEEN = "The page was not looked at when this was found."
ONLY_POSSIBLE = "It is only possibly yours. The picture is kept once you confirm it."
DIGEST_ONLY = "[evidence] keep_images is false: only its digest is kept."
IS_A_PICTURE = "What is at this address is itself a picture."
PAGE_CLOSED = "A find on the same page was closed as under 18."


@dataclass(frozen=True, slots=True)
class Content:
    """digest: SHA-256 of the body as it came, by which several finds share one file; '' for what none shares.
    is_shared: it is the capture's as a whole, and no find's own."""

    kind: EvidenceKind
    media_type: str
    plain: bytes
    digest: ContentDigest = NO_DIGEST
    is_shared: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ToSeal:
    """Evidence of one find. image, page: None where they are not in hand.
    is_page_closed: a find on the same page was closed as under 18: its text is not kept. no_image, no_page: why not,
    where that is known here."""

    sighting: Sighting
    match: Match
    place: Place
    image: Fetched | None
    page: Fetched | None
    at: datetime
    is_page_closed: bool = False
    no_image: str = ""
    no_page: str = ""


def keeps_picture(sighting: Sighting, match: Match) -> bool:
    """What is only `possible` keeps text and digests, until the person has looked."""
    return match.tier is Tier.MATCH or sighting.status in HER_WORD


def contents_of(
    one: ToSeal, pages: Mapping[ContentDigest, SealablePage], *, keep_images: bool
) -> Iterator[Content | Missing]:
    """pages: as they can be sealed, by the digest that they came with."""
    page = one.page
    sealable = pages.get(page.digest) if page is not None else None
    told = record_of(one.sighting, one.match, one.place, one.image, page, one.at, sealable.facts if sealable else None)
    yield Content(EvidenceKind.RECORD, "application/json", told)
    yield from _page(one, sealable)
    yield from _picture(one, keep_images=keep_images)


def _page(one: ToSeal, sealable: SealablePage | None) -> Iterator[Content | Missing]:
    page = one.page
    if one.is_page_closed:
        yield Missing(EvidenceKind.PAGE, PAGE_CLOSED)
    elif page is None:
        yield Missing(EvidenceKind.PAGE, one.no_page or PAGE_NOT_SEEN)
    elif sealable is None:
        yield Missing(EvidenceKind.PAGE, PAGE_UNCHANGED)
    elif not sealable.facts.size:
        yield Missing(EvidenceKind.PAGE, sealable.facts.withheld or IS_A_PICTURE)
    else:
        media_type = sealable.media_type or page.header("content-type") or "text/html"
        yield Content(EvidenceKind.PAGE, media_type, sealable.body, page.digest, is_shared=True)


def _picture(one: ToSeal, *, keep_images: bool) -> Iterator[Content | Missing]:
    image = one.image
    if not keeps_picture(one.sighting, one.match):
        yield Missing(EvidenceKind.IMAGE, ONLY_POSSIBLE)
    elif not keep_images:
        yield Missing(EvidenceKind.IMAGE, DIGEST_ONLY)
    elif image is None or not image.body:
        yield Missing(EvidenceKind.IMAGE, one.no_image or NOT_IN_HAND)
    else:
        yield Content(EvidenceKind.IMAGE, image.header("content-type") or "image/*", image.body, image.digest)
