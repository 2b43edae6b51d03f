"""Every outcome of decoding is typed, and every way of storing a picture gives the same grey."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from monitor.errors import UnreadableImage
from monitor.matching.reading.decode import ImageLimits, decode_picture, squeezed
from tests.matching.generated_pictures import colour_photo, photo

PICTURE = Image.fromarray(colour_photo(200, 300, 1))
GREY = np.asarray(PICTURE.convert("L")).astype(int)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def animation(kind: str, frames: int, **options: object) -> bytes:
    shades = [Image.new("L", (64, 48), 255 * n // max(1, frames - 1)).convert("RGB") for n in range(frames)]
    return saved(shades[0], kind, save_all=True, append_images=shades[1:], duration=40, **options)


STORED = {
    "jpeg": (saved(PICTURE, "JPEG", quality=95), 3),
    "jpeg progressive": (saved(PICTURE, "JPEG", quality=95, progressive=True), 3),
    "jpeg grey": (saved(PICTURE.convert("L"), "JPEG", quality=95), 3),
    "jpeg cmyk": (saved(PICTURE.convert("CMYK"), "JPEG", quality=95), 4),
    "jpeg with a second picture": (saved(PICTURE, "MPO", save_all=True, append_images=[PICTURE]), 6),
    "png": (saved(PICTURE, "PNG"), 1),
    "png grey and alpha": (saved(PICTURE.convert("LA"), "PNG"), 1),
    "png palette": (saved(PICTURE.quantize(256), "PNG"), 8),
    "png 16 bit": (saved(Image.fromarray((GREY * 257).astype(np.uint16)), "PNG"), 1),
    "png opaque rgba": (saved(PICTURE.convert("RGBA"), "PNG"), 1),
    "gif": (saved(PICTURE, "GIF"), 8),
    "webp": (saved(PICTURE, "WEBP", quality=95), 4),
    "webp lossless": (saved(PICTURE, "WEBP", lossless=True), 1),
    "avif": (saved(PICTURE, "AVIF", quality=95), 4),
}


@pytest.mark.parametrize("name", STORED)
def test_every_way_of_storing_gives_the_same_grey(name: str) -> None:
    data, apart = STORED[name]
    decoded = decode_picture(data)
    assert (decoded.width, decoded.height, decoded.frame_count, len(decoded.frames)) == (300, 200, 1, 1)
    assert np.abs(decoded.frames[0].astype(int) - GREY).mean() <= apart


def test_one_bit_pictures_are_read() -> None:
    frame = decode_picture(saved(PICTURE.convert("1"), "PNG")).frames[0]
    assert set(np.unique(frame)) == {0, 255}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    from PIL import ImageOps

    for kind in ("JPEG", "PNG", "WEBP"):
        data = saved(PICTURE, kind, exif=exif)
        upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("L")).astype(int)
        decoded = decode_picture(data)
        assert decoded.frames[0].shape == upright.shape == (decoded.height, decoded.width), kind
        assert np.abs(decoded.frames[0] - upright).mean() <= 2, kind


def test_see_through_pictures_are_read_over_white_and_over_black() -> None:
    mask = Image.new("L", PICTURE.size, 255)
    mask.paste(0, (0, 0, 150, 200))
    picture = PICTURE.copy()
    picture.putalpha(mask)
    for kind in ("PNG", "WEBP"):
        white, black = decode_picture(saved(picture, kind, lossless=True)).frames
        assert white[:, :140].min() == 255 and black[:, :140].max() == 0
        assert (white[:, 160:] == black[:, 160:]).all()


@pytest.mark.parametrize(("frames", "kept"), [(1, 1), (2, 2), (16, 16), (17, 9), (40, 10)])
def test_animations_give_the_first_and_evenly_spaced_frames(frames: int, kept: int) -> None:
    for kind in ("GIF", "WEBP", "PNG"):
        decoded = decode_picture(animation(kind, frames))
        assert decoded.frame_count == frames, kind
        assert len(decoded.frames) == kept, kind
        shades = [int(frame.mean()) for frame in decoded.frames]
        steps = np.diff(shades)
        assert shades[0] <= 2 and (kept == 1 or steps.min() >= steps.max() - 6), (kind, shades)


def test_a_long_animation_is_walked_to_a_limit() -> None:
    decoded = decode_picture(animation("GIF", 60), ImageLimits(max_frames_walked=20))
    assert decoded.frame_count == 20


def test_large_pictures_are_reduced_alike_in_every_format() -> None:
    large = Image.fromarray(photo(2200, 3100, 4))
    shapes = {decode_picture(saved(large, kind)).frames[0].shape for kind in ("JPEG", "PNG")}
    assert shapes == {(550, 775)}


def test_strips_of_extreme_shape_are_squeezed_where_they_are_hashed_whole() -> None:
    decoded = decode_picture(saved(Image.new("L", (60_000, 20), 9), "PNG"))
    assert (decoded.width, decoded.height) == (60_000, 20)
    assert decoded.frames[0].shape == (20, 60_000)
    assert squeezed(decoded.frames[0]).shape == (20, 7_500)


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
UNREADABLE = {
    "nothing": (b"", "not_an_image"),
    "text": (b"<html><body>no such picture</body></html>", "not_an_image"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported"),
    "bmp": (saved(PICTURE, "BMP"), "unsupported"),
    "tiff": (saved(PICTURE, "TIFF"), "unsupported"),
    "heic": (HEIC, "unsupported"),
    "video": (b"\0\0\0\x20ftypisom" + bytes(40), "unsupported"),
    "only a signature": (b"\x89PNG\r\n\x1a\n", "broken"),
    "jpeg start only": (b"\xff\xd8\xff\xe0" + bytes(30), "broken"),
    "gif start only": (b"GIF89a", "broken"),
    "huge canvas": (png_claiming(60_000, 60_000), "too_many_pixels"),
    "canvas over Pillow's own limit": (png_claiming(2_000_000, 2_000_000), "too_many_pixels"),
    "a little too large": (png_claiming(9_000, 9_000), "too_many_pixels"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_says_why(name: str) -> None:
    data, kind = UNREADABLE[name]
    with pytest.raises(UnreadableImage) as caught:
        decode_picture(data)
    assert caught.value.kind == kind
    assert str(caught.value) and caught.value.remedy
    assert "object at 0x" not in str(caught.value)


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(UnreadableImage) as caught:
        decode_picture(b"\xff\xd8\xff" + bytes(100), ImageLimits(max_bytes=50))
    assert caught.value.kind == "too_large"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_half_a_file_is_still_a_picture_where_pillow_can(kind: str) -> None:
    data = saved(PICTURE, kind, **({"interlace": 0} if kind == "GIF" else {}))
    try:
        frame = decode_picture(data[: int(len(data) * 0.7)]).frames[0].astype(int)
    except UnreadableImage as error:
        assert kind == "WEBP" and error.kind == "broken"  # libwebp gives nothing of a cut file
        return
    assert np.abs(frame[:80] - GREY[:80]).mean() <= 8


SEEDS = [data for data, _ in STORED.values()] + [animation("GIF", 3), animation("WEBP", 3)]


@settings(max_examples=120, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
    keep=st.floats(0.05, 1),
)
def test_mutations_end_in_a_picture_or_a_typed_error(seed: bytes, edits: list[tuple[float, int]], keep: float) -> None:
    mutated = bytearray(seed[: int(len(seed) * keep)])
    for place, value in edits:
        if mutated:
            mutated[min(len(mutated) - 1, int(place * len(mutated)))] = value
    try:
        decoded = decode_picture(bytes(mutated), ImageLimits(max_pixels=4_000_000))
    except UnreadableImage as error:
        assert error.kind in {"not_an_image", "unsupported", "too_many_pixels", "broken"}
    else:
        assert 1 <= len(decoded.frames) <= 16
        assert all(frame.dtype == np.uint8 and frame.ndim == 2 for frame in decoded.frames)
