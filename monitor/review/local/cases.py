"""Whose finds are shown."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.acting import acting_for_all
from monitor.model.ids import CaseId
from monitor.services.cases import CaseService


@dataclass(frozen=True, slots=True)
class LocalCases:
    service: CaseService

    async def names(self) -> tuple[CaseId, ...]:
        with acting_for_all():
            return tuple(case.id for case in self.service.all())
