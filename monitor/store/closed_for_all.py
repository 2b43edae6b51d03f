"""Addresses that any case has closed as under 18. Looked up by a keyed hash; no row says whose it is, or of when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import bindparam, not_, select

from monitor.store.dialect import insert
from monitor.store.engine import Database, in_lots
from monitor.store.fact_tables import closed_for_all

_KEYS = select(closed_for_all.c.key).where(not_(closed_for_all.c.is_page))
_MEDIA = select(closed_for_all.c.key, closed_for_all.c.address).where(
    closed_for_all.c.key.in_(bindparam("keys", expanding=True))
)
_AMONG = select(closed_for_all.c.key).where(closed_for_all.c.key.in_(bindparam("keys", expanding=True)))
_ADD = insert(closed_for_all).on_conflict_do_nothing()


def closed_key(salt: bytes, url: str, *, is_page: bool) -> bytes:
    told = f"{'page' if is_page else 'media'}\0{url}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, key=salt, digest_size=16, person=b"closed").digest()


class SqlClosedForAll:
    """salt: of this store."""

    def __init__(self, database: Database, salt: bytes) -> None:
        self._db, self._salt = database, salt
        self._known: dict[bytes, str] = {}  # what rows say never changes

    def media(self) -> frozenset[str]:
        keys = frozenset(self._db.run(_KEYS).scalars())
        for lot in in_lots(keys - self._known.keys()):
            self._known |= {row.key: row.address for row in self._db.run(_MEDIA, {"keys": lot})}
        return frozenset(self._known[key] for key in keys)

    def media_among(self, urls: Iterable[str]) -> frozenset[str]:
        return self._among(urls, is_page=False)

    def pages_among(self, urls: Iterable[str]) -> frozenset[str]:
        return self._among(urls, is_page=True)

    def add(self, media: Iterable[str], pages: Iterable[str]) -> None:
        told = [(url, False) for url in media] + [(url, True) for url in pages]
        rows = {
            closed_key(self._salt, url, is_page=is_page): {"address": url, "is_page": is_page}
            for url, is_page in told
            if url and not url.startswith("data:")
        }
        if rows:
            self._db.run(_ADD, [{"key": key, **row} for key, row in rows.items()])

    def _among(self, urls: Iterable[str], *, is_page: bool) -> frozenset[str]:
        wanted = {closed_key(self._salt, url, is_page=is_page): url for url in urls}
        found = (key for lot in in_lots(wanted) for key in self._db.run(_AMONG, {"keys": lot}).scalars())
        return frozenset(wanted[key] for key in found)
