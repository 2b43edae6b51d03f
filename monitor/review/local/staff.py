"""Who may see what, and the trail of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.acting import acting_for
from monitor.model.ids import CaseId
from monitor.model.staff import Needs, Role, StaffName
from monitor.ports import Store
from monitor.review.port.staff import CaseWaiting
from monitor.services.admitting import RoleQuestion, admitted, cases_of, ids_among, looked_into


@dataclass(frozen=True, slots=True)
class LocalStaff:
    store: Store
    clock: Callable[[], datetime]

    async def cases_of(self, person: StaffName) -> Mapping[CaseId, Role] | None:
        return cases_of(self.store, person)

    async def admit(
        self, person: StaffName, what: str, needs: Needs, case: CaseId | None, about: tuple[str, ...]
    ) -> None:
        admitted(self.store, person, RoleQuestion(what, needs, case, ids_among(about)), self.clock())

    async def waiting(self, person: StaffName, cases: tuple[CaseId, ...]) -> tuple[CaseWaiting, ...]:
        looked_into(self.store, person, "GET /cases", cases, self.clock())
        return tuple(CaseWaiting(case, self._sites(case)) for case in cases)

    def _sites(self, case: CaseId) -> int:
        with acting_for(case):
            return self.store.incidents.waiting(case, self.clock(), limit=1).all
