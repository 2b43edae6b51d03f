"""What a person has to have said before anything of a case is looked at."""

from __future__ import annotations

from monitor.errors import AttestationMissing
from monitor.mending import Mending
from monitor.model.ids import CaseId
from monitor.ports import Store


def require_attestation(store: Store, case: CaseId) -> None:
    """Raises AttestationMissing: nothing is hashed before it was given."""
    found = store.cases.get(case)
    if found is None:
        raise AttestationMissing(
            f"the case {case!r} was never set up",
            remedy=f"Correct its name, or set it up: reupload-monitor init --case {case}",
        )
    if found.attestation is None:
        raise AttestationMissing(
            f"for case {case!r} it has not been said that everybody shown was 18 or older when each picture was "
            "taken, and that you are the person shown or act with their authority",
            remedy="Say it with `enroll` or `init --case`: --adult --authorised self (or representative). "
            "If someone was or may have been under 18: reupload-monitor guide under-18",
            way=Mending.SAY_ADULT,
        )
