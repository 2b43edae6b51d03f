"""Evidence as `evidence list --json` prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from monitor.documents.times import rfc3339
from monitor.model.capture import Capture, Missing
from monitor.model.evidence import EvidenceItem, EvidenceKind


def holding_document(
    sighting: str,
    page_url: str,
    has: Mapping[EvidenceKind, int],
    lacks: Iterable[Missing],
    captures: Iterable[Capture],
    items: Iterable[EvidenceItem],
) -> dict[str, Any]:
    return {
        "sighting": sighting,
        "page_url": page_url,
        "has": {kind.value: count for kind, count in has.items()},
        "lacks": [{"kind": one.kind.value, "why": one.why} for one in lacks],
        "captures": [capture_document(capture) for capture in captures],
        "files": [item_document(item) for item in items],
    }


def capture_document(capture: Capture) -> dict[str, Any]:
    return {
        "id": capture.id,
        "page_url": capture.page_url,
        "state": capture.state.value,
        "cause": capture.cause.value,
        "asked_at": rfc3339(capture.asked_at),
        "taken_at": rfc3339(capture.taken_at) if capture.taken_at else None,
        "tries": capture.tries,
        "retry_at": rfc3339(capture.retry_at) if capture.retry_at else None,
        "why": capture.why,
        "missing": [{"kind": one.kind.value, "why": one.why} for one in capture.missing],
        "sightings": list(capture.sightings),
    }


def item_document(item: EvidenceItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "capture": item.capture or None,
        "sighting": item.sighting or None,
        "kind": item.kind.value,
        "media_type": item.media_type,
        "file": item.file.path or None,
        "sha256": item.file.plain_digest or None,
        "sealed_sha256": item.file.sealed_digest or None,
        "size": item.file.size,
        "withheld": item.is_withheld,
    }
