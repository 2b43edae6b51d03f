"""A picture for a person's own eyes: its pixels and nothing else, whatever the file was, and whoever wrote the PNG."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from monitor.errors import UnreadableImage
from monitor.matching.reading.shown import shown_picture
from monitor.model.shown import MAX_BANDS, MAX_SHOWN_SIDE, ShownPicture
from monitor.reader import messages
from monitor.reader.messages import BadAnswer
from monitor.reader.pool import ReaderPool
from monitor.reader.shown import answer_shown, picture_shown

CAT = (Path(__file__).parents[2] / "monitor/demo/photos/enrolled/cat.jpg").read_bytes()
RED = (200, 20, 20)
NONCE = b"12345678"
SECRET = b"where it was taken"


def file_of(image: Image.Image, name: str = "PNG", **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, name, **options)
    return written.getvalue()


def opened(shown: ShownPicture) -> Image.Image:
    """Passed through the check of the core's side."""
    checked = picture_shown(answer_shown(shown, NONCE))
    image = Image.open(io.BytesIO(checked.png))
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (shown.width, shown.height))
    assert max(image.size) <= MAX_SHOWN_SIDE and set(image.info) == set()
    return image


def red(*size: int) -> Image.Image:
    return Image.new("RGB", size, RED)


def with_words() -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", SECRET.decode())
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    return file_of(red(40, 30), pnginfo=words, exif=exif)


def on_its_side() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return file_of(red(40, 30), "JPEG", exif=exif)


def clear() -> bytes:
    return file_of(Image.new("RGBA", (40, 30), (*RED, 0)))


def of_sixteen_bits() -> bytes:
    return file_of(Image.fromarray(np.full((30, 40), 51_456, np.uint16)))


def moving() -> bytes:
    return file_of(red(40, 30), "GIF", save_all=True, append_images=[Image.new("RGB", (40, 30))], duration=100)


@pytest.mark.parametrize(
    ("content", "size", "colour", "has_more"),
    [
        pytest.param(with_words, (40, 30), RED, False, id="with words in it"),
        pytest.param(on_its_side, (30, 40), RED, False, id="on its side"),
        pytest.param(clear, (40, 30), (255, 255, 255), False, id="clear"),
        pytest.param(of_sixteen_bits, (40, 30), (201, 201, 201), False, id="16 bits"),
        pytest.param(moving, (40, 30), RED, True, id="moving"),
        pytest.param(lambda: file_of(red(40, 30).convert("CMYK"), "TIFF"), (40, 30), RED, False, id="inks"),
        pytest.param(lambda: file_of(red(2500, 1250), "JPEG"), (2048, 1024), RED, False, id="large"),
        pytest.param(lambda: file_of(red(6000, 3), "JPEG"), (2048, 1), RED, False, id="a line"),
    ],
)
def test_its_pixels_and_nothing_else(
    content: Callable[[], bytes], size: tuple[int, int], colour: tuple[int, int, int], has_more: bool
) -> None:
    shown = shown_picture(content())
    image = opened(shown)
    assert (image.size, shown.has_more, shown.bands) == (size, has_more, 1)
    assert np.abs(np.asarray(image).astype(int) - colour).max() < 12
    assert SECRET not in shown.png


