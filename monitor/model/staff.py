"""Who works here, and what each of them may do in which case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from monitor.model.ids import CaseId

StaffName = NewType("StaffName", str)
"""As the authenticating proxy names a person, or `system:NAME` for a user of this machine: never the one for the other.
Compared to the letter."""

INSTALLATION = CaseId("")
"""Where a case's name stands otherwise: of no case, of the installation as a whole. Who administers it names staff and
makes cases, and sees no case by that alone."""

SYSTEM = "system:"
ROOT = StaffName("system:root")
NO_PERSON = StaffName("")
MOST_OF_NAME = 200  # characters


class Role(StrEnum):
    """Each may do what stands before it too."""

    READS = "reads"
    WORKS = "works"
    ADMINISTERS = "administers"

    def covers(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One person's role in one case; in `INSTALLATION` only `administers`. by: who said so."""

    case: CaseId
    person: StaffName
    role: Role
    since: datetime
    by: StaffName


@dataclass(frozen=True, slots=True)
class ActingPerson:
    """Who asks, and what they may. roles: by case."""

    name: StaffName
    roles: Mapping[CaseId, Role]

    @property
    def cases(self) -> tuple[CaseId, ...]:
        return tuple(sorted(case for case in self.roles if case != INSTALLATION))

    @property
    def administers_all(self) -> bool:
        """Of the installation: not of its cases."""
        return INSTALLATION in self.roles

    def may(self, case: CaseId, needed: Role) -> bool:
        return case in self.roles and self.roles[case].covers(needed)


def is_staff_name(untrusted: str) -> bool:
    """What may name a person: printable, in one word, not long; and nothing that reads like a user of this machine and
    is none."""
    if untrusted[: len(SYSTEM)].casefold() == SYSTEM and not untrusted.startswith(SYSTEM):
        return False
    return bool(untrusted) and len(untrusted) <= MOST_OF_NAME and untrusted.isprintable() and " " not in untrusted


class Needs(StrEnum):
    """What somebody has to be, to be answered by a command or a page."""

    ANYBODY = "anybody"  # it shows nothing of a case, or is the machinery itself
    ANY_CASE = "any-case"  # a role in some case: it is about all of theirs
    STANDING = "standing"  # a role in some case; or of none, how all stands, for who administers that
    READS = "reads"
    WORKS = "works"
    ADMINISTERS = "administers"
    STAFF = "staff"  # who administers the case that is named, or the installation
    INSTALLATION = "installation"

    @property
    def role(self) -> Role | None:
        """In the case that is meant; None where it is about none, or about several."""
        return next((role for role in Role if role.value == self.value), None)
