"""The custody log as `evidence log --json` prints it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monitor.evidence.custody import details_of, head_of, time_text
from monitor.model.custody import CustodyEntry


def log_document(entries: Sequence[CustodyEntry]) -> dict[str, Any]:
    head = head_of(entries)
    return {
        "log": [_entry_document(entry) for entry in entries],
        "head": head.digest if entries else None,
        "reference": head.reference if entries else None,
    }


def _entry_document(entry: CustodyEntry) -> dict[str, Any]:
    """details: null once they were dropped."""
    return {
        "number": entry.number,
        "time": time_text(entry.at),
        "act": entry.act.value,
        "details": None if entry.is_dropped else dict(details_of(entry)),
        "drops": list(entry.drops),
        "digest": entry.digest,
    }
