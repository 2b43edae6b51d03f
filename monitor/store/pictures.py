"""What was seen on the way: URLs that were fetched, and pictures by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Row, Table, bindparam, func, select, true

from monitor.model.candidate import Candidate, CandidateFrame, SeenUrl
from monitor.store.engine import Database, upsert
from monitor.store.tables import candidates, seen_urls

_LOT = 500  # URLs, or digests, in one look-up
_SWEPT_AT_ONCE = 2_000  # rows looked through in one statement when old ones are forgotten: some milliseconds

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
_SAVE_SEEN = upsert(seen_urls)
_GET_SEEN = select(seen_urls).where(seen_urls.c.key.in_(bindparam("keys", expanding=True)))


class SqlCandidates:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, case: str, digests: Iterable[str]) -> Mapping[str, Candidate]:
        wanted = [bytes.fromhex(digest) for digest in digests]
        found: dict[str, Candidate] = {}
        for start in range(0, len(wanted), _LOT):
            values = {"of_case": case, "of_digests": wanted[start : start + _LOT]}
            for row in self._db.run(_GET_CANDIDATES, values):
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
                "detail": candidate.detail,
                "matched_against": candidate.matched_against,
                "unreadable": candidate.unreadable,
                "planted": candidate.planted,
            }
            for candidate in candidates
        ]
        if rows:
            self._db.run(_SAVE_CANDIDATE, rows)

    def stale(self, case: str, revision: str, limit: int) -> Sequence[Candidate]:
        found: list[Candidate] = []
        for other in self._revisions(case):
            if other != revision:
                rows = self._db.run(_OF_REVISION, {"of_case": case, "revision": other, "limit": limit})
                found.extend(_candidate(row) for row in rows)
        return sorted(found, key=lambda candidate: candidate.last_seen, reverse=True)[:limit]

    def _revisions(self, case: str) -> Iterator[str]:
        """The few that occur, by one seek of the index each: asking for "another than" would walk through all."""
        next_one: str | None = self._db.run(_FIRST_REVISION, {"of_case": case}).scalar_one()
        while next_one is not None:
            yield next_one
            next_one = self._db.run(_NEXT_REVISION, {"of_case": case, "after": next_one}).scalar_one()

    def forget(self, case: str, digest: str) -> None:
        statement = candidates.delete().where(candidates.c.case == case, candidates.c.digest == bytes.fromhex(digest))
        self._db.run(statement)

    def forget_before(self, case: str, before: datetime) -> int:
        old = (candidates.c.case == case, candidates.c.last_seen < before)
        return _sweep(self._db, candidates, candidates.c.digest, candidates.c.case == case, old)


class SqlSeenUrls:
    """salt: of this store. A site that does not know it cannot make two URLs that share a key."""

    def __init__(self, database: Database, salt: bytes) -> None:
        self._db = database
        self._salt = salt

    def get(self, case: str, urls: Iterable[str]) -> Mapping[str, SeenUrl]:
        wanted = {self._key(case, url): url for url in urls}
        keys = [key for key, _ in wanted]
        rows = {}
        for start in range(0, len(keys), _LOT):
            for row in self._db.run(_GET_SEEN, {"keys": keys[start : start + _LOT]}):
                rows[row.key, row.proof] = row
        return {url: _seen(rows[key], url) for key, url in wanted.items() if key in rows}

    def save(self, case: str, *seen: SeenUrl) -> None:
        rows = []
        for one in seen:
            key, proof = self._key(case, one.url)
            rows.append(
                {
                    "key": key,
                    "proof": proof,
                    "case": case,
                    "etag": one.etag,
                    "last_modified": one.last_modified,
                    "digest": bytes.fromhex(one.digest),
                    "checked_at": one.checked_at,
                    "outcome": one.outcome,
                    "remembered": one.remembered,
                    "way": one.way,
                }
            )
        if rows:
            self._db.run(_SAVE_SEEN, rows)

    def forget(self, case: str, urls: Iterable[str]) -> None:
        for url in urls:
            key, proof = self._key(case, url)
            self._db.run(seen_urls.delete().where(seen_urls.c.key == key, seen_urls.c.proof == proof))

    def forget_before(self, case: str, before: datetime) -> int:
        old = (seen_urls.c.case == case, seen_urls.c.checked_at < before)
        return _sweep(self._db, seen_urls, seen_urls.c.key, true(), old)

    def _key(self, case: str, url: str) -> tuple[int, bytes]:
        """64 bits as SQLite's signed integer, and 64 more as proof. Case ids hold no NUL."""
        told = f"{case}\0{url}".encode("utf-8", "surrogatepass")
        whole = hashlib.blake2b(told, key=self._salt, digest_size=16).digest()
        return int.from_bytes(whole[:8], signed=True), whole[8:]


def _sweep(
    database: Database,
    table: Table,
    key: Column[Any],
    where: ColumnElement[bool],
    old: Sequence[ColumnElement[bool]],
) -> int:
    """Deletes what is `old`, in slices of the key, so that others are let in between even among millions of rows.
    Looking through all once a day is cheaper than an index on the time, which every look would have to keep."""
    gone, after = 0, None
    while True:
        rest = where if after is None else where & (key > after)
        end = database.run(select(key).where(rest).order_by(key).offset(_SWEPT_AT_ONCE).limit(1)).scalar_one_or_none()
        upto = rest if end is None else rest & (key <= end)
        gone += database.run(table.delete().where(upto, *old)).rowcount
        if end is None:
            return gone
        after = end


def _seen(row: Row[Any], url: str) -> SeenUrl:
    return SeenUrl(
        url=url,
        etag=row.etag,
        last_modified=row.last_modified,
        digest=row.digest.hex(),
        checked_at=row.checked_at,
        outcome=row.outcome,
        remembered=row.remembered,
        way=row.way,
    )


def _candidate(row: Row[Any]) -> Candidate:
    return Candidate(
        digest=row.digest.hex(),
        case=row.case,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        page_url=row.page_url,
        image_url=row.image_url,
        watch=row.watch,
        frames=tuple(CandidateFrame(*frame) for frame in _frames.decode(row.frames)),
        detail=row.detail,
        matched_against=row.matched_against,
        unreadable=row.unreadable,
        planted=row.planted,
    )


_frames = msgspec.msgpack.Decoder(list[tuple[bytes, int, bytes | None, str]])


def _pack(frames: Sequence[CandidateFrame]) -> bytes:
    return msgspec.msgpack.encode([(f.pdq_turns, f.pdq_quality, f.phash, f.dialect) for f in frames])
