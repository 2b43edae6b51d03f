"""Every outcome of decoding is typed, and every way of storing a picture gives the same grey."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from monitor.errors import UnreadableImage
from monitor.matching.reading.decode import ImageLimits, decode_picture, squeezed
from tests.lazily import Lazily
from tests.matching.generated_pictures import colour_photo, photo
from tests.reader import hostile_pictures

PICTURE = Image.fromarray(colour_photo(200, 300, 1))
GREY = np.asarray(PICTURE.convert("L")).astype(int)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def animation(kind: str, frames: int, **options: object) -> bytes:
    shades = [Image.new("L", (64, 48), 255 * n // max(1, frames - 1)).convert("RGB") for n in range(frames)]
    return saved(shades[0], kind, save_all=True, append_images=shades[1:], duration=40, **options)


STORED = Lazily(
    {
        "jpeg": lambda: (saved(PICTURE, "JPEG", quality=95), 3),
        "jpeg progressive": lambda: (saved(PICTURE, "JPEG", quality=95, progressive=True), 3),
        "jpeg grey": lambda: (saved(PICTURE.convert("L"), "JPEG", quality=95), 3),
        "jpeg cmyk": lambda: (saved(PICTURE.convert("CMYK"), "JPEG", quality=95), 4),
        "jpeg with a second picture": lambda: (saved(PICTURE, "MPO", save_all=True, append_images=[PICTURE]), 6),
        "png": lambda: (saved(PICTURE, "PNG"), 1),
        "png grey and alpha": lambda: (saved(PICTURE.convert("LA"), "PNG"), 1),
        "png palette": lambda: (saved(PICTURE.quantize(256), "PNG"), 8),
        "png 16 bit": lambda: (saved(Image.fromarray((GREY * 257).astype(np.uint16)), "PNG"), 1),
        "png opaque rgba": lambda: (saved(PICTURE.convert("RGBA"), "PNG"), 1),
        "gif": lambda: (saved(PICTURE, "GIF"), 8),
        "webp": lambda: (saved(PICTURE, "WEBP", quality=95), 4),
        "webp lossless": lambda: (saved(PICTURE, "WEBP", lossless=True), 1),
        "avif": lambda: (saved(PICTURE, "AVIF", quality=95), 4),
        "heic": lambda: (saved(PICTURE, "HEIF", quality=90), 4),
        "heic grey": lambda: (saved(PICTURE.convert("L"), "HEIF", quality=90), 4),
        "heic opaque rgba": lambda: (saved(PICTURE.convert("RGBA"), "HEIF", quality=90), 4),
        "bmp": lambda: (saved(PICTURE, "BMP"), 1),
        "bmp palette": lambda: (saved(PICTURE.quantize(256), "BMP"), 8),
        "bmp grey": lambda: (saved(PICTURE.convert("L"), "BMP"), 1),
        **{
            f"tiff {way}": lambda way=way: (saved(PICTURE, "TIFF", compression=way), 3)
            for way in ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg")
        },
        "tiff cmyk": lambda: (saved(PICTURE.convert("CMYK"), "TIFF"), 1),
        "tiff grey": lambda: (saved(PICTURE.convert("L"), "TIFF"), 1),
        "tiff 16 bit": lambda: (saved(Image.fromarray((GREY * 257).astype(np.uint16)), "TIFF"), 1),
        "tiff of fractions": lambda: (saved(Image.fromarray((GREY / 255).astype(np.float32)), "TIFF"), 1),
        "tiff of two equal pages": lambda: (saved(PICTURE, "TIFF", save_all=True), 1),
    }
)


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


def patterns(count: int, size: tuple[int, int] = (64, 48)) -> list[Image.Image]:
    """Of coarse blocks; no two are alike."""
    blocks = np.random.default_rng(3).integers(0, 256, (count, 6, 8, 3), dtype=np.uint8)
    return [Image.fromarray(block).resize(size, Image.Resampling.NEAREST) for block in blocks]


@pytest.mark.rows(4)
@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
@pytest.mark.parametrize("frames", [1, 2, 20])
def test_every_still_that_differs_is_handed_back(kind: str, frames: int) -> None:
    several = {"save_all": True, "duration": 40} if kind != "TIFF" else {"save_all": True}
    shown = [picture for picture in patterns(frames) for _ in range(1 if kind == "TIFF" else 3)]
    # equal frames may be stored as one that is shown longer
    decoded = decode_picture(saved(shown[0], kind, append_images=shown[1:], **several))
    assert len(decoded.frames) == frames and decoded.frame_count >= frames and not decoded.is_cut
    for frame, picture in zip(decoded.frames, patterns(frames), strict=True):
        assert np.abs(frame.astype(int) - np.asarray(picture.convert("L")).astype(int)).mean() <= 12


def test_of_many_stills_those_that_differ_most_are_kept_and_the_rest_is_said() -> None:
    slow = np.random.default_rng(5).integers(0, 256, (6, 8, 3)).astype(float)
    steps = [Image.fromarray((slow * (1 - n / 150)).astype(np.uint8)).resize((64, 48)) for n in range(100)]
    (other,) = patterns(1)
    steps[70] = other
    decoded = decode_picture(saved(steps[0], "PNG", save_all=True, append_images=steps[1:]), ImageLimits(max_frames=8))
    assert decoded.is_cut and (decoded.frame_count, len(decoded.frames)) == (100, 8)
    greys = [np.asarray(picture.convert("L")).astype(int) for picture in (steps[0], other)]
    assert np.abs(decoded.frames[0].astype(int) - greys[0]).max() <= 1
    assert min(np.abs(frame.astype(int) - greys[1]).max() for frame in decoded.frames) <= 1


def test_pages_have_sizes_of_their_own() -> None:
    one, two = patterns(2)
    decoded = decode_picture(saved(one, "TIFF", save_all=True, append_images=[two.resize((90, 200))]))
    assert [frame.shape for frame in decoded.frames] == [(48, 64), (200, 90)]
    cut = decode_picture(
        saved(one, "TIFF", save_all=True, append_images=[two.resize((90, 200))]), ImageLimits(max_pixels=5_000)
    )
    assert len(cut.frames) == 1 and cut.is_cut


def test_every_mode_gives_the_same_grey() -> None:
    grey = np.asarray(hostile_pictures.picture(2).convert("L")).astype(int)
    for name, data in hostile_pictures.modes().items():
        (frame,) = decode_picture(data).frames
        apart = np.abs(frame.astype(int) - grey).mean()
        assert apart <= (128 if name.split()[1] == "1" else 12), name
    assert {"TIFF LAB", "TIFF F", "TIFF I;16", "TIFF LA", "PNG I;16", "BMP 1", "HEIF I;16"} <= set(
        hostile_pictures.modes()
    )


@pytest.mark.parametrize("kind", [np.uint16, np.int32, np.float32])
def test_pages_of_numbers_are_told_apart(kind: type[np.generic]) -> None:
    shades = [np.asarray(page.convert("L")) for page in patterns(3)]
    most = 255 if kind is not np.float32 else 1 / 255
    pages = [Image.fromarray((shade * most).astype(kind)) for shade in shades]
    frames = decode_picture(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])).frames
    assert len(frames) == 3


def test_a_number_that_is_said_to_be_clear_changes_nothing() -> None:
    data = STORED["png 16 bit"][0]
    at = data.index(b"IDAT") - 4
    (frame,) = decode_picture(data[:at] + hostile_pictures.chunk(b"tRNS", b"\0\7") + data[at:]).frames
    assert np.abs(frame.astype(int) - GREY).mean() <= 1


def test_grey_that_was_multiplied_by_what_is_clear_is_read() -> None:
    """Associated alpha: TIFF 6.0, ExtraSamples 1."""
    data = saved(PICTURE.convert("LA"), "TIFF")
    at = data.index(struct.pack("<HHI", 338, 3, 1)) + 8
    (frame,) = decode_picture(data[:at] + b"\1" + data[at + 1 :]).frames
    assert np.abs(frame.astype(int) - GREY).mean() <= 1


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        pytest.param(
            ImportError("cannot import name 'X' from 'PIL' (/home/jane/x.py)"), "unsupported", "lacks", id="i"
        ),
        pytest.param(MemoryError(), "too_many_pixels", "more memory", id="memory"),
        pytest.param(OSError(2, "No such file", "/home/jane/x"), "broken", "damaged", id="path"),
        pytest.param(ValueError("decoder error -2"), "broken", "damaged", id="jargon"),
    ],
)
def test_a_refusal_has_the_true_reason_and_never_the_library_s_words(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, kind: str, words: str
) -> None:
    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr("monitor.matching.reading.decode.greys", fail)
    with pytest.raises(UnreadableImage, match=words) as caught:
        decode_picture(STORED["jpeg"][0])
    assert caught.value.kind == kind and caught.value.remedy
    assert not {"/", "import", "-2"} & set(str(caught.value).split()) and "jane" not in str(caught.value)


def without_adobe(data: bytes) -> bytes:
    at = data.index(b"\xff\xee")
    return data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]


def test_inks_without_a_marker_are_read_both_ways_and_the_lighter_first() -> None:
    inks = PICTURE.convert("CMYK")
    for stored in (inks, ImageChops.invert(inks)):
        decoded = decode_picture(without_adobe(saved(stored, "JPEG", quality=95)))
        assert len(decoded.frames) == 2
        assert np.abs(decoded.frames[0].astype(int) - GREY).mean() <= 4


def test_inks_that_are_written_as_luma_and_chroma_are_read() -> None:
    inks = [*ImageChops.invert(PICTURE).convert("YCbCr").split(), Image.new("L", PICTURE.size, 255)]
    data = saved(ImageChops.invert(Image.merge("CMYK", inks)), "JPEG", quality=95)  # Pillow inverts what it writes
    at = data.index(b"\xff\xee")
    marked = data[: at + 15] + b"\2" + data[at + 16 :]  # the last byte of Adobe's marker: YCCK
    (frame,) = decode_picture(marked).frames
    assert np.abs(frame.astype(int) - GREY).mean() <= 4


def test_a_jpeg_of_a_phone_of_200_megapixels_is_read_at_a_reduced_size() -> None:
    data = saved(Image.new("L", (200, 100), 90), "JPEG")
    at = data.index(b"\xff\xc0") + 5
    large = data[:at] + struct.pack(">HH", 12_240, 16_320) + data[at + 4 :]  # cut short: the rest of it is grey
    decoded = decode_picture(large)
    assert (decoded.width, decoded.height, decoded.frames[0].shape) == (16_320, 12_240, (765, 1020))


def test_a_large_jpeg_that_would_be_held_whole_is_refused() -> None:
    data = saved(PICTURE, "JPEG", progressive=True, subsampling=0)
    at = data.index(b"\xff\xc2") + 5
    with pytest.raises(UnreadableImage, match="line by line") as caught:
        decode_picture(data[:at] + struct.pack(">HH", 15_000, 16_000) + data[at + 4 :])
    assert caught.value.kind == "too_many_pixels"


def test_a_long_animation_is_walked_to_a_limit() -> None:
    decoded = decode_picture(animation("GIF", 60), ImageLimits(max_frames_walked=20))
    assert decoded.frame_count == 20


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "TIFF"])
def test_a_broken_later_frame_is_said_and_takes_nothing_away(kind: str) -> None:
    data = animation(kind, 4)
    middle = len(data) // 2
    broken = data[:middle] + b"\xff" * 12 + data[middle + 12 :] if kind == "WEBP" else data[:middle]
    decoded = decode_picture(broken)
    assert decoded.is_cut and 1 <= decoded.frame_count < 4
    assert not decode_picture(data).is_cut


@pytest.mark.parametrize("frames", [2, 70])
def test_a_gif_that_ends_early_is_not_told_as_whole(frames: int) -> None:
    """Whether within a frame or between two: nothing else says that there were more."""
    shown = patterns(4) * 18
    several = {"save_all": True, "loop": 0, "duration": 40}
    whole = saved(shown[0], "GIF", append_images=shown[1:frames], **several)
    longer = saved(shown[0], "GIF", append_images=shown[1 : frames + 1], **several)
    assert longer.startswith(whole[:-1])
    assert not decode_picture(whole).is_cut
    for ends_early in (whole[:-1], longer[: len(whole) + 5], longer[: len(whole) + 40]):
        decoded = decode_picture(ends_early)
        assert decoded.is_cut and decoded.frame_count >= frames
    assert decode_picture(saved(shown[0], "GIF", **several)[:-1]).is_cut, "it was to be an animation"
    assert not decode_picture(saved(shown[0], "GIF")[:-1]).is_cut, "one picture, whole but for its last byte"


@pytest.mark.long
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


UNREADABLE = {
    "nothing": (b"", "not_an_image"),
    "text": (b"<html><body>no such picture</body></html>", "not_an_image"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported"),
    "jpeg xl": (b"\xff\x0a" + bytes(40), "unsupported"),
    "heic start only": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "broken"),
    "half a heic": (saved(PICTURE, "HEIF")[:-2000], "broken"),
    "tiff start only": (b"II*\0\x08\0\0\0", "broken"),
    "bmp start only": (b"BM" + bytes(12), "broken"),
    "text that begins like a bmp": (b"BMW is a maker of cars", "not_an_image"),
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


@cache
def seeds() -> list[bytes]:
    return [data for data, _ in STORED.values()] + [animation("GIF", 3), animation("WEBP", 3)]


@settings(max_examples=120, deadline=None)
@given(
    kind=st.integers(0, len(STORED) + 1),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
    keep=st.floats(0.05, 1),
)
def test_mutations_end_in_a_picture_or_a_typed_error(kind: int, edits: list[tuple[float, int]], keep: float) -> None:
    seed = seeds()[kind]
    mutated = bytearray(seed[: int(len(seed) * keep)])
    for place, value in edits:
        if mutated:
            mutated[min(len(mutated) - 1, int(place * len(mutated)))] = value
    try:
        decoded = decode_picture(bytes(mutated), ImageLimits(max_pixels=4_000_000))
    except UnreadableImage as error:
        assert error.kind in {"not_an_image", "unsupported", "too_many_pixels", "broken"}
    else:
        assert 1 <= len(decoded.frames) <= 64
        assert all(frame.dtype == np.uint8 and frame.ndim == 2 for frame in decoded.frames)
