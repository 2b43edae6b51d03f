from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from monitor.outbound.content_coding import CODINGS, TooLarge, Undecodable, coding_of, decode

CAP = 10 * 1024 * 1024


def pack(data: bytes, coding: str) -> bytes:
    match coding:
        case "gzip":
            return gzip.compress(data)
        case "deflate":
            return zlib.compress(data)
        case "br":
            return brotli.compress(data, quality=4)
        case "zstd":
            return zstandard.compress(data)
        case _:
            return data


@given(st.binary(max_size=5000), st.sampled_from(["", "gzip", "deflate", "br", "zstd"]))
def test_what_was_packed_comes_back(data: bytes, coding: str) -> None:
    if data or coding in ("", "gzip", "deflate"):
        assert decode(pack(data, coding), coding, CAP) == data


@given(st.binary(max_size=2000), st.sampled_from(sorted(CODINGS)))
def test_nonsense_is_undecodable_or_small(data: bytes, coding: str) -> None:
    try:
        assert len(decode(data, coding, 100_000)) <= 100_000
    except (Undecodable, TooLarge):
        pass


@given(st.binary(min_size=50, max_size=3000), st.integers(1, 40), st.sampled_from(["gzip", "br"]))
def test_what_is_cut_off_is_told(data: bytes, cut: int, coding: str) -> None:
    packed = pack(data, coding)
    with pytest.raises(Undecodable):
        decode(packed[: -min(cut, len(packed) - 4)], coding, CAP)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize(("size", "cap"), [(1000, 1000), (300_000, 300_000), (2_000_000, 2_000_000)])
def test_the_cap_to_the_byte(coding: str, size: int, cap: int) -> None:
    import random

    data = random.Random(1).randbytes(size)
    packed = pack(data, coding)
    assert decode(packed, coding, cap) == data
    with pytest.raises(TooLarge):
        decode(packed, coding, cap - 1)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_stopped_early_in_memory_and_time(coding: str) -> None:
    packed = pack(bytes(60 * 1024 * 1024), coding)
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(TooLarge):
        decode(packed, coding, CAP)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - started < 1
    assert peak < 3 * CAP


def test_small_and_well_packed_is_ordinary() -> None:
    assert len(decode(gzip.compress(bytes(900_000)), "gzip", CAP)) == 900_000
    with pytest.raises(TooLarge):
        decode(gzip.compress(bytes(5_000_000)), "gzip", CAP)


def test_many_members_cost_little() -> None:
    started = time.process_time()
    decode(gzip.compress(b"") * 400_000, "gzip", CAP)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ""),
        ("gzip", "gzip"),
        (" GZip ", "gzip"),
        ("identity", ""),
        ("identity, br", "br"),
        (",,gzip,", "gzip"),
        ("gzip, gzip", None),
        ("gzip, br", None),
        ("sdch", None),
        ("compress", None),
        ("gzip;q=1", None),
    ],
)
def test_one_coding_at_most(header: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(Undecodable):
            coding_of(header)
    else:
        assert coding_of(header) == expected