@pytest.mark.parametrize(
    ("size", "is_page", "bands", "last"),
    [
        pytest.param((1366, 2048), True, 1, (1366, 2048), id="one that fits"),
        pytest.param((1366, 2049), True, 2, (1366, 1), id="one line more"),
        pytest.param((2100, 2200), True, 2, (2048, 97), id="wide"),
        pytest.param((1000, 2500), False, 1, (819, 2048), id="a photo, made small"),
        pytest.param((300, 2500), False, 2, (300, 452), id="a long one"),
        pytest.param((1, 200_000), False, MAX_BANDS, (1, 2048), id="longer than is shown"),
    ],
)
def test_a_long_page_comes_in_parts(size: tuple[int, int], is_page: bool, bands: int, last: tuple[int, int]) -> None:
    content = file_of(Image.linear_gradient("L").resize(size).convert("RGB"))
    end = shown_picture(content, band=MAX_BANDS - 1, is_page=is_page)
    assert (end.bands, end.band, opened(end).size) == (bands, bands - 1, last)
    if 1 < bands < MAX_BANDS:
        first = opened(shown_picture(content, is_page=is_page))
        assert first.height == MAX_SHOWN_SIDE
        assert first.getpixel((0, 0))[0] < 5 and opened(end).getpixel((0, last[1] - 1))[0] > 250


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="a drawing"),
        pytest.param(b"<html><img src=x>", id="a page"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0", id="EPS"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(100), id="a broken one"),
        pytest.param(file_of(Image.new("1", (20_000, 4_100))), id="too many pixels"),
    ],
)
def test_what_is_no_picture_is_refused_with_words(content: bytes) -> None:
    with pytest.raises(UnreadableImage) as caught:
        shown_picture(content)
    assert str(caught.value) and caught.value.remedy


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(
    lines: bytes = bytes(7 * 2), *, head: bytes = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0), more: bytes = b""
) -> bytes:
    """Of 2 x 2 pixels."""
    pixels = chunk(b"IDAT", zlib.compress(lines))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + pixels + chunk(b"IEND", b"")


def test_a_png_of_ours_is_taken() -> None:
    assert picture_shown(messages.ShownAnswer(NONCE, png(), 2, 2, 0, 1, False)).png == png()


BOMB = chunk(b"IDAT", zlib.compress(bytes(50_000_000)))


@pytest.mark.parametrize(
    ("lie", "width", "height"),
    [
        pytest.param(b"", 2, 2, id="nothing"),
        pytest.param(b"GIF89a" + bytes(40), 2, 2, id="another format"),
        pytest.param(png(), 3, 2, id="another size than it has"),
        pytest.param(png(head=struct.pack(">IIBBBBB", 2, 2, 16, 6, 0, 0, 1)), 2, 2, id="another kind of pixels"),
        pytest.param(png(head=struct.pack(">IIBBBBB", 9999, 2, 8, 2, 0, 0, 0)), 2, 2, id="wider than it says"),
        pytest.param(png(bytes(7)), 2, 2, id="too few pixels"),
        pytest.param(png(bytes(7 * 3)), 2, 2, id="too many pixels"),
        pytest.param(png(b"\x05" + bytes(13)), 2, 2, id="a filter that there is not"),
        pytest.param(png(bytes(7) + b"\xff" + bytes(6)), 2, 2, id="a filter that there is not, further on"),
        pytest.param(png(more=chunk(b"iCCP", b"x\0\0" + zlib.compress(b"profile"))), 2, 2, id="a colour profile"),
        pytest.param(png(more=chunk(b"tEXt", b"a\0b")), 2, 2, id="words"),
        pytest.param(png(more=chunk(b"IHDR", bytes(13))), 2, 2, id="two heads"),
        pytest.param(png() + b"<script>", 2, 2, id="more behind its end"),
        pytest.param(png()[:-12], 2, 2, id="no end"),
        pytest.param(png()[:-14] + bytes([png()[-14] ^ 1]) + png()[-13:], 2, 2, id="a sum that is wrong"),
        pytest.param(png().replace(png()[33:-12], BOMB), 2, 2, id="a bomb"),
        pytest.param(png().replace(png()[33:-12], chunk(b"IDAT", b"no zlib")), 2, 2, id="not packed"),
    ],
)
def test_a_worker_that_lies_is_not_believed(lie: bytes, width: int, height: int) -> None:
    with pytest.raises(BadAnswer):
        picture_shown(messages.ShownAnswer(NONCE, lie, width, height, 0, 1, False))


async def test_a_confined_worker_shows_it_and_is_gone() -> None:
    async with ReaderPool() as pool:
        shown = await pool.shown(CAT)
        assert opened(shown).size == Image.open(io.BytesIO(CAT)).size
        assert len(pool.pids) == 1, "nothing else was started for it"
        with pytest.raises(UnreadableImage, match="no picture"):
            await pool.shown(b"no picture")
    assert pool.pids == ()
