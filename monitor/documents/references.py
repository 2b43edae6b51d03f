"""The set of photos: what is enrolled, what became of files and lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from monitor.model.enrolment import Enrolment, FileMatch, TakenIn

if TYPE_CHECKING:  # numpy comes with it
    from monitor.model.fingerprint import Reference


def reference_document(reference: Reference, remarks: Sequence[str] = ()) -> dict[str, Any]:
    """remarks: what can and cannot be found of it."""
    return {
        "reference": reference.id,
        "case": reference.case,
        "label": reference.label,
        "fingerprints": list(reference.fingerprint.kinds),
        "origin": reference.origin,
        "enrolled_at": reference.enrolled_at,
        "paused_at": None,  # nothing is paused any more: it is matched by, and folded
        "folded_at": reference.folded_at,
        "session": reference.session or None,
        "versions": [
            {
                "label": version.name,
                "kind": version.kind,
                "fingerprints": list(version.fingerprint.kinds),
                "enrolled_at": version.enrolled_at,
            }
            for version in reference.versions
        ],
        "remarks": list(remarks),
    }


def enrolment_document(done: Enrolment) -> dict[str, Any]:
    """As the contract has it."""
    return {
        "enrolled": [
            {
                "reference": item.reference,
                "label": item.label,
                "file": str(item.file),
                "fingerprints": list(item.fingerprints),
                "remarks": list(item.remarks),
            }
            for item in done.enrolled
        ],
        "skipped": [
            {"file": str(item.file), "reason": item.reason, "reference": item.reference or None}
            for item in done.skipped
        ],
    }


def file_match_document(row: FileMatch) -> dict[str, Any]:
    """As the contract has it."""
    found = row.match
    return {
        "file": str(row.file),
        "tier": found.tier.value if found else "none",
        "reference": found.reference if found else None,
        "label": found.label if found else None,
        "score": round(found.score, 4) if found else 0.0,
        "distance": found.distance if found else None,
        "method": found.method.value if found and found.method else None,
        "reason": found.reason if found else "",
        "error": row.error,
    }


def taken_in_document(done: TakenIn) -> dict[str, Any]:
    return {
        "imported": [{"reference": id_, "label": label} for id_, label in done.references],
        "skipped": [{"line": line.line, "reason": line.reason} for line in done.left_out],
        "repaired": list(done.repaired),
    }
