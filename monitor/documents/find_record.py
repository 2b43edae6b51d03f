"""The facts of a fetch as the sealed `record` of a find: JSON, and small, whatever a site sends."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime

import msgspec

from monitor.model.evidence import PageFacts
from monitor.model.match import Match
from monitor.model.page import Fetched
from monitor.model.sighting import Place, Sighting

MAX_HEADER_CHARS = 8_000  # of one answer; a page's content security policy takes two thousand
MAX_RECORDED_URL_CHARS = 2_000
MAX_REDIRECTS = 20
MAX_RECORDED_CHARS = 500
MAX_CERTIFICATE_BYTES = 8_192
MAX_PICTURES = 500  # that were taken out of a page, by name


def record_of(
    sighting: Sighting,
    match: Match,
    place: Place,
    image: Fetched | None,
    page: Fetched | None,
    now: datetime,
    sealed: PageFacts | None = None,
) -> bytes:
    """sealed: of the page, without the pictures that were in it."""
    facts = {
        "sighting": sighting.id,
        "recorded_at": now.isoformat(),
        "page_url": _cut(place.page_url, MAX_RECORDED_URL_CHARS),
        "image_url": _cut(place.image_url, MAX_RECORDED_URL_CHARS),
        "account": _cut(place.account, MAX_RECORDED_CHARS),
        "title": _cut(place.title, MAX_RECORDED_CHARS),
        "posted_at": _cut(place.posted_at, MAX_RECORDED_CHARS),
        "result_url": _cut(place.result_url, MAX_RECORDED_URL_CHARS),
        "match": {
            "tier": match.tier.value,
            "method": match.method.value if match.method else None,
            "score": match.score,
            "distance": match.distance,
            "reason": _cut(match.reason, MAX_RECORDED_CHARS),
        },
        "image": _of(image),
        "page": _of(page),
        "page_as_sealed": _as_sealed(sealed),
    }
    return msgspec.json.format(msgspec.json.encode(facts), indent=1)


def _of(fetched: Fetched | None) -> dict[str, object] | None:
    if fetched is None:
        return None
    headers, left_out = _headers(fetched.headers)
    der = fetched.chain[0] if fetched.chain else b""
    return {
        "asked": _cut(fetched.request.url, MAX_RECORDED_URL_CHARS),
        "answered": _cut(fetched.url, MAX_RECORDED_URL_CHARS),
        "redirects": [_cut(url, MAX_RECORDED_URL_CHARS) for url in fetched.redirects[:MAX_REDIRECTS]],
        "status": fetched.status,
        "headers": headers,
        "headers_left_out": left_out,
        "ip": fetched.ip,
        "certificate_der_base64": base64.b64encode(der).decode("ascii") if len(der) <= MAX_CERTIFICATE_BYTES else "",
        "certificate_sha256": hashlib.sha256(der).hexdigest() if der else "",
        "fetched_at": fetched.fetched_at.isoformat(),
        "sha256": fetched.digest,
        "bytes": len(fetched.body),
    }


def _as_sealed(facts: PageFacts | None) -> dict[str, object] | None:
    if facts is None:
        return None
    return {
        "sha256": facts.digest,
        "bytes": facts.size,
        "pictures_taken_out": len(facts.pictures),
        "pictures": [{"sha256": digest, "bytes": size} for digest, size in facts.pictures[:MAX_PICTURES]],
        "withheld": facts.withheld or None,
    }


def _headers(headers: Iterable[tuple[str, str]]) -> tuple[list[list[str]], int]:
    """As sent and in order, as far as there is room; and how many were left out."""
    kept: list[list[str]] = []
    left_out, chars = 0, 0
    for name, value in headers:
        size = len(name) + len(value)
        if chars + size > MAX_HEADER_CHARS:
            left_out += 1
            continue
        chars += size
        kept.append([name, value])
    return kept, left_out


def _cut(text: str, chars: int) -> str:
    """The end is left out with a mark, and the digest of the whole says what it was."""
    if len(text) <= chars:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return f"{text[:chars]}... (cut; {len(text)} characters, sha256 {digest})"
