"""What the person added herself."""

from __future__ import annotations

import json
from typing import Any

from monitor.documents.times import rfc3339
from monitor.model.evidence import EvidenceItem
from monitor.model.own_evidence import OwnEntry, SaidTime


def own_document(entry: OwnEntry) -> dict[str, Any]:
    words = entry.words
    return {
        "id": entry.id,
        "case": entry.case,
        "added_at": rfc3339(entry.added_at),
        "sighting": entry.sighting or None,
        "at": _time(words.happened),
        "where": words.where,
        "what": words.what,
        "who": words.who,
        "witnesses": list(words.witnesses),
        "reported_to": list(words.reported_to),
        "number": words.number,
        "saved_by": words.saved_by,
        "saved_at": _time(words.saved_at),
        "note": words.note,
        "files": [
            {"evidence": file.item, "name": file.name, "modified_at": rfc3339(file.modified_at)} for file in entry.files
        ],
        "record": entry.record,
    }


def own_record(entry: OwnEntry, files: dict[str, EvidenceItem], program: str) -> bytes:
    """What is sealed of an entry's words, beside its files. files: by id."""
    told = own_document(entry)
    del told["record"]
    for file in told["files"]:
        sealed = files[file["evidence"]].file
        file |= {"bytes": sealed.size, "sha256": sealed.plain_digest, "type": files[file["evidence"]].media_type}
    return json.dumps({**told, "program": program}, indent=1).encode("ascii")


def _time(time: SaidTime) -> dict[str, Any]:
    return {"as_said": time.said, "utc": rfc3339(time.exactly)}
