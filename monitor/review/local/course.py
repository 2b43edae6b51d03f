"""How far it has come, over the services of an opened App."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model.course import Course
from monitor.model.ids import CaseId
from monitor.services.course import CourseService


@dataclass(frozen=True, slots=True)
class LocalCourse:
    service: CourseService

    async def course(self, case: CaseId) -> Course:
        return self.service.course(case)
