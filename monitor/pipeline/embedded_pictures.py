"""Pictures that are written into a page as data: URIs are taken out as soon as it is read: what is remembered of a page
holds addresses, never somebody's picture."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote_to_bytes

from monitor.model.page import Fetched, ImageRef, Outcome, OutcomeKind, PageContent, Purpose, Request

DATA = "data:"
TAKEN_OUT = "data:sha256,"


def take_out(content: PageContent, now: datetime) -> tuple[PageContent, Mapping[str, Fetched]]:
    """The content with a digest in the place of each picture, and the pictures by that."""
    if not holds_pictures(content):
        return content, {}
    pictures: dict[str, Fetched] = {}
    images: list[ImageRef] = []
    address: dict[str, str] = {}
    for ref in content.images:
        for url in ref.variants:
            if url.startswith(DATA) and not url.startswith(TAKEN_OUT) and url not in address:
                picture = _picture(url, now)
                pictures[picture.url] = picture
                address[url] = picture.url
        first, *others = (address.get(url, url) for url in ref.variants)
        shown = tuple(address.get(url, url) for url in ref.shown)
        images.append(replace(ref, url=first, alternatives=tuple(others), shown=shown))
    return replace(content, images=tuple(images)), pictures


def holds_pictures(content: PageContent) -> bool:
    """Whether the page has to be read again to see all its pictures."""
    return any(url.startswith(DATA) for ref in content.images for url in ref.variants)


def _picture(url: str, now: datetime) -> Fetched:
    head, _, payload = url.partition(",")
    try:
        raw = unquote_to_bytes(payload)
        body = base64.b64decode(raw) if head.endswith(";base64") else raw
    except (binascii.Error, ValueError):
        body = b""
    outcome = Outcome(OutcomeKind.OK)
    if not body:
        outcome = Outcome(OutcomeKind.EMPTY, "a data: URI holds nothing readable", "Nothing can be done about it.")
    address = f"{TAKEN_OUT}{hashlib.sha256(body).hexdigest()}"
    return Fetched.of(Request(address, Purpose.IMAGE), outcome, address, now, status=200, body=body)
