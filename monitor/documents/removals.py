"""Files that were to go and may be left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def removal_document(moved: Iterable[str], left: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """moved: paths where a draft lay no longer. left: path and why of what may still be there."""
    return {"files_moved": list(moved), "files_left": [{"path": path, "why": why} for path, why in left]}
