"""The audit trail: who of the staff looked at what of a case and did what, each entry chained to the one before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.ids import CaseId


class AuditAct(StrEnum):
    VIEW = "view"  # something of the case was shown
    WORK = "work"  # something was asked to be done in it
    ADMINISTER = "administer"  # in how the case is set up, or in the installation
    STAFF = "staff"  # a role was given or taken
    REFUSED = "refused"  # what the person's role does not allow


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """As `CustodyEntry`, and hashed in the same way; none of its details are ever dropped: they hold who asked, for
    which command or page, and ids, never an address or a word of the person's."""

    case: CaseId
    number: int
    at: datetime
    act: AuditAct
    details: str
    salt: str
    commitment: str
    previous: str
    digest: str
