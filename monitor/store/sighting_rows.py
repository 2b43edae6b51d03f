"""A sighting as a row, and a row as a sighting."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any

from sqlalchemy import Row

from monitor.hosts import host_of
from monitor.model.ids import CaseId
from monitor.model.match import Match, Method, Region, Tier
from monitor.model.presence import NOT_OBSERVED, Presence, Trace, Truth
from monitor.model.sighting import CopySpot, Decision, Place, SeenAddress, Sighting, Status
from monitor.store.tables import TRACE_TIMES

_TRACES = [attrgetter(*(f"{truth.value}_{name}" for name in (*TRACE_TIMES, "why"))) for truth in Truth]
"""Of a row, the fields of each trace in their order: looked up for every find that is read."""


def spot_key(case: CaseId, spot: CopySpot) -> bytes:
    """Sixteen bytes for what is one copy in any case: long URLs are no good as a unique index."""
    parts = json.dumps([case, spot.reference or None, *spot[1:3], *([spot.digest] if spot.digest else [])]).encode()
    return hashlib.blake2b(parts, digest_size=16).digest()


def _spot_left(sighting: Sighting) -> CopySpot:
    """Of a closed one that was written into its page, without what its bytes could be told by."""
    is_told = sighting.under_18 and is_written_in(sighting)
    return sighting.spot._replace(image_url=f"closed {sighting.id}") if is_told else sighting.spot


def is_written_in(sighting: Sighting) -> bool:
    return sighting.place.image_url.startswith("data:")


def address_rows(sighting: Sighting) -> Iterator[dict[str, object]]:
    for number, address in enumerate(sighting.other_addresses):
        yield {
            "sighting": sighting.id,
            "number": number,
            "case": sighting.case,
            "page_url": address.page_url,
            "image_url": address.image_url,
            "first_seen": address.first_seen,
            "last_seen": address.last_seen,
        }


def row_of(sighting: Sighting) -> dict[str, object]:
    place, match = sighting.place, sighting.match
    return {
        "id": sighting.id,
        "of_id": sighting.id,
        "of_case": sighting.case,
        "new_spot": spot_key(sighting.case, _spot_left(sighting)),
        "incident": sighting.incident,
        "case": sighting.case,
        "watch": sighting.watch,
        "page_url": place.page_url,
        "image_url": place.image_url,
        "host": host_of(place.page_url),
        "account": place.account,
        "title": place.title,
        "posted_at": place.posted_at,
        "result_url": place.result_url,
        "claimed_url": place.claimed_url,
        "claimed_account": place.claimed_account,
        "tier": match.tier.value,
        "score": match.score,
        "reason": match.reason,
        "reference": match.reference,
        "label": match.label,
        "method": match.method.value if match.method else None,
        "distance": match.distance,
        "variant": match.variant,
        "region": json.dumps(match.region.corners) if match.region else None,
        "frame": match.frame,
        "status": sighting.status.value,
        "first_seen": sighting.first_seen,
        "last_seen": sighting.last_seen,
        "image_digest": sighting.image_digest,
        "removed_at": sighting.removed_at,
        "before_dismissal": sighting.before_dismissal.value if sighting.before_dismissal else None,
        "before_report": sighting.before_report.value if sighting.before_report else None,
        "decision": sighting.decision.value if sighting.decision else None,
        "decided_at": sighting.decided_at,
        "under_18": sighting.under_18,
        "only_said": sighting.only_said,
        "permalink": place.permalink,
        "seen_in": place.seen_in,
        "said_from": place.said_from,
        "there_since": sighting.there_since,
        "addresses_seen": sighting.addresses_seen,
        "later_until": sighting.later_until,
        **{name: value for truth in Truth for name, value in _trace_row(truth, sighting.presence.of(truth))},
    }


def _trace_row(truth: Truth, trace: Trace) -> Iterator[tuple[str, object]]:
    for name in TRACE_TIMES:
        yield f"{truth.value}_{name}", getattr(trace, name)
    yield f"{truth.value}_why", trace.why


def _presence(row: Row[Any]) -> Presence:
    """Most have been observed on one or two of their truths."""
    told = (values_of(row) for values_of in _TRACES)
    return Presence(*(Trace(*values) if any(values) else NOT_OBSERVED for values in told))


def sighting_of(row: Row[Any], kept: Iterable[str], sent: Iterable[str], others: Iterable[SeenAddress]) -> Sighting:
    return Sighting(
        id=row.id,
        number=row.number,
        incident=row.incident,
        case=row.case,
        watch=row.watch,
        place=Place(
            page_url=row.page_url,
            image_url=row.image_url,
            account=row.account,
            title=row.title,
            posted_at=row.posted_at,
            result_url=row.result_url,
            claimed_url=row.claimed_url,
            claimed_account=row.claimed_account,
            permalink=row.permalink,
            seen_in=row.seen_in,
            said_from=row.said_from,
        ),
        match=Match(
            tier=Tier(row.tier),
            score=row.score,
            reason=row.reason,
            reference=row.reference,
            label=row.label,
            method=Method(row.method) if row.method else None,
            distance=row.distance,
            variant=row.variant,
            region=Region(tuple((x, y) for x, y in json.loads(row.region))) if row.region else None,
            frame=row.frame,
        ),
        status=Status(row.status),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        image_digest=row.image_digest,
        removed_at=row.removed_at,
        before_dismissal=Status(row.before_dismissal) if row.before_dismissal else None,
        before_report=Status(row.before_report) if row.before_report else None,
        decision=Decision(row.decision) if row.decision else None,
        decided_at=row.decided_at,
        under_18=row.under_18,
        only_said=row.only_said,
        presence=_presence(row),
        there_since=row.there_since,
        other_addresses=tuple(others),
        addresses_seen=row.addresses_seen,
        later_until=row.later_until,
        evidence=tuple(sorted(kept)),
        reports=tuple(sent),
    )
