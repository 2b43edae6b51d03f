"""One index over all cases finds whom comparing everything finds, whatever came and went before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from monitor.matching import all_cases
from monitor.matching.all_cases import AllHashes, every_turn_of
from monitor.model.fingerprint import Frame, ImageReading, Window
from monitor.model.hash_lot import HashLot, LotKey
from monitor.model.ids import CaseId

BASE = np.random.default_rng(4).integers(0, 256, 32, dtype=np.uint8)
A, B, C = CaseId("a"), CaseId("b"), CaseId("c")


def off(bits: int, seed: int = 0) -> NDArray[np.uint8]:
    """A hash that many bits away."""
    changed = np.unpackbits(BASE)
    changed[np.random.default_rng(seed).choice(256, bits, replace=False)] ^= 1
    return np.packbits(changed)


def a_lot(case: CaseId, *rows: NDArray[np.uint8], number: int = 0, revision: int = 1, quality: int = 99) -> HashLot:
    return HashLot(LotKey(case, number), revision, bytes([quality] * len(rows)), b"".join(r.tobytes() for r in rows))


def near(
    index: AllHashes, *, turns: NDArray[np.uint8] = BASE[None], quality: int = 99, but: tuple[CaseId, ...] = ()
) -> list[tuple[CaseId, int]]:
    return index.near(turns, np.full(len(turns), quality, dtype=np.uint8), least_quality=50, but=but)


@pytest.mark.parametrize(
    ("bits", "is_found"), [pytest.param(31, True, id="at the reach"), pytest.param(32, False, id="one bit over")]
)
def test_the_reach(bits: int, is_found: bool) -> None:
    assert near(AllHashes().changed((), [a_lot(A, off(bits))])) == ([(A, bits)] if is_found else [])


def test_each_case_once_the_nearest_first_and_not_those_in_hand() -> None:
    index = AllHashes().changed((), [a_lot(A, off(20), off(9), off(25)), a_lot(B, off(3)), a_lot(C, off(7))])
    assert near(index) == [(B, 3), (C, 7), (A, 9)]
    assert near(index, but=(B, C)) == [(A, 9)]


@pytest.mark.parametrize(
    ("kept", "asked", "bits", "is_found"),
    [
        pytest.param(20, 20, 11, False, id="both flat, some bits apart"),
        pytest.param(20, 20, 10, True, id="both flat, the same picture"),
        pytest.param(20, 80, 31, True, id="only the photo is flat"),
        pytest.param(80, 20, 31, True, id="only the candidate is flat"),
    ],
)
def test_flat_pictures(kept: int, asked: int, bits: int, is_found: bool) -> None:
    index = AllHashes().changed((), [a_lot(A, off(bits), quality=kept)])
    assert bool(near(index, quality=asked)) is is_found


def test_a_lot_that_changed_says_what_it_says_now() -> None:
    before = AllHashes().changed((), [a_lot(A, off(1)), a_lot(B, off(2))])
    after = before.changed([LotKey(A, 0)], [a_lot(A, off(5), revision=2)])
    assert near(after) == [(B, 2), (A, 5)]
    assert near(before) == [(A, 1), (B, 2)], "who still looks into the old one is not disturbed"
    assert near(after.changed([LotKey(A, 0), LotKey(B, 0)], [])) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 11), st.lists(st.integers(0, 60), max_size=30)),  # a lot, and how far its hashes lie
        max_size=40,
    ),
    st.integers(1, 7),
)
def test_any_comings_and_goings(steps: list[tuple[int, list[int]]], at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(all_cases, "SEGMENT", 64)
        truth, index = dict[LotKey, list[int]](), AllHashes()
        for start in range(0, len(steps), at_once):
            some = {LotKey(CaseId(str(lot % 4)), lot): bits for lot, bits in steps[start : start + at_once]}
            gone = [key for key in some if key in truth]
            come = [
                a_lot(key.case, *(off(apart, seed) for seed, apart in enumerate(bits)), number=key.number)
                for key, bits in some.items()
                if bits
            ]
            truth = {key: bits for key, bits in (truth | some).items() if bits}
            index = index.changed(gone, come)
        best = dict[CaseId, int]()
        for key, bits in truth.items():
            best[key.case] = min(best.get(key.case, 256), *bits)
        assert dict(near(index)) == {case: bits for case, bits in best.items() if bits <= 31}
        assert len(index) == sum(len(bits) for bits in truth.values())
        assert len(index.segments) <= 4 + len(index) // 16


def test_small_segments_are_joined() -> None:
    index = AllHashes()
    for number in range(300):
        index = index.changed((), [a_lot(A, off(40, number), number=number)])
    assert len(index) == 300 and len(index.segments) < 8


def test_where_much_is_gone_everywhere_one_is_built_anew_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_cases, "SEGMENT", 64)
    rows = [off(40, seed) for seed in range(16)]
    index = AllHashes().changed((), [a_lot(A, *rows, number=number) for number in range(40)])
    assert [segment.size for segment in index.segments] == [64] * 10
    index = index.changed([LotKey(A, number) for number in range(0, 40, 2)], ())
    assert sorted(segment.size for segment in index.segments) == [32, *[64] * 9] and len(index) == 320
    for _ in range(9):
        index = index.changed((), ())
    assert {segment.size for segment in index.segments} <= {32, 64} and len(index) == 320
    assert all(segment.living == segment.size for segment in index.segments)


def test_what_is_asked_of_a_picture() -> None:
    turns = [off(bits, seed=bits).tobytes() for bits in range(8)]
    frame = Frame(b"".join(turns), 70)
    panel = Frame(b"".join(reversed(turns)), 30)
    box = (0.0, 0.0, 1.0, 0.5)
    reading = ImageReading("GIF", 90, 90, (frame, frame, Frame(b"", 9)), windows=(Window(box, panel), Window(box)))
    asked, qualities = every_turn_of(reading)
    assert [row.tobytes() for row in asked] == [*turns, *reversed(turns)]
    assert qualities.tolist() == [70] * 8 + [30] * 8
    nothing = every_turn_of(replace(reading, frames=(), windows=()))
    assert nothing[0].shape == (0, 32) and not len(nothing[1])
    assert AllHashes().changed((), [a_lot(A, BASE)]).near(*nothing, least_quality=50, but=()) == []
