"""URLs that were fetched. No URL stands here as text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, true

from monitor.model.candidate import SeenUrl
from monitor.model.ids import CaseId
from monitor.store.engine import Database, in_lots, upsert
from monitor.store.sweep import sweep
from monitor.store.tables import seen_urls

_SAVE_SEEN = upsert(seen_urls)
_GET_SEEN = select(seen_urls).where(seen_urls.c.key.in_(bindparam("keys", expanding=True)))

_GET_TIMES = select(seen_urls.c.key, seen_urls.c.proof, seen_urls.c.checked_at).where(
    seen_urls.c.key.in_(bindparam("keys", expanding=True))
)


class SqlSeenUrls:
    """salt: of this store. A site that does not know it cannot make two URLs that share a key."""

    def __init__(self, database: Database, salt: bytes) -> None:
        self._db = database
        self._salt = salt

    def get(self, case: CaseId, urls: Iterable[str]) -> Mapping[str, SeenUrl]:
        wanted = {self._key(case, url): url for url in urls}
        rows = {}
        for lot in in_lots(key for key, _ in wanted):
            for row in self._db.run(_GET_SEEN, {"keys": lot}):
                rows[row.key, row.proof] = row
        return {url: _seen(rows[key], url) for key, url in wanted.items() if key in rows}

    def looked_at(self, case: CaseId, urls: Iterable[str]) -> Mapping[str, datetime]:
        wanted = {self._key(case, url): url for url in urls}
        found = {}
        for lot in in_lots(key for key, _ in wanted):
            for row in self._db.run(_GET_TIMES, {"keys": lot}):
                if (url := wanted.get((row.key, row.proof))) is not None:
                    found[url] = row.checked_at
        return found

    def save(self, case: CaseId, *seen: SeenUrl) -> None:
        """Not where room is short: then it is fetched again next time."""
        if self._db.reserve.is_short():
            return
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
                    "ask_again_at": one.ask_again_at,
                    "same_since": one.same_since,
                }
            )
        if rows:
            self._db.run(_SAVE_SEEN, rows)

    def forget(self, case: CaseId, urls: Iterable[str]) -> None:
        for url in urls:
            key, proof = self._key(case, url)
            self._db.run(seen_urls.delete().where(seen_urls.c.key == key, seen_urls.c.proof == proof))

    def forget_before(self, case: CaseId, before: datetime) -> int:
        old = (seen_urls.c.case == case, seen_urls.c.checked_at < before)
        walked = seen_urls.c.case == case if self._db.is_shared else true()  # one file holds few others' rows
        return sweep(self._db, seen_urls, seen_urls.c.key, walked, old)

    def _key(self, case: CaseId, url: str) -> tuple[int, bytes]:
        """64 bits as SQLite's signed integer, and 64 more as proof. Case ids hold no NUL."""
        told = f"{case}\0{url}".encode("utf-8", "surrogatepass")
        whole = hashlib.blake2b(told, key=self._salt, digest_size=16).digest()
        return int.from_bytes(whole[:8], signed=True), whole[8:]


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
        ask_again_at=row.ask_again_at,
        same_since=row.same_since,
    )
