"""Whose things are looked for: the cases, and the attestation without which nothing of one is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.errors import AttestationMissing, UnderAge, UsageError
from monitor.model.case import Attestation, Authority, Case
from monitor.model.ids import CaseId
from monitor.model.settings import Settings
from monitor.ports import Store


def attestation(*, adult: bool, authority: Authority | None, at: datetime) -> Attestation:
    """From what the person says. Raises UnderAge, and AttestationMissing where nobody's authority is there."""
    if not adult:
        raise UnderAge(
            "someone was or may have been under 18, so nothing is hashed, fetched or stored here",
            remedy="There are services made for exactly this. They are free, and they do not need the pictures.",
        )
    if authority is None:
        raise AttestationMissing(
            "without the authority of the person shown nothing is done",
            remedy="Ask the person shown, or show them: reupload-monitor guide",
        )
    return Attestation(authority, at)


@dataclass(frozen=True, slots=True)
class CaseService:
    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def all(self) -> Sequence[Case]:
        return self.store.cases.all()

    def chosen(self, named: CaseId | None) -> CaseId:
        """The one that is named, else the only one there is. Raises UsageError when it must be named."""
        names = [case.id for case in self.all()]
        if named:
            if named not in names:
                known = ", ".join(names) or "none yet"
                raise UsageError(
                    f"there is no case {named!r}",
                    remedy=f"The cases are: {known}. A new one: reupload-monitor init --case {named}",
                )
            return named
        if len(names) > 1:
            raise UsageError(
                f"there are {len(names)} cases, so it has to be said which one is meant",
                remedy=f"--case with one of: {', '.join(names)}.",
            )
        return names[0] if names else self.settings.case.id

    def meant(self, named: CaseId | None) -> Sequence[CaseId]:
        """The one that is named, else all: only for what tells of the machine, never of what a person has."""
        names = [case.id for case in self.all()]
        if named and named not in names:
            raise UsageError(f"there is no case {named!r}", remedy=f"The cases are: {', '.join(names)}.")
        return [named] if named else names

    def is_attested(self, case: CaseId) -> bool:
        found = self.store.cases.get(case)
        return found is not None and found.attestation is not None

    def attest(self, case: CaseId, given: Attestation) -> None:
        """Keeps it; the case is set up by it where there was none."""
        found = self.store.cases.get(case) or Case(case, created_at=given.at)
        self.store.cases.save(replace(found, attestation=given))

    def add(self, case: CaseId, name: str, given: Attestation) -> None:
        """A further one. name: who its notices speak for; '' where nobody was named."""
        self.store.cases.save(Case(case, name, given, given.at))
