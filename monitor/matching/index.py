"""Exact search among 256-bit hashes. Core side: NumPy only. An index is immutable: a new set is a new
index, swapped in.

Up to `FLAT_LIMIT` photos every hash is compared, at any distance. Beyond, multi-index hashing (Norouzi,
Punjani, Fleet 2012): 16 chunks of 16 bits; whoever lies within 31 bits has a chunk within one bit, so 17
look-ups in each of 16 sorted tables find everybody, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FLAT_LIMIT = 10_000  # photos; at eight turns a flat scan of them takes a third of a millisecond
MULTI_REACH = 31  # bits: the most that one changed bit in a chunk covers; also the field's own threshold

_WORDS = 4  # of 64 bits
_CHUNKS = 16  # of 16 bits
_KEYS = 1 << 16
_PROBES = np.array([0, *(1 << bit for bit in range(16))], dtype=np.uint16)


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Row i: query `queries[i]` lies `distances[i]` bits from entry `entries[i]`. Sorted by query,
    distance, entry."""

    queries: NDArray[np.int64]
    entries: NDArray[np.int64]
    distances: NDArray[np.int64]


_NOBODY = Hits(*(np.empty(0, dtype=np.int64) for _ in range(3)))


class HashIndex(Protocol):
    reach: int
    """Bits: the largest distance at which `search` still finds everybody."""

    def search(self, hashes: NDArray[np.uint8], within: int) -> Hits:
        """hashes: (m, 32). Every entry within `within` bits of one of them; `within` is cut to `reach`."""
        ...

    def nearest(self, hashes: NDArray[np.uint8]) -> Hits:
        """The one nearest pair of all, for a best guess; none where that is too dear to know."""
        ...


def build_hash_index(hashes: NDArray[np.uint8]) -> HashIndex:
    """hashes: (n, 32) bytes, big-endian."""
    return FlatHashIndex(hashes) if len(hashes) <= FLAT_LIMIT else MultiHashIndex(hashes)


class FlatHashIndex:
    def __init__(self, hashes: NDArray[np.uint8]) -> None:
        self.reach = 256
        self._rows = _as_words(hashes)
        self._columns = np.ascontiguousarray(self._rows.T)

    def search(self, hashes: NDArray[np.uint8], within: int) -> Hits:
        wanted = _as_words(hashes)
        # Half the words alone rule out nearly everybody: unrelated hashes differ in 64 of 128 bits.
        half = np.bitwise_count(wanted[:, 0, None] ^ self._columns[0])
        half += np.bitwise_count(wanted[:, 1, None] ^ self._columns[1])
        queries, entries = np.nonzero(half <= within)
        return _verified(wanted, self._rows, queries, entries, within)

    def nearest(self, hashes: NDArray[np.uint8]) -> Hits:
        wanted = _as_words(hashes)
        if not len(self._rows) or not len(wanted):
            return _NOBODY
        apart = np.zeros((len(wanted), len(self._rows)), dtype=np.uint16)
        for word in range(_WORDS):
            apart += np.bitwise_count(wanted[:, word, None] ^ self._columns[word])
        query, entry = np.unravel_index(int(np.argmin(apart)), apart.shape)
        return Hits(np.array([query]), np.array([entry]), np.array([apart[query, entry]], dtype=np.int64))


class MultiHashIndex:
    """Beside the hashes: 16 x 4 bytes a photo, and 4 MB."""

    def __init__(self, hashes: NDArray[np.uint8]) -> None:
        self.reach = MULTI_REACH
        self._rows = _as_words(hashes)
        chunks = self._rows.view(np.uint16)
        self._order = np.empty((_CHUNKS, len(hashes)), dtype=np.uint32)
        self._starts = np.empty((_CHUNKS, _KEYS + 1), dtype=np.uint32)
        for table in range(_CHUNKS):
            keys = np.ascontiguousarray(chunks[:, table])
            self._order[table] = np.argsort(keys, kind="stable")  # a radix sort for 16-bit keys
            self._starts[table, 0] = 0
            np.cumsum(np.bincount(keys, minlength=_KEYS), out=self._starts[table, 1:])

    def search(self, hashes: NDArray[np.uint8], within: int) -> Hits:
        within = min(within, self.reach)
        wanted = _as_words(hashes)
        keys = wanted.view(np.uint16).reshape(len(wanted), _CHUNKS, 1) ^ _PROBES  # (m, 16, 17)
        tables = np.arange(_CHUNKS)[None, :, None]
        first = self._starts[tables, keys].astype(np.int64).reshape(-1)
        count = self._starts[tables, keys.astype(np.int64) + 1].astype(np.int64).reshape(-1) - first
        found = np.flatnonzero(count)
        first, count = first[found], count[found]
        table = (found // len(_PROBES)) % _CHUNKS
        ends = np.cumsum(count)
        base = table * self._order.shape[1] + first - (ends - count)
        flat = np.arange(ends[-1] if len(ends) else 0) + np.repeat(base, count)
        entries = self._order.reshape(-1)[flat].astype(np.int64)
        queries = np.repeat(found // (_CHUNKS * len(_PROBES)), count)
        return _verified(wanted, self._rows, queries, entries, within)

    def nearest(self, hashes: NDArray[np.uint8]) -> Hits:
        return _NOBODY


def _as_words(hashes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    if hashes.ndim != 2 or hashes.shape[1] != 8 * _WORDS:
        raise ValueError(f"hashes are rows of 32 bytes, not {hashes.shape}")
    # byte order does not matter to a count of differing bits
    return np.ascontiguousarray(hashes).view(np.uint64)


def _verified(
    wanted: NDArray[np.uint64],
    rows: NDArray[np.uint64],
    queries: NDArray[np.int64],
    entries: NDArray[np.int64],
    within: int,
) -> Hits:
    distances = np.bitwise_count(wanted[queries] ^ rows[entries]).sum(axis=1, dtype=np.int64)
    near = np.flatnonzero(distances <= within)
    queries, entries, distances = queries[near], entries[near], distances[near]
    order = np.lexsort((entries, distances, queries))
    queries, entries, distances = queries[order], entries[order], distances[order]
    if len(queries) > 1:  # several tables find the same entry
        new = np.concatenate(([True], (np.diff(queries) != 0) | (np.diff(entries) != 0)))
        queries, entries, distances = queries[new], entries[new], distances[new]
    return Hits(queries, entries, distances)
