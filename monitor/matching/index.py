"""Exact search among 256-bit hashes. Core side: NumPy only. An index is immutable: a new set is a new
index, swapped in.

Up to `FLAT_LIMIT` photos every hash is compared, at any distance. Beyond, multi-index hashing (Norouzi,
Punjani, Fleet 2012): 16 chunks of 16 bits; whoever lies within 31 bits has a chunk within one bit, so 17
look-ups in each of 16 sorted tables find everybody, exactly.

Nearly all whom these name are strangers, and to look each up in the hashes is a wait for memory. So each
table has some bits of the next chunk beside who it names (Qin, Xiao 2018: pigeons in a ring): with the chunks
in a ring, whoever lies within 31 bits has one that differs in at most one bit *and* in at most three together
with the next. Read in a row, these bits leave one in fifty at a million photos.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FLAT_LIMIT = 10_000  # photos; at eight turns a flat scan of them takes a third of a millisecond
MULTI_REACH = 31  # bits: the most that one changed bit in a chunk covers; also the field's own threshold

_WORDS = 4  # of 64 bits
_CHUNKS = 16  # of 16 bits
_KEYS = 1 << 16
_CHUNK_BITS, _NAMED = 16, 32
_PROBES = np.array([0, *(1 << bit for bit in range(_CHUNK_BITS))], dtype=np.uint16)
_ROOM = np.array([3, *[2] * _CHUNK_BITS], dtype=np.uint8)  # bits that the next chunk may differ in, by probe
_FIRST_KEYS = (np.arange(_CHUNKS) * (_KEYS + 1))[:, None]
_MOST_AT_ONCE = 1 << 18
_TURNED_AT_ONCE = 4096


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
    """Beside the hashes: 16 x 4 bytes a photo, and 4 MB.

    What a table names is one number of 32 bits: the entry in the low ones, the first bits of its next chunk in the
    high ones, as many as the entries leave: 12 at a million."""

    def __init__(self, hashes: NDArray[np.uint8]) -> None:
        self.reach = MULTI_REACH
        self._rows = _as_words(hashes)
        chunks, size = _columns_of(self._rows.view(np.uint16)), len(hashes)
        self._shift = np.uint32(max((size - 1).bit_length(), _NAMED - _CHUNK_BITS))
        self._beside = np.uint16((1 << (_NAMED - int(self._shift))) - 1)  # of a chunk: those that have room
        self._named = np.empty((_CHUNKS, size), dtype=np.uint32)
        self._starts = np.empty((_CHUNKS, _KEYS + 1), dtype=np.uint32)
        following = chunks[0]
        for table in reversed(range(_CHUNKS)):
            keys = chunks[table]
            order = np.argsort(keys, kind="stable")  # a radix sort for 16-bit keys
            np.left_shift((following & self._beside)[order], self._shift, out=self._named[table], dtype=np.uint32)
            self._named[table] |= order.astype(np.uint32)
            self._starts[table, 0] = 0
            np.cumsum(np.bincount(keys, minlength=_KEYS), out=self._starts[table, 1:])
            following = keys

    def search(self, hashes: NDArray[np.uint8], within: int) -> Hits:
        wanted = _as_words(hashes)
        chunks = wanted.view(np.uint16).reshape(len(wanted), _CHUNKS)
        keys = (chunks[:, :, None] ^ _PROBES).astype(np.int64)  # (m, 16, 17)
        keys += _FIRST_KEYS
        starts = self._starts.reshape(-1)
        from_, to = starts[keys].reshape(-1), starts[keys + 1].reshape(-1)
        probes = np.flatnonzero(to > from_)
        firsts = from_[probes].astype(np.int64)
        counts = to[probes] - firsts
        following = (np.roll(chunks, -1, axis=1) & self._beside).astype(np.uint32) << self._shift
        found = [self._likely(probes[lot], firsts[lot], counts[lot], following.reshape(-1)) for lot in _in_lots(counts)]
        queries = np.concatenate([_NOBODY.queries, *(lot[0] for lot in found)])
        entries = np.concatenate([_NOBODY.entries, *(lot[1] for lot in found)])
        return _verified(wanted, self._rows, queries, entries, min(within, self.reach))

    def _likely(
        self,
        probes: NDArray[np.int64],
        firsts: NDArray[np.int64],
        counts: NDArray[np.int64],
        following: NDArray[np.uint32],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of all whom these probes name those who may lie near by the next chunk as well: queries and entries."""
        ends, groups = np.cumsum(counts), probes // len(_PROBES)  # a group: a table's probes for one query
        places = np.repeat(groups % _CHUNKS * self._named.shape[1] + firsts - (ends - counts), counts)
        places += np.arange(len(places))
        named = self._named.reshape(-1)[places]
        differing = named ^ np.repeat(following[groups], counts)
        differing >>= self._shift
        room = np.repeat(_ROOM[probes % len(_PROBES)], counts)
        near = np.flatnonzero(np.bitwise_count(differing) <= room)
        entries = named[near] & np.uint32((1 << int(self._shift)) - 1)
        queries = groups[np.searchsorted(ends, near, side="right")] // _CHUNKS
        return queries, entries.astype(np.int64)

    def nearest(self, hashes: NDArray[np.uint8]) -> Hits:
        return _NOBODY


def _columns_of(chunks: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """A row for each table. Some at a time: otherwise each table's would be picked out of all the memory anew."""
    columns = np.empty((_CHUNKS, len(chunks)), dtype=np.uint16)
    for start in range(0, len(chunks), _TURNED_AT_ONCE):
        columns[:, start : start + _TURNED_AT_ONCE] = chunks[start : start + _TURNED_AT_ONCE].T
    return columns


def _in_lots(counts: NDArray[np.int64]) -> Iterator[slice]:
    """Of probes, so that no lot names more than are looked at in one go: sets may have buckets of any size."""
    ends, start = np.cumsum(counts), 0
    while start < len(counts):
        before = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, before + _MOST_AT_ONCE, side="right")), start + 1)
        yield slice(start, stop)
        start = stop


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
