"""Both indexes find exactly what comparing everything with everything finds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.matching import index as index_module
from monitor.matching.index import FlatHashIndex, HashIndex, MultiHashIndex, build_hash_index

Rows = NDArray[np.uint8]


def brute_force(hashes: Rows, wanted: Rows, within: int) -> list[tuple[int, int, int]]:
    found = []
    for query, row in enumerate(wanted):
        apart = np.unpackbits(hashes ^ row, axis=1).sum(axis=1)
        found += [(query, int(at), int(apart[at])) for at in np.flatnonzero(apart <= within)]
    return sorted(found, key=lambda hit: (hit[0], hit[2], hit[1]))


def near(row: Rows, bits: int, random: np.random.Generator) -> Rows:
    changed = np.unpackbits(row)
    changed[random.choice(256, bits, replace=False)] ^= 1
    return np.packbits(changed)


def a_set(size: int, seed: int) -> tuple[Rows, Rows]:
    """Random hashes with whole families of near ones, and queries at every distance up to 60."""
    random = np.random.default_rng(seed)
    hashes = random.integers(0, 256, (size, 32), dtype=np.uint8)
    for at in range(0, size // 2):
        hashes[at] = near(hashes[size - 1 - at % 7], int(random.integers(0, 60)), random)
    wanted = [near(hashes[int(random.integers(0, size))], bits, random) for bits in range(0, 61)]
    return hashes, np.stack([*wanted, *random.integers(0, 256, (3, 32), dtype=np.uint8)])


@pytest.mark.rows(8)
@pytest.mark.parametrize("kind", [FlatHashIndex, MultiHashIndex])
@pytest.mark.parametrize("size", [1, 9, 700, 3000])
@pytest.mark.parametrize("within", [0, 5, 31, 50])
def test_same_as_brute_force(kind: type[HashIndex], size: int, within: int) -> None:
    hashes, wanted = a_set(size, seed=size)
    index = kind(hashes)  # type: ignore[call-arg]
    hits = index.search(wanted, within)
    found = list(zip(hits.queries.tolist(), hits.entries.tolist(), hits.distances.tolist(), strict=True))
    assert found == brute_force(hashes, wanted, min(within, index.reach))


def test_nearest_is_the_nearest() -> None:
    hashes, wanted = a_set(500, seed=3)
    for query in wanted:
        hits = FlatHashIndex(hashes).nearest(query[None])
        apart = np.unpackbits(hashes ^ query, axis=1).sum(axis=1)
        assert hits.distances.tolist() == [apart.min()]
        assert hits.entries.tolist() == [int(apart.argmin())]


def test_an_empty_set_finds_nobody() -> None:
    empty = np.empty((0, 32), dtype=np.uint8)
    for index in (FlatHashIndex(empty), MultiHashIndex(empty)):
        assert not len(index.search(np.zeros((8, 32), dtype=np.uint8), 50).entries)
        assert not len(index.nearest(np.zeros((8, 32), dtype=np.uint8)).entries)


def test_the_size_chooses_the_index() -> None:
    assert isinstance(build_hash_index(np.zeros((index_module.FLAT_LIMIT, 32), np.uint8)), FlatHashIndex)
    assert isinstance(build_hash_index(np.zeros((index_module.FLAT_LIMIT + 1, 32), np.uint8)), MultiHashIndex)


def test_wrong_widths_are_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        FlatHashIndex(np.zeros((4, 16), dtype=np.uint8))


SPREADS = {
    "two bits in each chunk, one in the last": [2] * 15 + [1],
    "two bits in each chunk, one in the first": [1] + [2] * 15,
    "all in two chunks": [16, 15] + [0] * 14,
    "every other chunk": [4, 0] * 7 + [3, 0],
    "one in the middle": [2] * 7 + [1] + [2] * 8,
    "three, then one, all the way": [3, 1] * 7 + [2, 1],
}


@pytest.mark.parametrize("turned", range(0, 16, 5))
@pytest.mark.parametrize("spread", SPREADS.values(), ids=SPREADS)
def test_however_the_bits_are_spread(spread: list[int], turned: int) -> None:
    """31 bits apart in any way: what stands beside each entry rules out nobody who lies near."""
    random = np.random.default_rng(turned)
    hashes = random.integers(0, 256, (400, 32), dtype=np.uint8)
    bits = np.unpackbits(hashes[7]).reshape(16, 16)
    for chunk, apart in enumerate(np.roll(spread, turned)):
        bits[chunk, random.choice(16, apart, replace=False)] ^= 1
    wanted = np.packbits(bits.reshape(-1))[None]
    hits = MultiHashIndex(hashes).search(wanted, 31)
    assert (hits.entries.tolist(), hits.distances.tolist()) == ([7], [31])


def test_a_set_of_one_picture_over_and_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """All in one bucket of each table: looked at in lots."""
    monkeypatch.setattr(index_module, "_MOST_AT_ONCE", 100)
    hashes = np.tile(np.arange(32, dtype=np.uint8), (300, 1))
    hits = MultiHashIndex(hashes).search(np.stack([hashes[0], hashes[0] ^ 255]), 31)
    assert hits.entries.tolist() == list(range(300)) and not hits.queries.any()
