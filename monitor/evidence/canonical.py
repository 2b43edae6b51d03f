"""JSON that is always the same bytes for the same facts, so that its digest means something."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

Told = Mapping[str, "Told"] | Sequence["Told"] | str | int | bool | None
"""No fractions: two programs may write one of them differently."""


def canonical_json(value: Told) -> str:
    """One line of ASCII: keys sorted, no spaces, everything else escaped. `json.loads` gives the value back."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
