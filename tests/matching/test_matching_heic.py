"""HEIC in the shapes of phones has the fingerprint of the same photo's JPEG: bench/heic.py has the figures."""

from __future__ import annotations

import io
from functools import cache

import pytest
from PIL import Image

from bench.phone_heic import SHAPES, quickly
from monitor.matching.reading.cut_off import decode_photo
from monitor.matching.reading.fingerprint import read_photo
from monitor.model.fingerprint import Fingerprint
from monitor.reader.pool import ReaderPool
from tests.matching.test_matching_inside import photo

NEAR = 12  # bits of PDQ; two codings of one photo lie 0 to 8 apart


@cache
def picture() -> Image.Image:
    """Of two tiles a side."""
    return photo("bison").convert("RGB").resize((640, 528))


@cache
def made(shape: str) -> bytes:
    return SHAPES[shape](picture(), quickly)


@cache
def twin() -> Fingerprint:
    file = io.BytesIO()
    picture().save(file, "JPEG", quality=90)
    return read_photo(file.getvalue(), features=False).fingerprint


@pytest.mark.rows(5)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_fingerprint_is_that_of_the_jpeg(shape: str) -> None:
    found = read_photo(made(shape), features=False)
    assert found.cut is None
    assert (found.fingerprint.width, found.fingerprint.height) == picture().size
    assert found.fingerprint.pdq.distance(twin().pdq) <= NEAR


@pytest.mark.parametrize("shape", ["one picture with EXIF", "mirrored"])
def test_what_an_encoder_padded_is_cropped_again(shape: str) -> None:
    odd = picture().crop((0, 0, 639, 527))  # coded as 640 x 528, with a `clap` box
    found = read_photo(SHAPES[shape](odd, quickly), features=False)
    assert (found.fingerprint.width, found.fingerprint.height) == odd.size
    assert found.fingerprint.pdq.distance(twin().pdq) <= NEAR


async def test_a_confined_reader_reads_them_too() -> None:
    async with ReaderPool() as pool:
        for shape in ("plain", "grid, a quarter turn", "portrait with depth map", "motion photo"):
            found = await pool.photo(made(shape), features=False)
            assert found.fingerprint.pdq.distance(twin().pdq) <= NEAR, shape


def test_the_turn_is_made_once_though_exif_says_it_again() -> None:
    decoded = decode_photo(made("grid, a quarter turn")).decoded
    assert decoded.frames[0].shape == (528, 640)
