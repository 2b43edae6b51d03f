"""The photos that are enrolled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from monitor.model.fingerprint import Fingerprint, Reference, ReferenceOrigin
from monitor.model.ids import CaseId, ReferenceId
from monitor.store.engine import Database, upsert
from monitor.store.tables import dismissals, references


@dataclass(frozen=True, slots=True)
class Codec:
    """A fingerprint as bytes and back; `load` raises StoreError for what `dump` did not write."""

    dump: Callable[[Fingerprint], bytes]
    load: Callable[[bytes], Fingerprint]


class SqlReferences:
    def __init__(self, database: Database, codec: Codec) -> None:
        self._db = database
        self._codec = codec

    def get(self, case: CaseId, reference: ReferenceId) -> Reference | None:
        return next(iter(self._where(references.c.case == case, references.c.id == reference)), None)

    def all(self, case: CaseId) -> Sequence[Reference]:
        return self._where(references.c.case == case)

    def _where(self, *conditions: object) -> list[Reference]:
        rows = self._db.run(select(references).where(*conditions).order_by(references.c.id))  # type: ignore[arg-type]
        return [
            Reference(
                id=row.id,
                case=row.case,
                label=row.label,
                fingerprint=self._codec.load(row.fingerprint),
                enrolled_at=row.enrolled_at,
                origin=ReferenceOrigin(row.origin),
                folded_at=row.paused_at,
            )
            for row in rows
        ]

    def add(self, reference: Reference) -> None:
        """The same id again replaces what was kept (features made anew, say)."""
        fingerprint = self._codec.dump(reference.fingerprint)
        self._db.run(
            upsert(references),
            {
                "id": reference.id,
                "case": reference.case,
                "label": reference.label,
                "fingerprint": fingerprint,
                "digest": hashlib.blake2b(fingerprint, digest_size=16).digest(),
                "enrolled_at": reference.enrolled_at,
                "origin": reference.origin.value,
                "paused_at": reference.folded_at,
            },
        )

    def remove(self, case: CaseId, reference: ReferenceId) -> bool:
        """With what was dismissed for it. Sightings stay: they are facts about the sites."""
        with self._db.transaction():
            self._db.run(dismissals.delete().where(dismissals.c.case == case, dismissals.c.reference == reference))
            statement = references.delete().where(references.c.case == case, references.c.id == reference)
            return self._db.run(statement).rowcount > 0

    def fold(self, case: CaseId, reference: ReferenceId, at: datetime | None) -> None:
        statement = references.update().where(references.c.case == case, references.c.id == reference)
        self._db.run(statement.values(paused_at=at))  # as the column was called when that meant not to match by it

    def folded(self, case: CaseId) -> Mapping[ReferenceId, datetime]:
        statement = select(references.c.id, references.c.paused_at).where(
            references.c.case == case, references.c.paused_at.is_not(None)
        )
        return {row.id: row.paused_at for row in self._db.run(statement)}

    def revision(self, case: CaseId) -> str:
        """A digest of what is enrolled: the same set, however it came about, has the same one."""
        statement = select(references.c.id, references.c.digest).where(references.c.case == case)
        total = hashlib.blake2b(digest_size=12)
        for row in self._db.run(statement.order_by(references.c.id)):
            total.update(hashlib.blake2b(row.digest, key=row.id.encode()[:64], digest_size=16).digest())
        return total.hexdigest()
