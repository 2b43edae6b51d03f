"""The photos that are enrolled."""

from __future__ import annotations

import hashlib
import struct
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from monitor.model.fingerprint import Affine, Fingerprint, Reference, ReferenceOrigin, Version, VersionKind
from monitor.model.ids import CaseId, ReferenceId
from monitor.store.engine import Database, upsert
from monitor.store.photo_hashes import SqlPhotoHashes
from monitor.store.tables import dismissals, references, versions

_DIGESTS = (
    select(references.c.id, references.c.digest)
    .where(references.c.case == bindparam("of_case"))
    .order_by(references.c.id)
)


@dataclass(frozen=True, slots=True)
class Codec:
    """A fingerprint as bytes and back; `load` raises StoreError for what `dump` did not write."""

    dump: Callable[[Fingerprint], bytes]
    load: Callable[[bytes], Fingerprint]


class SqlReferences:
    def __init__(self, database: Database, codec: Codec) -> None:
        self._db = database
        self._codec = codec
        self.hashes = SqlPhotoHashes(database)

    def get(self, case: CaseId, reference: ReferenceId) -> Reference | None:
        found = self._where(
            (references.c.case == case, references.c.id == reference),
            (versions.c.case == case, versions.c.reference == reference),
        )
        return found[0] if found else None

    def all(self, case: CaseId) -> Sequence[Reference]:
        return self._where((references.c.case == case,), (versions.c.case == case,))

    def _where(self, of_pictures: Sequence[object], of_versions: Sequence[object]) -> list[Reference]:
        further = defaultdict[str, list[Version]](list)
        order = (versions.c.reference, versions.c.number)
        for row in self._db.run(select(versions).where(*of_versions).order_by(*order)):  # type: ignore[arg-type]
            further[row.reference].append(
                Version(
                    fingerprint=self._codec.load(row.fingerprint),
                    name=row.name,
                    enrolled_at=row.enrolled_at,
                    kind=VersionKind(row.kind),
                    onto_best=_unpacked(row.onto_best),
                )
            )
        rows = self._db.run(select(references).where(*of_pictures).order_by(references.c.id))  # type: ignore[arg-type]
        return [
            Reference(
                id=row.id,
                case=row.case,
                label=row.label,
                fingerprint=self._codec.load(row.fingerprint),
                enrolled_at=row.enrolled_at,
                origin=ReferenceOrigin(row.origin),
                folded_at=row.paused_at,
                name=row.name or "",
                kind=VersionKind(row.kind or VersionKind.FILE),
                further=tuple(further.get(row.id, ())),
                session=row.session or "",
            )
            for row in rows
        ]

    def add(self, reference: Reference) -> None:
        """The same id again replaces what was kept (features made anew, say), with all its versions."""
        fingerprint = self._codec.dump(reference.fingerprint)
        digest = hashlib.blake2b(fingerprint, digest_size=16)
        rows = []
        for number, version in enumerate(reference.further, start=1):
            onto, dumped = _packed(version.onto_best), self._codec.dump(version.fingerprint)
            digest.update((onto or b"") + dumped)
            rows.append(
                {
                    "reference": reference.id,
                    "number": number,
                    "case": reference.case,
                    "name": version.name,
                    "kind": version.kind.value,
                    "enrolled_at": version.enrolled_at,
                    "onto_best": onto,
                    "fingerprint": dumped,
                }
            )
        with self._db.transaction():
            lot = self.hashes.keep(reference)
            saved = self._db.run(
                upsert(references),
                {
                    "id": reference.id,
                    "case": reference.case,
                    "label": reference.label,
                    "fingerprint": fingerprint,
                    "digest": digest.digest(),
                    "enrolled_at": reference.enrolled_at,
                    "origin": reference.origin.value,
                    "paused_at": reference.folded_at,
                    "name": reference.name or None,
                    "kind": reference.kind.value,
                    "session": reference.session or None,
                    "lot": lot,
                },
            )
            if not saved.rowcount:
                return  # of another case
            self._forget_versions(reference.case, reference.id)
            if rows:
                self._db.run(versions.insert(), rows)

    def remove(self, case: CaseId, reference: ReferenceId) -> bool:
        """With all its versions, and what was dismissed for it. Sightings stay: they are facts about the sites."""
        with self._db.transaction():
            self._db.run(dismissals.delete().where(dismissals.c.case == case, dismissals.c.reference == reference))
            self._forget_versions(case, reference)
            self.hashes.forget(case, reference)
            statement = references.delete().where(references.c.case == case, references.c.id == reference)
            return self._db.run(statement).rowcount > 0

    def _forget_versions(self, case: CaseId, reference: ReferenceId) -> None:
        self._db.run(versions.delete().where(versions.c.case == case, versions.c.reference == reference))

    def fold(self, case: CaseId, reference: ReferenceId, at: datetime | None) -> None:
        statement = references.update().where(references.c.case == case, references.c.id == reference)
        self._db.run(statement.values(paused_at=at))  # as the column was called when that meant not to match by it

    def folded(self, case: CaseId) -> Mapping[ReferenceId, datetime]:
        statement = select(references.c.id, references.c.paused_at).where(
            references.c.case == case, references.c.paused_at.is_not(None)
        )
        return {row.id: row.paused_at for row in self._db.run(statement)}

    def count(self, case: CaseId) -> int:
        """Without reading what they are found by."""
        statement = select(func.count()).select_from(references).where(references.c.case == case)
        return int(self._db.run(statement).scalar_one())

    def revision(self, case: CaseId) -> str:
        """A digest of what is enrolled: the same set, however it came about, has the same one."""
        total = hashlib.blake2b(digest_size=12)
        for row in self._db.run(_DIGESTS, {"of_case": case}):
            total.update(hashlib.blake2b(row.digest, key=row.id.encode()[:64], digest_size=16).digest())
        return total.hexdigest()


def _packed(onto: Affine | None) -> bytes | None:
    return None if onto is None else struct.pack("<6d", *onto)


def _unpacked(data: bytes | None) -> Affine | None:
    return struct.unpack("<6d", data) if data is not None and len(data) == struct.calcsize("<6d") else None
