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

from monitor.outbound.content_coding import TooLarge, Undecodable, codings_of, decode

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
        assert decode(pack(data, coding), codings_of(coding), CAP) == (data, False)


@given(st.binary(max_size=2000), st.lists(st.sampled_from(["gzip", "deflate", "br", "zstd"]), max_size=3))
def test_nonsense_is_undecodable_or_small(data: bytes, codings: list[str]) -> None:
    try:
        assert len(decode(data, codings, 100_000).body) <= 100_000
    except (Undecodable, TooLarge):
        pass


@given(st.binary(min_size=50, max_size=3000), st.integers(1, 40), st.sampled_from(["gzip", "br"]))
def test_of_what_is_cut_off_what_came_is_there_and_said_to_be_cut(data: bytes, cut: int, coding: str) -> None:
    packed = pack(data, coding)
    try:
        body, is_cut = decode(packed[: -min(cut, len(packed) - 4)], [coding], CAP)
    except Undecodable:  # nothing came out of it
        return
    assert is_cut and data.startswith(body) and body


def test_a_wrong_sum_at_the_end_is_no_matter() -> None:
    data = b"<p>hello</p>" * 1000
    packed = gzip.compress(data)
    assert decode(packed[:-8] + bytes(8), ["gzip"], CAP).body == data
    with pytest.raises(Undecodable):
        decode(packed[:20] + b"\xff" * 20 + packed[40:], ["gzip"], CAP)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"\x1f\x8b\x08\0\0\0\0\0\0\3", id="plain"),
        pytest.param(b"\x1f\x8b\x08\x1c\0\0\0\0\0\3\5\0extraa name\0a comment\0", id="with all that it may have"),
    ],
)
def test_wrong_sums_between_members_are_no_matter_either(head: bytes) -> None:
    """Each member is unpacked twice at most: once they were looked for from the end, eight bytes at a time."""
    packing = zlib.compressobj(wbits=-15)
    member = head + packing.compress(b"<p>hello</p>" * 1000) + packing.flush() + b"\1" * 8
    assert decode(member * 30, ["gzip"], CAP) == (b"<p>hello</p>" * 30_000, False)


def test_a_wrong_sum_of_deflate_is_no_matter() -> None:
    assert decode(zlib.compress(b"hello")[:-4] + b"none", ["deflate"], CAP) == (b"hello", False)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_what_is_not_packed_at_all_says_so_at_once(coding: str) -> None:
    with pytest.raises(Undecodable):
        decode(b"\xff" * 9_000_000, [coding], CAP)


@pytest.mark.parametrize(("inner", "outer"), [("gzip", "gzip"), ("gzip", "br"), ("deflate", "zstd"), ("br", "gzip")])
def test_what_was_packed_twice_comes_back(inner: str, outer: str) -> None:
    data = bytes(range(256)) * 40
    assert decode(pack(pack(data, inner), outer), codings_of(f"{inner}, {outer}"), CAP) == (data, False)


def test_a_bomb_in_layers_is_measured_by_what_came_over_the_wire() -> None:
    with pytest.raises(TooLarge):
        decode(gzip.compress(gzip.compress(bytes(5_000_000))), ["gzip", "gzip"], CAP)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize(("size", "cap"), [(1000, 1000), (300_000, 300_000), (2_000_000, 2_000_000)])
def test_the_cap_to_the_byte(coding: str, size: int, cap: int) -> None:
    import random

    data = random.Random(1).randbytes(size)
    packed = pack(data, coding)
    assert decode(packed, [coding], cap).body == data
    with pytest.raises(TooLarge):
        decode(packed, [coding], cap - 1)


@pytest.mark.rows(2)
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_stopped_early_in_memory_and_time(coding: str) -> None:
    packed = pack(bytes(60 * 1024 * 1024), coding)
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(TooLarge):
        decode(packed, [coding], CAP)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - started < 1
    assert peak < 3 * CAP


def test_small_and_well_packed_is_ordinary() -> None:
    assert len(decode(gzip.compress(bytes(900_000)), ["gzip"], CAP).body) == 900_000
    with pytest.raises(TooLarge):
        decode(gzip.compress(bytes(5_000_000)), ["gzip"], CAP)


def test_many_members_cost_little() -> None:
    started = time.process_time()
    decode(gzip.compress(b"") * 400_000, ["gzip"], CAP)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        ("gzip", ("gzip",)),
        (" GZip ", ("gzip",)),
        ("x-gzip", ("gzip",)),
        ("identity", ()),
        ("identity, br", ("br",)),
        (",,gzip,", ("gzip",)),
        ("gzip, gzip", ("gzip", "gzip")),
        ("gzip, br", ("gzip", "br")),
        ("sdch", ()),
        ("compress", ()),
        ("gzip;q=1", ()),
        ("UTF-8", ()),
        ("UTF8, gzip", ("gzip",)),
        ("gzip, utf-8", ("gzip",)),
        ("none", ()),
        ("binary", ()),
        ("aws-chunked", ()),
        ("aws-chunked,gzip", ("gzip",)),
        ("text/html", ()),
        ("iso-8859-1", ()),
        ("\u212a", ()),
        (", ".join(["gzip"] * 4), None),
    ],
)
def test_which_words_are_codings(header: str, expected: tuple[str, ...] | None) -> None:
    if expected is None:
        with pytest.raises(Undecodable):
            codings_of(header)
    else:
        assert codings_of(header) == expected
