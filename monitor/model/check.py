"""What one part of the set-up is found to be."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARNING, FAULT = "ok", "warning", "fault"


@dataclass(frozen=True, slots=True)
class Check:
    """state: one of the three above. remedy: how to mend it; '' where nothing is to be mended."""

    name: str
    state: str
    message: str
    remedy: str = ""
