"""Row 2 and the hash side of row 4: PDQ is PDQ, whichever way the picture is turned."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from monitor.matching.pdq import TURNS
from monitor.matching.reading.decode import decode_picture
from monitor.matching.reading.pdq_hash import pdq
from tests.matching.generated_pictures import KINDS, SIZES, colour_photo, photo

ORACLE = json.loads(Path(__file__).with_name("pdq_oracle.json").read_text())
ROUNDING_ONLY = {"flat", "across", "diagonal"}
"""Kinds whose cosine block is zero but for rounding: the reference's own bits are noise there."""


def bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.mark.rows(5)
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_same_luma_gives_all_256_bits_of_the_reference(height: int, width: int) -> None:
    rows = [row for row in ORACLE["luma"] if row[1:3] == [height, width]]
    assert len(rows) == len(KINDS)
    for kind, _, _, seed, digits, quality in rows:
        reading = pdq(KINDS[kind](height, width, seed))
        assert reading.quality == quality, kind
        assert len(reading.turns[0].hex()) == 64
        if kind not in ROUNDING_ONLY:
            assert reading.turns[0].hex() == digits, kind


@pytest.mark.long
def test_same_pixels_in_colour_lie_within_two_bits() -> None:
    for height, width, seed, digits, quality in ORACLE["colour"]:
        if height < 64 and width < 64:
            continue  # whole grey levels weigh more in a handful of pixels
        pixels = Image.fromarray(colour_photo(height, width, seed)).convert("L")
        reading = pdq(np.asarray(pixels))
        assert bits_apart(reading.turns[0].hex(), digits) <= 2, (height, width)
        assert abs(reading.quality - quality) <= 1


def test_the_installed_reference_agrees_where_there_is_one() -> None:
    pdqhash = pytest.importorskip("pdqhash")
    luma = photo(333, 517, 99)
    vector, quality = pdqhash.compute(np.ascontiguousarray(np.repeat(luma[:, :, None], 3, axis=2)))
    assert pdq(luma).turns[0].hex() == f"{int(''.join(map(str, vector)), 2):064x}"
    assert pdq(luma).quality == quality


def test_leading_zeros_are_printed() -> None:
    assert pdq(np.zeros((3, 3), dtype=np.uint8)).turns[0].hex() == "0" * 64


@pytest.mark.long
def test_eight_turns_come_from_one_block() -> None:
    for seed in range(20):
        upright = photo(512, 512, seed)
        wanted = pdq(upright).turns[0].hex()
        for number, name in enumerate(TURNS):
            copy = np.fliplr(upright) if number >= 4 else upright
            copy = np.rot90(copy, -(number % 4))  # clockwise
            turns = pdq(np.ascontiguousarray(copy)).turns
            assert bits_apart(turns[number].hex(), wanted) <= 31, name
            for other, turn in enumerate(turns):
                assert other == number or bits_apart(turn.hex(), wanted) > 70, name


def test_plain_gradients_are_told_apart_from_fog() -> None:
    for kind in ROUNDING_ONLY:
        assert pdq(KINDS[kind](400, 500, 90)).empty, kind
    for kind in KINDS.keys() - ROUNDING_ONLY:
        assert not pdq(KINDS[kind](400, 500, 90)).empty, kind


@pytest.mark.long
def test_reduced_decoding_drifts_little(record_property: pytest.RecordProperty) -> None:
    apart = []
    for seed in range(12):
        file = io.BytesIO()
        Image.fromarray(photo(1440, 1080, seed)).save(file, "JPEG", quality=85)
        full = np.asarray(Image.open(file).convert("L"))
        reduced = decode_picture(file.getvalue()).frames[0]
        assert reduced.shape == (720, 540)
        apart.append(bits_apart(pdq(full).turns[0].hex(), pdq(reduced).turns[0].hex()))
    apart.sort()
    record_property("bits_apart", str(apart))
    assert apart[len(apart) // 2] <= 4
    assert apart[int(0.9 * len(apart))] <= 8
