"""A strip above what a browser drew is one PNG file, and every pixel of both is in it."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from monitor.outbound.browser.png import SIGNATURE, NoPng, above

RANDOM = np.random.default_rng(1)


def drawn(width: int, height: int, kind: str = "noise") -> np.ndarray:
    if kind == "noise":
        return RANDOM.integers(0, 256, (height, width, 3), dtype=np.uint8)
    slope = np.add.outer(np.arange(height), np.arange(width)) % 256
    return np.repeat(slope.astype(np.uint8)[:, :, None], 3, axis=2)


def png(pixels: np.ndarray, **how: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", **how)
    return out.getvalue()


@pytest.mark.parametrize("filter_kind", range(5))
def test_every_pixel_is_there_whatever_filter_the_first_row_has(filter_kind: int) -> None:
    """A row is told from the one above it: none, left, up, both, the likeliest."""
    pixels = drawn(37, 50, "slope")
    head = struct.pack(">IIBBBBB", 37, 50, 8, 2, 0, 0, 0)
    rows, before = b"", np.zeros(37 * 3, np.uint8)
    for line in pixels.reshape(50, -1):
        left = np.concatenate([np.zeros(3, np.uint8), line[:-3]])
        corner = np.concatenate([np.zeros(3, np.uint8), before[:-3]])
        told = {0: np.zeros_like(line), 1: left, 2: before, 3: ((left.astype(int) + before) // 2).astype(np.uint8)}
        guess = told[filter_kind] if filter_kind < 4 else likeliest(left, before, corner)
        rows += bytes([filter_kind]) + (line - guess).tobytes()
        before = line
    page = SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    strip = drawn(37, 9)
    made = Image.open(io.BytesIO(above(png(strip), page)))
    made.load()  # checks every sum
    assert np.array_equal(np.asarray(made), np.concatenate([strip, np.zeros((1, 37, 3), np.uint8), pixels]))


def likeliest(left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    a, b, c = (one.astype(int) for one in (left, up, corner))
    near = np.abs(np.stack([b - c, a - c, a + b - 2 * c]))
    return np.where((near[0] <= near[1]) & (near[0] <= near[2]), a, np.where(near[1] <= near[2], b, c)).astype(np.uint8)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1366, 3), (7, 4_000)])
def test_whatever_size_it_has(width: int, height: int) -> None:
    strip, page = drawn(width, 5), drawn(width, height)
    made = Image.open(io.BytesIO(above(png(strip), png(page, compress_level=1))))
    made.load()
    assert np.array_equal(np.asarray(made)[6:], page)


GOOD = png(drawn(8, 8))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xd8\xff" + bytes(100), id="a JPEG"),
        pytest.param(png(drawn(9, 8)), id="another width"),
        pytest.param(png(np.zeros((8, 8), np.uint8)), id="grey"),
        pytest.param(png(np.zeros((8, 8, 4), np.uint8)), id="with transparency"),
        pytest.param(GOOD[:40], id="cut"),
        pytest.param(SIGNATURE + b"\xff" * 50, id="a chunk without end"),
    ],
)
def test_what_is_no_such_file_is_told(other: bytes) -> None:
    with pytest.raises(NoPng):
        above(GOOD, other)


@given(st.binary(max_size=200), st.integers(0, len(GOOD)))
def test_no_bytes_make_it_fail_otherwise(untrusted: bytes, at: int) -> None:
    for written in (untrusted, SIGNATURE + untrusted, GOOD[:at] + untrusted + GOOD[at + len(untrusted) :]):
        try:
            above(GOOD, written)
        except NoPng:
            pass
