"""pHash without scipy, beside imagehash itself."""

from __future__ import annotations

from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from monitor.matching.reading.decode import decode_picture
from monitor.matching.reading.fingerprint import fingerprint_photo, phash
from tests.matching.generated_pictures import Luma, across, faint, flat, noise, photo

PHOTOS = sorted((Path(__file__).parents[2] / "monitor/demo/photos").rglob("*.jpg"))


def by_imagehash(luma: Luma) -> bytes:
    image = Image.fromarray(luma)
    factor = max(1, min(luma.shape) // 128)
    return np.packbits(imagehash.phash(image.reduce(factor) if factor > 1 else image).hash).tobytes()


@pytest.mark.rows(4)
@pytest.mark.parametrize("shape", [(33, 31), (127, 900), (512, 512), (540, 720), (700, 3000)], ids=str)
@pytest.mark.parametrize("kind", [noise, photo, faint], ids=lambda kind: str(kind.__name__))
def test_every_bit_is_imagehash_s(kind: type, shape: tuple[int, int]) -> None:
    for seed in range(8):
        luma = kind(*shape, seed)
        assert phash(luma) == by_imagehash(luma)


def test_of_photographs_too() -> None:
    assert PHOTOS
    for path in PHOTOS:
        (luma,) = decode_picture(path.read_bytes()).frames
        assert phash(luma) == by_imagehash(luma)


def test_what_is_enrolled_has_the_hash_that_is_looked_for() -> None:
    untrusted = PHOTOS[0].read_bytes()
    enrolled = fingerprint_photo(untrusted, features=False).phash
    assert enrolled is not None
    assert enrolled.bits == phash(decode_picture(untrusted).frames[0])


@pytest.mark.parametrize("kind", [flat, across], ids=["flat", "a gradient"])
def test_no_bit_of_what_is_flat_is_rounding_noise(kind: type) -> None:
    assert len({phash(kind(512, side, 90)) for side in (512, 513, 640, 777)}) == 1
