"""The facts of a fetch as the sealed `record` of a find: JSON, and small, whatever a site sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from monitor.clock_trust import ClockTrust
from monitor.documents.visit_record import MAX_RECORDED_CHARS, MAX_RECORDED_URL_CHARS, clock_record, cut, visit_record
from monitor.model.evidence import PageFacts
from monitor.model.match import Match
from monitor.model.page import Fetched
from monitor.model.sighting import Place, Sighting

MAX_PICTURES = 500  # that were taken out of a page, by name
MAX_PICTURE_NAMES = 30  # of the picture


def record_of(
    sighting: Sighting,
    match: Match,
    place: Place,
    image: Fetched | None,
    page: Fetched | None,
    now: datetime,
    sealed: PageFacts | None = None,
    trust: ClockTrust | None = None,
    named: Mapping[str, tuple[int, int] | None] | None = None,
) -> bytes:
    """sealed: of the page, without the pictures that were in it. trust: the kernel's word on our clock, as it was
    then. named: every address by which the page names the picture, with width and height of what is there, as far as
    that is known."""
    facts = {
        "sighting": sighting.id,
        "recorded_at": now.isoformat(),
        "our_clock": clock_record(trust),
        "page_url": cut(place.page_url, MAX_RECORDED_URL_CHARS),
        "image_url": cut(place.image_url, MAX_RECORDED_URL_CHARS),
        "image_named_as": _named(named or {}),
        "account": cut(place.account, MAX_RECORDED_CHARS),
        "title": cut(place.title, MAX_RECORDED_CHARS),
        "posted_at": cut(place.posted_at, MAX_RECORDED_CHARS),
        "result_url": cut(place.result_url, MAX_RECORDED_URL_CHARS),
        "match": {
            "tier": match.tier.value,
            "method": match.method.value if match.method else None,
            "score": match.score if sighting.is_compared else None,
            "compared": sighting.is_compared,
            "distance": match.distance,
            "reason": cut(match.reason, MAX_RECORDED_CHARS),
        },
        "image": visit_record(image),
        "page": visit_record(page),
        "page_as_sealed": _as_sealed(sealed),
    }
    # ASCII: no letter of a site's can hide or turn a line in whatever shows it, and half a pair is no error.
    return json.dumps(facts, indent=1).encode("ascii")


def _named(named: Mapping[str, tuple[int, int] | None]) -> list[dict[str, object]]:
    """Whole, or not at all: they are looked for in the page again."""
    short = [(url, size) for url, size in named.items() if len(url) <= MAX_RECORDED_URL_CHARS]
    return [{"url": url, "size": list(size) if size else None} for url, size in short[:MAX_PICTURE_NAMES]]


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
