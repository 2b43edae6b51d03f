"""What `evidence verify` found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monitor.model.custody import CustodyHead


def check_of_evidence(
    faults: Sequence[tuple[str, str]],
    *,
    files: int,
    opened: int,
    not_opened: int,
    entries: int,
    stamps: int,
    head: CustodyHead,
) -> dict[str, Any]:
    """The document of `evidence verify --json`. faults: (where, what). The counts: as in `Verified`."""
    return {
        "faults": [{"where": where, "what": what} for where, what in faults],
        "files": files,
        "opened": opened,
        "not_opened": not_opened,
        "custody_entries": entries,
        "custody_reference": head.reference if head.number else None,
        "time_stamps": stamps,
    }
