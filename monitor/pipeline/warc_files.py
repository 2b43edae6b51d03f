"""The WARC of a page and that of a picture, of what is in hand: which body stands in which record, and what is said of
what does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from monitor import __version__
from monitor.evidence.warc import KeptBody, WarcOf, warc_of
from monitor.model.evidence import TakenOut
from monitor.model.ids import NO_DIGEST, CaptureId, SightingId, digest_of
from monitor.model.page import Fetched
from monitor.pipeline.sealable_page import SealablePage
from monitor.pipeline.second_reading import sealable_sheet

PAGE_PART = "page"
MOST_KEPT_SHEETS = 20  # of one page, in its WARC
MOST_KEPT_CSS_BYTES = 2**20
NOT_MODIFIED = "the server said that it has not changed since an earlier look"
ITSELF_A_PICTURE = "what is at this address is itself a picture"
NO_LONGER_THERE = "the browser no longer had the bytes exactly as they came"
_MADE_BY = f"reupload-monitor {__version__}"


def as_served(page: Fetched) -> Fetched | None:
    """A page that was rendered, as its server had sent it: to be read and sealed like any other. None where it was not
    rendered, or where that is not to be had."""
    if not page.served:
        return None
    return replace(page, body=page.served, digest=digest_of(page.served), served=None)


def page_warc(
    page: Fetched,
    sealable: SealablePage | None,
    served: SealablePage | None,
    capture: CaptureId,
    at: datetime,
    sheets: Sequence[Fetched] = (),
) -> bytes:
    """sealable: of `page.body`, None where that did not come (an unchanged page). served: of `as_served(page)`. sheets:
    its style sheets that are in hand; of more than a page has need of, the first are kept."""
    of = WarcOf(capture, PAGE_PART, _MADE_BY, at)
    body, styles = _kept(page.body, sealable), tuple(_styles(sheets))
    if page.served is None:
        return warc_of(page, body, of, sheets=styles)
    sent = KeptBody(b"", NO_DIGEST, 0, why=NO_LONGER_THERE)
    return warc_of(page, _kept(page.served, served) if served is not None else sent, of, body, styles)


def _styles(sheets: Sequence[Fetched]) -> Iterator[tuple[Fetched, KeptBody]]:
    size = 0
    for sheet in sheets[:MOST_KEPT_SHEETS]:
        size += len(sheet.body)
        if sheet.body and size <= MOST_KEPT_CSS_BYTES:
            yield sheet, _kept(sheet.body, sealable_sheet(sheet.body))


def picture_warc(image: Fetched, capture: CaptureId, sighting: SightingId, at: datetime, *, why_not: str = "") -> bytes:
    """why_not: in plain words, why its bytes are not kept; then it has their digest alone."""
    digest, size = (image.digest, len(image.body)) if image.body else (NO_DIGEST, 0)
    why = why_not or ("" if image.body else NOT_MODIFIED)
    kept = KeptBody(b"" if why else image.body, digest, size, why=why)
    return warc_of(image, kept, WarcOf(capture, sighting, _MADE_BY, at))


def _kept(came: bytes, sealable: SealablePage | None) -> KeptBody:
    if sealable is None or not came:
        return KeptBody(b"", NO_DIGEST, 0, why=NOT_MODIFIED)
    facts = sealable.facts
    is_as_it_came = not facts.pictures and not facts.withheld
    why = facts.withheld or ("" if is_as_it_came or sealable.body else ITSELF_A_PICTURE)
    pictures: tuple[TakenOut, ...] = facts.pictures
    return KeptBody(sealable.body, digest_of(came), len(came), pictures, why, sealable.media_type)
