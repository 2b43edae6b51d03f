"""Who hosts a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monitor.documents.times import rfc3339
from monitor.model.hosting import AbuseContact, Hosting


def hosting_document(host: str, sightings: Sequence[str], known: Hosting | None) -> dict[str, Any]:
    """known None: nobody was asked yet."""
    return {
        "host": host,
        "sightings": list(sightings),
        "domain": known.domain if known else None,
        "addresses": list(known.addresses) if known else None,
        "asked_at": rfc3339(known.asked_at) if known else None,
        "waiting": known.waiting if known else None,
        "contacts": [_contact(one) for one in known.contacts] if known else [],
    }


def _contact(one: AbuseContact) -> dict[str, Any]:
    return {
        "part": one.part.value,
        "name": one.name,
        "email": one.email,
        "url": one.url,
        "is_guess": one.is_guess,
        "why": one.why,
        "source": one.source,
        "asked_at": rfc3339(one.asked_at) if one.asked_at else None,
        "networks": list(one.networks),
        "channel": one.desk,
        "checked_on": one.checked_on.isoformat() if one.checked_on else None,
    }
