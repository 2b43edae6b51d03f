"""Whose finds are shown."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model.ids import CaseId
from monitor.services.cases import CaseService


@dataclass(frozen=True, slots=True)
class LocalCases:
    service: CaseService

    async def names(self) -> tuple[CaseId, ...]:
        return tuple(case.id for case in self.service.all())
