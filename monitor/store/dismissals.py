"""What the person has said is not theirs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from sqlalchemy import bindparam, select

from monitor.model.ids import CaseId, ContentDigest, ReferenceId
from monitor.model.match import Tier
from monitor.model.sighting import Dismissal
from monitor.store.engine import Database, upsert
from monitor.store.tables import dismissals

_DISMISSED = select(dismissals.c.image_digest, dismissals.c.pdq, dismissals.c.tier).where(
    dismissals.c.case == bindparam("of_case"), dismissals.c.reference == bindparam("of_reference")
)

_MARKS = select(dismissals.c.reference, dismissals.c.image_digest).where(dismissals.c.case == bindparam("of_case"))


class SqlDismissals:
    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, case: CaseId, reference: ReferenceId) -> Sequence[Dismissal]:
        rows = self._db.run(_DISMISSED, {"of_case": case, "of_reference": reference})
        return [Dismissal(row.image_digest, row.pdq, Tier(row.tier) if row.tier else None) for row in rows]

    def add(self, case: CaseId, reference: ReferenceId, dismissed: Dismissal) -> None:
        values = {
            "case": case,
            "reference": reference,
            "image_digest": dismissed.image_digest,
            "pdq": dismissed.pdq,
            "tier": dismissed.tier.value if dismissed.tier else None,
        }
        self._db.run(upsert(dismissals), values)

    def remove(self, case: CaseId, reference: ReferenceId, image_digest: ContentDigest) -> bool:
        statement = dismissals.delete().where(
            dismissals.c.case == case,
            dismissals.c.reference == reference,
            dismissals.c.image_digest == image_digest,
        )
        return self._db.run(statement).rowcount > 0

    def revision(self, case: CaseId) -> str:
        marks = sorted(tuple(row) for row in self._db.run(_MARKS, {"of_case": case}))
        return hashlib.blake2b(json.dumps(marks).encode(), digest_size=8).hexdigest() if marks else ""
