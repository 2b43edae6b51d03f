"""The hashes of what is enrolled, in lots: what one index over all cases is built from, without reading what photos are
found by in full, a thousand times as much."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import func, select, tuple_

from monitor.model.fingerprint import Reference
from monitor.model.hash_lot import LOT_PHOTOS, HashLot, LotKey
from monitor.model.ids import CaseId, ReferenceId
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.hash_lots import PhotoRows, dump_lot, hashes_of_photo, load_hashes, load_lot
from monitor.store.tables import photo_hashes, references

_REVISION_BYTES = 5  # a million of them add up to what one number of 64 bits holds
_BELL = "photo_hashes"
_BUCKETS = 256
_OF_A_LOT = (photo_hashes.c.case, photo_hashes.c.lot, photo_hashes.c.revision)


class SqlPhotoHashes:
    """`monitor.ports.other_cases.PhotoHashes`, and what `SqlReferences` writes in its own transactions."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def stamps(self) -> Mapping[int, tuple[int, int]]:
        revisions = func.sum(photo_hashes.c.revision).label("revisions")
        statement = select(photo_hashes.c.bucket, func.count().label("lots"), revisions)
        return {
            row.bucket: (row.lots, int(row.revisions))
            for row in self._db.run(statement.group_by(photo_hashes.c.bucket))
        }

    def revisions(self, buckets: Iterable[int]) -> Mapping[int, Mapping[LotKey, int]]:
        found = dict[int, dict[LotKey, int]]()
        for some in in_lots(buckets):
            statement = select(photo_hashes.c.bucket, *_OF_A_LOT).where(photo_hashes.c.bucket.in_(some))
            for row in self._db.run(statement):
                found.setdefault(row.bucket, {})[LotKey(row.case, row.lot)] = row.revision
        return found

    def lots(self, keys: Iterable[LotKey]) -> Sequence[HashLot]:
        place, found = tuple_(photo_hashes.c.case, photo_hashes.c.lot), list[HashLot]()
        for some in in_lots(keys):
            for row in self._db.run(select(*_OF_A_LOT, photo_hashes.c.hashes).where(place.in_(some))):
                hashes = load_hashes(row.hashes)
                found.append(HashLot(LotKey(row.case, row.lot), row.revision, hashes.qualities, hashes.rows))
        return found

    async def listen(self, heard: Callable[[], None]) -> None:
        await self._db.listen(_BELL, heard)

    def keep(self, reference: Reference) -> int:
        """In place of what was kept of it. Returns its lot. Within a transaction."""
        lot = self._lot_of(reference.case, reference.id)
        if lot is None:
            lot = self._with_room(reference.case)
        photos = self._photos(reference.case, lot)
        photos[reference.id] = hashes_of_photo(reference)
        self._save(reference.case, lot, photos)
        return lot

    def forget(self, case: CaseId, reference: ReferenceId) -> None:
        """Within a transaction, and before its row goes."""
        lot = self._lot_of(case, reference)
        if lot is None:
            return
        photos = self._photos(case, lot)
        photos.pop(reference, None)
        if photos:
            self._save(case, lot, photos)
            return
        self._db.run(photo_hashes.delete().where(photo_hashes.c.case == case, photo_hashes.c.lot == lot))
        self._db.ring(_BELL)

    def _lot_of(self, case: CaseId, reference: ReferenceId) -> int | None:
        statement = select(references.c.lot).where(references.c.case == case, references.c.id == reference)
        found: int | None = self._db.run(statement).scalar_one_or_none()
        return found

    def _with_room(self, case: CaseId) -> int:
        """The first that has, else the next number."""
        statement = select(photo_hashes.c.lot, photo_hashes.c.photos).where(photo_hashes.c.case == case)
        lots = {row.lot: row.photos for row in self._db.run(statement)}
        return min((lot for lot, photos in lots.items() if photos < LOT_PHOTOS), default=max(lots, default=-1) + 1)

    def _photos(self, case: CaseId, lot: int) -> dict[str, PhotoRows]:
        statement = select(photo_hashes.c.hashes).where(photo_hashes.c.case == case, photo_hashes.c.lot == lot)
        data: bytes | None = self._db.run(statement).scalar_one_or_none()
        return {} if data is None else load_lot(data)

    def _save(self, case: CaseId, lot: int, photos: Mapping[str, PhotoRows]) -> None:
        self._db.run(
            upsert(photo_hashes),
            {
                "case": case,
                "lot": lot,
                "bucket": zlib.crc32(f"{case} {lot}".encode()) % _BUCKETS,
                "revision": int.from_bytes(os.urandom(_REVISION_BYTES)),
                "photos": len(photos),
                "hashes": dump_lot(photos),
            },
        )
        self._db.ring(_BELL)
