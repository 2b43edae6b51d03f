"""Staff and the audit trail as JSON."""

from __future__ import annotations

from typing import Any

from monitor.evidence.audit import audit_details
from monitor.model.audit import AuditEntry
from monitor.model.staff import StaffMember


def member_document(member: StaffMember) -> dict[str, Any]:
    """case: null of the installation."""
    return {
        "case": member.case or None,
        "person": member.person,
        "role": member.role.value,
        "since": member.since,
        "by": member.by,
    }


def audit_document(entry: AuditEntry) -> dict[str, Any]:
    told = audit_details(entry)
    return {
        "number": entry.number,
        "at": entry.at,
        "act": entry.act.value,
        "who": told.get("who", ""),
        "what": told.get("what", ""),
        "about": told.get("about", "").split(),
        "salt": entry.salt,
        "commitment": entry.commitment,
        "previous": entry.previous,
        "digest": entry.digest,
    }
