"""Staff as JSON."""

from __future__ import annotations

from typing import Any

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
