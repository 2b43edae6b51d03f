"""Who may see what, and the trail of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from monitor.model.ids import CaseId
from monitor.model.staff import Needs, Role, StaffName


@dataclass(frozen=True, slots=True)
class CaseWaiting:
    """sites: on so many something waits to be decided."""

    case: CaseId
    sites: int


class StaffPart(Protocol):
    async def cases_of(self, person: StaffName) -> Mapping[CaseId, Role] | None:
        """Those that the person has a role in, sorted. None: nobody is named as staff, and whoever is here is the
        owner."""
        ...

    async def admit(
        self, person: StaffName, what: str, needs: Needs, case: CaseId | None, about: tuple[str, ...]
    ) -> None:
        """Written down when this returns, where staff are named. Raises NotAllowed, UsageError."""
        ...

    async def waiting(self, person: StaffName, cases: tuple[CaseId, ...]) -> tuple[CaseWaiting, ...]:
        """Of some of theirs: a look at each of these, and written down as that."""
        ...
