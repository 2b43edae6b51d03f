"""How far it has come."""

from __future__ import annotations

from typing import Protocol

from monitor.model.course import Course
from monitor.model.ids import CaseId


class CoursePart(Protocol):
    async def course(self, case: CaseId) -> Course: ...
