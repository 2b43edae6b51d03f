"""The ports of the staff and of the audit trail. As all of `monitor.ports`, whose `Store` has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from monitor.model.audit import AuditAct, AuditEntry
from monitor.model.custody import CustodyHead
from monitor.model.ids import CaseId
from monitor.model.staff import Role, StaffMember, StaffName


class Staff(Protocol):
    def is_any(self) -> bool:
        """Whether anybody is named: else the owner may do all."""
        ...

    def roles(self, person: StaffName) -> Mapping[CaseId, Role]:
        """By case; that of the installation under `INSTALLATION`."""
        ...

    def of_case(self, case: CaseId) -> Sequence[StaffMember]:
        """By name."""
        ...

    def save(self, member: StaffMember) -> None:
        """In the place of an earlier role of theirs in that case."""
        ...

    def remove(self, case: CaseId, person: StaffName) -> bool:
        """Whether they had one."""
        ...


class Audit(Protocol):
    """The trail of each case. Only ever written behind its last entry."""

    def note(self, case: CaseId, act: AuditAct, about: Mapping[str, str], now: datetime) -> AuditEntry: ...

    def forget(self, case: CaseId) -> None:
        """The whole trail of a case that is removed."""
        ...

    def head(self, case: CaseId) -> CustodyHead:
        """Of the entries that are there."""
        ...

    def noted_head(self, case: CaseId) -> CustodyHead:
        """As `note` wrote it down beside the trail, in the same transaction."""
        ...

    def all(self, case: CaseId, *, after: int = 0) -> Sequence[AuditEntry]:
        """In order. after: only those behind this number."""
        ...


class StaffKept(Protocol):
    """Of `ports.Store`."""

    @property
    def staff(self) -> Staff: ...
    @property
    def audit(self) -> Audit: ...
