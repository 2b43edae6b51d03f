"""The people who work here, and the trail of what each of them saw and did."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from monitor.evidence.audit import end_of_trail, new_audit_entry
from monitor.model.audit import AuditAct, AuditEntry
from monitor.model.custody import NO_HEAD, CustodyHead
from monitor.model.ids import CaseId
from monitor.model.staff import Role, StaffMember, StaffName
from monitor.store.engine import Database, upsert
from monitor.store.staff_tables import audit, audit_heads, staff

_SAVE_MEMBER = upsert(staff)
_SAVE_AUDIT_HEAD = upsert(audit_heads)


class SqlStaff:
    def __init__(self, database: Database) -> None:
        self._db = database

    def is_any(self) -> bool:
        return self._db.run(select(staff.c.case).limit(1)).first() is not None

    def roles(self, person: StaffName) -> Mapping[CaseId, Role]:
        rows = self._db.run(select(staff.c.case, staff.c.role).where(staff.c.person == person))
        return {CaseId(row.case): Role(row.role) for row in rows}

    def of_case(self, case: CaseId) -> Sequence[StaffMember]:
        rows = self._db.run(select(staff).where(staff.c.case == case))
        return sorted((_member(row) for row in rows), key=lambda member: member.person)

    def save(self, member: StaffMember) -> None:
        self._db.run(
            _SAVE_MEMBER,
            {
                "case": member.case,
                "person": member.person,
                "role": member.role.value,
                "since": member.since,
                "by": member.by,
            },
        )

    def remove(self, case: CaseId, person: StaffName) -> bool:
        return bool(self._db.run(staff.delete().where(staff.c.case == case, staff.c.person == person)).rowcount)


class SqlAudit:
    def __init__(self, database: Database) -> None:
        self._db = database

    def note(self, case: CaseId, act: AuditAct, about: Mapping[str, str], now: datetime) -> AuditEntry:
        with self._db.transaction():  # what is behind the last one is decided while nobody else writes
            end = end_of_trail(self.head(case), self.noted_head(case))
            entry = new_audit_entry(case, act, about, now, after=end, salt=secrets.token_bytes(32))
            self._db.run(audit.insert().values(_row(entry)))
            self._db.run(_SAVE_AUDIT_HEAD, {"case": case, "number": entry.number, "digest": entry.digest})
        return entry

    def forget(self, case: CaseId) -> None:
        with self._db.transaction():
            for table in (audit, audit_heads):
                self._db.run(table.delete().where(table.c.case == case))

    def head(self, case: CaseId) -> CustodyHead:
        last = select(audit.c.number, audit.c.digest).where(audit.c.case == case)
        row = self._db.run(last.order_by(audit.c.number.desc()).limit(1)).first()
        return CustodyHead(row.number, row.digest) if row is not None else NO_HEAD

    def noted_head(self, case: CaseId) -> CustodyHead:
        row = self._db.run(select(audit_heads).where(audit_heads.c.case == case)).first()
        return CustodyHead(row.number, row.digest) if row is not None else NO_HEAD

    def all(self, case: CaseId, *, after: int = 0) -> Sequence[AuditEntry]:
        statement = select(audit).where(audit.c.case == case, audit.c.number > after)
        return [_entry(row) for row in self._db.run(statement.order_by(audit.c.number))]


def _member(row: Row[Any]) -> StaffMember:
    return StaffMember(CaseId(row.case), StaffName(row.person), Role(row.role), row.since, StaffName(row.by))


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "case": entry.case,
        "number": entry.number,
        "at": entry.at,
        "act": entry.act.value,
        "details": entry.details,
        "salt": entry.salt,
        "commitment": entry.commitment,
        "previous": entry.previous,
        "digest": entry.digest,
    }


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        case=CaseId(row.case),
        number=row.number,
        at=row.at,
        act=AuditAct(row.act),
        details=row.details,
        salt=row.salt,
        commitment=row.commitment,
        previous=row.previous,
        digest=row.digest,
    )
