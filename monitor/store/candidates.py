"""Pictures that were seen, by their content: hashes only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, func, select

from monitor.errors import UnreadableKind
from monitor.model.candidate import Candidate
from monitor.model.fingerprint import Detail, Frame
from monitor.model.ids import CaseId, ContentDigest
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.sweep import sweep
from monitor.store.tables import candidates

_SAVE_CANDIDATE = upsert(candidates)
_GET_CANDIDATES = select(candidates).where(
    candidates.c.case == bindparam("of_case"), candidates.c.digest.in_(bindparam("of_digests", expanding=True))
)
_OF_REVISION = (
    select(candidates)
    .where(candidates.c.case == bindparam("of_case"), candidates.c.matched_against == bindparam("revision"))
    .order_by(candidates.c.last_seen.desc())
    .limit(bindparam("limit"))
)
_FIRST_REVISION = select(func.min(candidates.c.matched_against)).where(candidates.c.case == bindparam("of_case"))
_NEXT_REVISION = _FIRST_REVISION.where(candidates.c.matched_against > bindparam("after"))


class SqlCandidates:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: CaseId, digests: Iterable[ContentDigest]) -> Mapping[ContentDigest, Candidate]:
        found: dict[ContentDigest, Candidate] = {}
        for lot in in_lots(bytes.fromhex(digest) for digest in digests):
            for row in self._db.run(_GET_CANDIDATES, {"of_case": case, "of_digests": lot}):
                candidate = _candidate(row)
                found[candidate.digest] = candidate
        return found

    def save(self, *candidates: Candidate) -> None:
        rows = [
            {
                "case": candidate.case,
                "digest": bytes.fromhex(candidate.digest),
                "first_seen": candidate.first_seen,
                "last_seen": candidate.last_seen,
                "page_url": candidate.page_url,
                "image_url": candidate.image_url,
                "watch": candidate.watch,
                "frames": _pack(candidate.frames),
                "detail": candidate.detail.value,
                "matched_against": candidate.matched_against,
                "unreadable": candidate.unreadable.value if candidate.unreadable else "",
                "planted": candidate.planted,
            }
            for candidate in candidates
        ]
        if rows:
            self._db.run(_SAVE_CANDIDATE, rows)

    def stale(self, case: CaseId, revision: str, limit: int) -> Sequence[Candidate]:
        found: list[Candidate] = []
        for other in self._revisions(case):
            if other != revision:
                rows = self._db.run(_OF_REVISION, {"of_case": case, "revision": other, "limit": limit})
                found.extend(_candidate(row) for row in rows)
        return sorted(found, key=lambda candidate: candidate.last_seen, reverse=True)[:limit]

    def _revisions(self, case: CaseId) -> Iterator[str]:
        """The few that occur, by one seek of the index each: asking for "another than" would walk through all."""
        next_one: str | None = self._db.run(_FIRST_REVISION, {"of_case": case}).scalar_one()
        while next_one is not None:
            yield next_one
            next_one = self._db.run(_NEXT_REVISION, {"of_case": case, "after": next_one}).scalar_one()

    def forget(self, case: CaseId, digest: ContentDigest) -> None:
        statement = candidates.delete().where(candidates.c.case == case, candidates.c.digest == bytes.fromhex(digest))
        self._db.run(statement)

    def forget_before(self, case: CaseId, before: datetime) -> int:
        old = (candidates.c.case == case, candidates.c.last_seen < before)
        return sweep(self._db, candidates, candidates.c.digest, candidates.c.case == case, old)


def _candidate(row: Row[Any]) -> Candidate:
    return Candidate(
        digest=row.digest.hex(),
        case=row.case,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        page_url=row.page_url,
        image_url=row.image_url,
        watch=row.watch,
        frames=tuple([Frame(*frame) for frame in _frames.decode(row.frames)]),
        detail=_DETAILS[row.detail],
        matched_against=row.matched_against,
        unreadable=_unreadable(row.unreadable) if row.unreadable else None,
        planted=row.planted,
    )


def _unreadable(word: str) -> UnreadableKind:
    try:
        return UnreadableKind(word)
    except ValueError:  # another version's word for one that could not be read
        return UnreadableKind.BROKEN


_DETAILS = {detail.value: detail for detail in Detail}  # quicker than asking the enum
_frames = msgspec.msgpack.Decoder(list[tuple[bytes, int, bytes | None, str]])


def _pack(frames: Sequence[Frame]) -> bytes:
    return msgspec.msgpack.encode([(f.joined_turns, f.pdq_quality, f.phash, f.dialect) for f in frames])
