"""The same photographs as files of every kind that people save, and that sites pass on."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import pillow_heif
from PIL import Image, ImageChops

from bench.kinds import Question, Trial, jpeg
from bench.photographs import Photograph

ENROLLED, ASKED, STRANGERS = 24, 8, 2  # asked and strangers: of each row
CUT = 0.7  # of each side of the photo is shown: a hash alone does not find it
LARGE = (12_000, 9_000)  # pixels: 108 megapixels

pillow_heif.register_heif_opener()


def saved(kind: str, **options: object) -> Callable[[Image.Image], bytes]:
    def save(image: Image.Image) -> bytes:
        file = io.BytesIO()
        image.save(file, kind, **options)
        return file.getvalue()

    return save


def inks(stands: bool, marked: bool) -> Callable[[Image.Image], bytes]:
    """stands: as it is, not inverted as Adobe has it."""

    def save(image: Image.Image) -> bytes:
        image = image.convert("CMYK")  # Pillow inverts what it writes
        data = saved("JPEG", quality=85)(ImageChops.invert(image) if stands else image)
        at = data.index(b"\xff\xee")
        return data if marked else data[:at] + data[at + 2 + struct.unpack_from(">H", data, at + 2)[0] :]

    return save


ROWS: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG": saved("JPEG", quality=85),
    "JPEG, progressive": saved("JPEG", quality=85, progressive=True),
    "JPEG, 108 megapixels": lambda image: saved("JPEG", quality=80)(image.resize(LARGE, Image.Resampling.BILINEAR)),
    "JPEG, CMYK": inks(stands=False, marked=True),
    "JPEG, CMYK without a marker, as it stands": inks(stands=True, marked=False),
    "JPEG, CMYK without a marker, inverted": inks(stands=False, marked=False),
    "PNG": saved("PNG", compress_level=1),
    "GIF": lambda image: saved("GIF")(image.quantize(256)),
    "WebP": saved("WEBP", quality=75),
    "AVIF": saved("AVIF", quality=60, speed=10),
    "HEIC": saved("HEIF", quality=55),
    "HEIC of tiles": saved("HEIF", quality=55, tile_size=512),
    "TIFF, LZW": saved("TIFF", compression="tiff_lzw"),
    "TIFF, JPEG": saved("TIFF", compression="jpeg"),
    "BMP": saved("BMP"),
}


def _made(row: str, item: Photograph, seed: int, number: int) -> bytes:
    image, random = item.image(), np.random.default_rng((seed, number))
    width, height = (int(side * CUT) for side in image.size)
    left, top = int(random.integers(0, image.width - width)), int(random.integers(0, image.height - height))
    return ROWS[row](image.crop((left, top, left + width, top + height)))


def trials(photographs: Sequence[Photograph], seed: int) -> Iterator[Trial]:
    order = [photographs[n] for n in np.random.default_rng(seed).permutation(len(photographs))]
    mine, others = order[:ENROLLED], order[ENROLLED:]
    enrolled = {item.name: partial(lambda item: jpeg(item.image(), 92), item) for item in mine}
    questions = [
        Question(partial(_made, row, item, seed, number), f"{row}, cut to 70 %", (item.name,))
        for row in ROWS
        for number, item in enumerate(mine[:ASKED])
    ]
    questions += [
        Question(partial(_made, row, item, seed, number), "strangers of every kind")
        for at, row in enumerate(ROWS)
        for number, item in enumerate(others[at * STRANGERS : (at + 1) * STRANGERS])
    ]
    yield Trial("formats", enrolled, questions)
