"""What is kept of a pass."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from monitor.model.run import Run


def run_document(run: Run) -> dict[str, Any]:
    """As the contract has it, and what else is known."""
    return {
        "watch": run.watch,
        "status": run.status.value,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "pages": run.pages,
        "images": run.images,
        "new_images": run.new_images,
        "not_modified": run.not_modified,
        "matches": run.matches,
        "new_sightings": run.new_sightings,
        "bytes": run.bytes,
        "errors": [
            {
                "url": error.url,
                "kind": error.kind,
                "message": error.message,
                "remedy": error.remedy,
                "covers": error.covers,
                "weight": error.weight,
            }
            for error in run.observed
        ],
        "limits": [
            {"what": limit.what, "at": limit.at} | ({"site": limit.site} if limit.site else {}) for limit in run.limits
        ],
        "pages_seen": run.pages_seen,
        "images_seen": run.images_seen,
    } | ({"followed": [asdict(one) for one in run.followed]} if run.followed else {})
