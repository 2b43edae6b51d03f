"""What was found."""

from __future__ import annotations

from typing import Any

from monitor.documents.presence import presence_document
from monitor.model.sighting import SeenAddress, Sighting
from monitor.tracking.figures import counted_as


def sighting_document(sighting: Sighting) -> dict[str, Any]:
    """As the contract has it, and what else is known. Of what she filed by hand, and no photo matches, the tier is her
    word: it has no score."""
    place, match = sighting.seen_at, sighting.match
    return {
        "id": sighting.id,
        "incident": sighting.incident,
        "case": sighting.case,
        "watch": sighting.watch,
        "page_url": place.page_url,
        "image_url": place.image_url,
        "account": place.account,
        "reference": match.reference,
        "label": match.label,
        "tier": match.tier.value,
        "score": round(match.score, 4) if sighting.is_compared else None,
        "distance": match.distance,
        "method": match.method.value if match.method else None,
        "reason": match.reason,
        "status": sighting.status.value,
        "first_seen": sighting.first_seen,
        "last_seen": sighting.last_seen,
        "removed_at": sighting.removed_at,
        "evidence": list(sighting.evidence),
        "reports": list(sighting.reports),
        "decision": sighting.decision.value if sighting.decision else None,
        "claim": {"url": place.claimed_url or None, "account": place.claimed_account or None}
        if place.claimed_url or place.claimed_account
        else None,
        **presence_document(sighting.presence),
        "addresses": [_address(address, sighting) for address in sighting.addresses],
        "addresses_seen": sighting.addresses_seen,
        "changes_addresses": sighting.changes_addresses,
        "number": sighting.number,
        "counted_as": counted_as(sighting).value,
    }


def _address(address: SeenAddress, sighting: Sighting) -> dict[str, Any]:
    return {
        "page_url": None if sighting.is_hearsay else address.page_url,
        "image_url": address.image_url,
        "first_seen": address.first_seen,
        "last_seen": address.last_seen,
    }
