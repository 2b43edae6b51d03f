"""Whose finds are shown."""

from __future__ import annotations

from typing import Protocol

from monitor.model.ids import CaseId


class CasesPart(Protocol):
    async def names(self) -> tuple[CaseId, ...]:
        """Of every case, in the order of the configuration."""
        ...
