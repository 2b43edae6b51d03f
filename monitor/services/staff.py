"""Who works here: naming them, with a role in each case, and reading the trail of what they saw and did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.acting import acting_for_all
from monitor.errors import UsageError
from monitor.evidence.audit import audit_faults
from monitor.model.audit import AuditAct, AuditEntry
from monitor.model.ids import CaseId
from monitor.model.staff import INSTALLATION, Role, StaffMember, StaffName, is_staff_name
from monitor.ports import Store
from monitor.services.admitting import in_trail_of

_TRIES = 20


@dataclass(frozen=True, slots=True)
class StaffService:
    store: Store
    clock: Callable[[], datetime]

    def add(self, person: str, case: CaseId, role: Role, *, by: StaffName) -> StaffMember:
        """Instead of the role that they had in it. case: `INSTALLATION` too. Raises UsageError."""
        name = _name(person)
        if case == INSTALLATION and role is not Role.ADMINISTERS:
            raise UsageError("the installation is only administered", remedy="Leave --role away.")
        with acting_for_all(), self.store.transaction():
            self._refuse_unknown(case)
            if case != INSTALLATION and not self.store.staff.is_any():
                raise UsageError(
                    "the first who is named has to administer the installation: nobody could name others",
                    remedy="reupload-monitor staff add NAME --installation; on the command line you are "
                    f"{by}. From then on nobody else is let in.",
                )
            member = StaffMember(case, name, role, self.clock(), by)
            self.store.staff.save(member)
            self._note(case, {"who": by, "what": f"{name} {role.value}"})
            return member

    def remove(self, person: str, case: CaseId, *, by: StaffName) -> None:
        """Raises UsageError for who has no role there, and for the last who administers the installation."""
        name = _name(person)
        with acting_for_all(), self.store.transaction():
            self._refuse_unknown(case)
            members = self.store.staff.of_case(case)
            if name not in [member.person for member in members]:
                raise UsageError(
                    f"{name} has no role there",
                    remedy="Who has one: reupload-monitor staff list (--case NAME, or --installation).",
                )
            if case == INSTALLATION and len(members) == 1:
                raise UsageError(
                    f"nobody but {name} administers this installation: nobody could name others",
                    remedy="Name another first: reupload-monitor staff add NAME --installation",
                )
            self.store.staff.remove(case, name)
            self._note(case, {"who": by, "what": f"{name} none"})

    def members(self, case: CaseId) -> Sequence[StaffMember]:
        with acting_for_all():
            self._refuse_unknown(case)
            return self.store.staff.of_case(case)

    def trail(self, case: CaseId) -> Sequence[AuditEntry]:
        with in_trail_of(case):
            self._refuse_unknown(case)
            return self.store.audit.all(case)

    def faults(self, case: CaseId) -> Sequence[str]:
        """What is wrong with the trail; nothing where all holds."""
        with in_trail_of(case):
            for _ in range(_TRIES):  # until nothing was written down between the two
                noted = self.store.audit.noted_head(case)
                entries = self.store.audit.all(case)
                if self.store.audit.noted_head(case) == noted:
                    break
        return list(audit_faults(entries, noted))

    def _note(self, case: CaseId, about: dict[str, str]) -> None:
        self.store.audit.note(case, AuditAct.STAFF, about, self.clock())

    def _refuse_unknown(self, case: CaseId) -> None:
        if case != INSTALLATION and self.store.cases.get(case) is None:
            known = ", ".join(one.id for one in self.store.cases.all()) or "none yet"
            raise UsageError(f"there is no case {case!r}", remedy=f"The cases are: {known}.")


def _name(typed: str) -> StaffName:
    if not is_staff_name(typed.strip()):
        raise UsageError(
            "that names nobody",
            remedy="As the log-in names them (anna@helpline.example), or system:NAME for a user of this machine; "
            "in one word.",
        )
    return StaffName(typed.strip())
