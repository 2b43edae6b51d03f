"""A file that ends early is enrolled as what it is, or refused."""

from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bench import phone_heic
from monitor.errors import UnreadableImage
from monitor.matching.reading.cut_off import decode_photo
from monitor.matching.reading.fingerprint import read_photo
from monitor.model.cut_off import CutOff, MissingPart
from monitor.reader import arrays
from tests.lazily import Lazily
from tests.matching.test_matching_inside import photo

pillow_heif.register_heif_opener()
PICTURE = photo("bison").resize((480, 360)).convert("RGB")


def saved(kind: str, picture: Image.Image = PICTURE, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


WHOLE = Lazily(
    {
        "jpeg": lambda: saved("JPEG", quality=90),
        "jpeg progressive": lambda: saved("JPEG", quality=90, progressive=True),
        "jpeg on its side": lambda: saved("JPEG", quality=90, exif=turned(6)),
        "jpeg upside down": lambda: saved("JPEG", quality=90, exif=turned(3)),
        "png": lambda: saved("PNG"),
        "png see-through": lambda: saved("PNG", PICTURE.convert("RGBA")),
        "gif": lambda: saved("GIF", interlace=False),
        "gif interlaced": lambda: saved("GIF", interlace=True),
        "bmp": lambda: saved("BMP"),
        "webp": lambda: saved("WEBP"),
        "avif": lambda: saved("AVIF", speed=10),
        "heic": lambda: saved("HEIF"),
        "heic of tiles": lambda: saved("HEIF", tile_size=128),
        "heic on its side": lambda: phone_heic.iphone(
            PICTURE.transpose(Image.Transpose.ROTATE_270), phone_heic.quickly, quarters=3, tile_side=96
        ),
        "tiff": lambda: saved("TIFF"),
        "tiff lzw": lambda: saved("TIFF", compression="tiff_lzw"),
    }
)


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_is_not_called_cut(name: str) -> None:
    there = decode_photo(WHOLE[name])
    assert there.cut is None
    assert (there.decoded.width, there.decoded.height) == ((360, 480) if "on its side" in name else (480, 360))


@pytest.mark.parametrize("name", ["jpeg", "png", "heic"])
def test_what_stands_behind_the_picture_is_no_cut(name: str) -> None:
    """A motion photo has its film there."""
    assert decode_photo(WHOLE[name] + b"\0\0\0\x18ftypmp42" + bytes(5_000)).cut is None
    assert decode_photo(WHOLE[name] + b"SEFH of a phone" * 50).cut is None


@pytest.mark.parametrize(
    ("name", "share", "missing", "least", "most"),
    [
        pytest.param("jpeg", 0.5, MissingPart.LOWER, 0.4, 0.7, id="half a jpeg"),
        pytest.param("jpeg", 0.8, MissingPart.LOWER, 0.1, 0.4, id="most of a jpeg"),
        pytest.param("jpeg", 0.99, None, 0.0, 0.0, id="a jpeg but for its last blocks"),
        pytest.param("jpeg progressive", 0.6, None, 0.0, 0.0, id="a coarser progressive jpeg"),
        pytest.param("jpeg on its side", 0.5, MissingPart.LEFT, 0.4, 0.7, id="half a jpeg on its side"),
        pytest.param("jpeg upside down", 0.5, MissingPart.UPPER, 0.4, 0.7, id="half a jpeg upside down"),
        pytest.param("png", 0.5, MissingPart.LOWER, 0.4, 0.7, id="half a png"),
        pytest.param("png see-through", 0.5, MissingPart.LOWER, 0.4, 0.7, id="half a see-through png"),
        pytest.param("gif", 0.5, MissingPart.LOWER, 0.4, 0.7, id="half a gif"),
        pytest.param("heic of tiles", 0.6, MissingPart.LOWER, 0.2, 0.7, id="half of the tiles of a heic"),
        pytest.param("heic on its side", 0.6, MissingPart.LEFT, 0.2, 0.8, id="half of a heic on its side"),
        pytest.param("bmp", 0.5, MissingPart.UPPER, 0.4, 0.6, id="half a bmp, which begins below"),
    ],
)
def test_what_is_there_is_enrolled_as_what_it_is(
    name: str, share: float, missing: MissingPart | None, least: float, most: float
) -> None:
    data = WHOLE[name]
    reading = read_photo(data[: int(share * len(data))], features=False)
    assert reading.cut is not None
    assert reading.cut.missing is missing
    assert least <= reading.cut.share <= most
    assert arrays.photo_reading(arrays.answer_photo(reading, b"0" * 8)).cut == reading.cut
    whole = read_photo(data, features=False).fingerprint
    long = (reading.fingerprint.width, reading.fingerprint.height) == (whole.width, whole.height)
    assert long is (missing is None)


def test_half_a_photo_has_the_fingerprint_of_a_half_not_of_one_with_grey_below() -> None:
    data = WHOLE["jpeg"]
    part = decode_photo(data[: len(data) // 2])
    height = part.decoded.height
    half = read_photo(saved("PNG", PICTURE.crop((0, 0, 480, height))), features=False).fingerprint
    found = read_photo(data[: len(data) // 2], features=False).fingerprint
    assert found.pdq.distance(half.pdq) <= 16


@pytest.mark.parametrize(
    ("name", "share", "words"),
    [
        pytest.param("jpeg", 0.1, "cut short", id="a strip of a jpeg"),
        pytest.param("png", 0.05, "% of the photo is there", id="a strip of a png"),
        pytest.param("bmp", 0.15, "15 % of the photo is there", id="a strip of a bmp"),
        pytest.param("gif interlaced", 0.5, "spread over all of it", id="every other line of a gif"),
        *(
            pytest.param(name, 0.9, f"the {name.split()[0].upper()} file is cut short: its end", id=name)
            for name in ("webp", "avif", "heic")
        ),
        pytest.param("tiff", 0.9, "the TIFF file is damaged or cut short", id="tiff"),
    ],
)
def test_too_little_is_refused_and_it_says_what_to_do(name: str, share: float, words: str) -> None:
    data = WHOLE[name]
    with pytest.raises(UnreadableImage, match=words) as refused:
        read_photo(data[: int(share * len(data))], features=True)
    assert "anew" in refused.value.remedy


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        pytest.param(CutOff(MissingPart.LOWER, 0.5), "the lower half of the photo is missing", id="half"),
        pytest.param(CutOff(MissingPart.LEFT, 0.25), "the left quarter of the photo is missing", id="a quarter"),
        pytest.param(CutOff(MissingPart.UPPER, 0.35), "the upper third of the photo is missing", id="a third"),
        pytest.param(CutOff(MissingPart.LOWER, 0.02), "a little at the bottom of the photo is missing", id="little"),
        pytest.param(
            CutOff(MissingPart.RIGHT, 0.7), "more than half, from the right on, of the photo is missing", id="much"
        ),
        pytest.param(CutOff(None, 0.0), "Nearly all of the photo can be seen, perhaps coarsely", id="coarse"),
    ],
)
def test_it_is_told_in_words(cut: CutOff, words: str) -> None:
    assert words in str(cut)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.floats(0.0, 1.0), st.binary(max_size=4))
def test_wherever_a_file_ends_there_is_a_part_of_it_or_a_reason(name: str, share: float, more: bytes) -> None:
    data = WHOLE[name]
    try:
        there = decode_photo(data[: int(share * len(data))] + more)
    except UnreadableImage as error:
        assert error.remedy
        return
    frame = there.decoded.frames[0]
    assert frame.dtype == np.uint8 and frame.size
    assert there.decoded.width >= 1 and there.decoded.height >= 1
