"""What is kept of one find: its record, the page, the picture that matched. Plain functions; `sealing` seals it.

What cannot be had is named with its reason, so that nobody has to guess later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.clock_trust import ClockTrust
from monitor.documents.find_record import record_of
from monitor.evidence.warc import MEDIA_TYPE
from monitor.model.capture import Missing
from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import CaptureId, ContentDigest
from monitor.model.match import Match, Tier
from monitor.model.page import Fetched
from monitor.model.sighting import HER_WORD, Place, Sighting
from monitor.pipeline.beside import Beside
from monitor.pipeline.closed_pages import without_words
from monitor.pipeline.sealable_page import SealablePage
from monitor.pipeline.warc_files import as_served, page_warc, picture_warc

NOT_IN_HAND = "Its bytes were known from an earlier look, so that they were not asked for again."
PAGE_UNCHANGED = "The page had not changed since an earlier look, so that its text did not come again."
PAGE_NOT_SEEN = "The page was not looked at when this was found."
ONLY_POSSIBLE = "It is only possibly yours. The picture is kept once you confirm it."
DIGEST_ONLY = "[evidence] keep_images is false: only its digest is kept."
IS_A_PICTURE = "What is at this address is itself a picture."
SERVED_LOST = "The browser no longer had the bytes exactly as the server sent them."
PAGE_CLOSED = "A find on the same page was closed as under 18."
PAGE_IS_CLOSED = Missing(EvidenceKind.PAGE, PAGE_CLOSED)


@dataclass(frozen=True, slots=True)
class Content:
    """plain: its bytes, made when they are wanted. shared_by: what several finds have one file by: the digest of a body
    as it came, or the capture; '' for what none shares. is_shared: it is the capture's as a whole, and no find's own.
    """

    kind: EvidenceKind
    media_type: str
    plain: Callable[[], bytes]
    shared_by: str = ""
    is_shared: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ToSeal:
    """Evidence of one find. capture: the look that it was found in. image, page: None where they are not in hand.
    is_page_closed: a find on the same page was closed as under 18: its text is not kept. no_image, no_page: why not,
    where that is known here. named: by which the page names the picture. beside: what was in hand beside the page.
    there: what is kept of the find and is not to be kept twice."""

    capture: CaptureId
    sighting: Sighting
    match: Match
    place: Place
    image: Fetched | None
    page: Fetched | None
    at: datetime
    is_page_closed: bool = False
    no_image: str = ""
    no_page: str = ""
    named: tuple[str, ...] = ()
    beside: Beside = field(default_factory=Beside)
    there: tuple[EvidenceItem, ...] = ()


def keeps_picture(sighting: Sighting, match: Match) -> bool:
    """What is only `possible` keeps text and digests, until the person has looked."""
    return match.tier is Tier.MATCH or sighting.status in HER_WORD


def contents_of(
    one: ToSeal, pages: Mapping[ContentDigest, SealablePage], *, keep_images: bool, trust: ClockTrust
) -> Iterator[Content | Missing]:
    """pages: as they can be sealed, by the digest that they came with. trust: the kernel's word on our clock."""
    page = one.page
    sealable = pages.get(page.digest) if page is not None else None
    facts, named = sealable.facts if sealable else None, {url: one.beside.sizes.get(url) for url in one.named}
    if one.is_page_closed:
        place = without_words(one.place)
        told = record_of(one.sighting, one.match, place, one.image, None, one.at, trust=trust, named=named)
    else:
        told = record_of(one.sighting, one.match, one.place, one.image, page, one.at, facts, trust, named)
    yield Content(EvidenceKind.RECORD, "application/json", lambda: told)
    if one.is_page_closed:
        yield PAGE_IS_CLOSED
    elif page is None:
        yield Missing(EvidenceKind.PAGE, one.no_page or PAGE_NOT_SEEN)
    else:
        yield from _page(one, page, sealable, pages)
    yield from _picture(one, keep_images=keep_images)


def _page(
    one: ToSeal, page: Fetched, sealable: SealablePage | None, pages: Mapping[ContentDigest, SealablePage]
) -> Iterator[Content | Missing]:
    yield _text(EvidenceKind.PAGE, page, sealable)
    sent = as_served(page)
    served = pages.get(sent.digest) if sent is not None else None
    if sent is not None:
        yield _text(EvidenceKind.SERVED, sent, served)
    elif page.served is not None:
        yield Missing(EvidenceKind.SERVED, SERVED_LOST)
    yield Content(
        EvidenceKind.WARC,
        MEDIA_TYPE,
        lambda: page_warc(page, sealable, served, one.capture, one.at, one.beside.sheets_of(page)),
        warc_key(one.capture),
        is_shared=True,
    )


def _text(kind: EvidenceKind, page: Fetched, sealable: SealablePage | None) -> Content | Missing:
    if sealable is None:
        return Missing(kind, PAGE_UNCHANGED)
    if not sealable.facts.size:
        return Missing(kind, sealable.facts.withheld or IS_A_PICTURE)
    media_type = sealable.media_type or page.header("content-type") or "text/html"
    return Content(kind, media_type, lambda: sealable.body, page.digest, is_shared=True)


def warc_key(capture: CaptureId) -> str:
    """Another look at the same bytes passed over another connection."""
    return f"capture {capture}"


def _picture(one: ToSeal, *, keep_images: bool) -> Iterator[Content | Missing]:
    image, why_not = one.image, ""
    if not keeps_picture(one.sighting, one.match):
        why_not = ONLY_POSSIBLE
    elif not keep_images:
        why_not = DIGEST_ONLY
    elif image is None or not image.body:
        why_not = one.no_image or NOT_IN_HAND
    if why_not:
        yield Missing(EvidenceKind.IMAGE, why_not)
    elif image is not None:
        media_type, body = image.header("content-type") or "image/*", image.body
        yield Content(EvidenceKind.IMAGE, media_type, lambda: body, image.digest)
    if image is not None:
        came, name = image, one.sighting.id
        yield Content(
            EvidenceKind.WARC,
            MEDIA_TYPE,
            lambda: picture_warc(came, one.capture, name, one.at, why_not=why_not if came.body else ""),
        )
