"""Pictures made to do harm, and good ones to be broken at random. Everything is generated."""

from __future__ import annotations

import contextlib
import functools
import io
import random
import struct
import warnings
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms

from bench import phone_heic

PNG = b"\x89PNG\r\n\x1a\n"


def picture(seed: int, width: int = 150, height: int = 110) -> Image.Image:
    """RGBA, soft shapes; half of it see-through for odd seeds."""
    small = np.random.default_rng(seed).integers(0, 256, (9, 11, 4), dtype=np.uint8)
    image = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    if seed % 2 == 0:
        image.putalpha(255)
    return image


def saved(image: Image.Image, format_name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


@functools.cache
def seeds() -> dict[str, bytes]:
    """Every format in every way of writing it that Pillow has."""
    clear, solid = picture(1), picture(2)
    colour, grey = solid.convert("RGB"), solid.convert("L")
    more = [picture(n) for n in range(3, 8)]
    exif = Image.Exif()
    exif[0x0112] = 6
    deep = Image.fromarray(np.arange(110 * 150, dtype=np.uint16).reshape(110, 150) * 3)
    moving: dict[str, object] = {"save_all": True, "append_images": more, "duration": 80}
    return {
        "jpeg": saved(colour, "JPEG"),
        "jpeg progressive": saved(colour, "JPEG", progressive=True),
        "jpeg grey": saved(grey, "JPEG"),
        "jpeg cmyk": saved(colour.convert("CMYK"), "JPEG"),
        "jpeg turned": saved(colour, "JPEG", exif=exif),
        "jpeg restarts": saved(colour, "JPEG", restart_marker_blocks=3, subsampling=0, icc_profile=b"x" * 200),
        "jpeg large": saved(picture(2, 1600, 1200).convert("RGB"), "JPEG", quality=40),
        "png": saved(colour, "PNG"),
        "png grey": saved(grey, "PNG"),
        "png alpha": saved(clear, "PNG"),
        "png palette": saved(colour.quantize(17), "PNG", transparency=3),
        "png 1 bit": saved(grey.convert("1"), "PNG"),
        "png 16 bit": saved(deep, "PNG"),
        "png moving": saved(clear, "PNG", **moving),
        "gif": saved(colour, "GIF"),
        "gif alpha": saved(clear, "GIF"),
        "gif moving": saved(clear, "GIF", disposal=2, **moving),
        "webp": saved(colour, "WEBP"),
        "webp lossless": saved(colour, "WEBP", lossless=True),
        "webp alpha": saved(clear, "WEBP"),
        "webp moving": saved(clear, "WEBP", **moving),
        "avif": saved(colour, "AVIF", speed=10),
        "avif alpha": saved(clear, "AVIF", speed=10),
        "avif moving": saved(clear, "AVIF", speed=10, **moving),
        "heic": saved(colour, "HEIF"),
        "heic alpha": saved(clear, "HEIF"),
        "heic of tiles": saved(colour, "HEIF", tile_size=64),
        "heic of a phone": phone_heic.iphone(colour, tiny_heic, quarters=3, aux=[phone_heic.DEPTH], tile_side=64),
        "heic of a motion photo": phone_heic.samsung(colour, tiny_heic, film=True),
        "tiff": saved(colour, "TIFF"),
        "tiff lzw": saved(clear, "TIFF", compression="tiff_lzw"),
        "tiff deflate": saved(colour, "TIFF", compression="tiff_adobe_deflate"),
        "tiff jpeg": saved(colour, "TIFF", compression="jpeg"),
        "tiff fax": saved(grey.convert("1"), "TIFF", compression="group4"),
        "tiff lab": modes()["TIFF LAB"],
        "tiff 16 bit": saved(deep, "TIFF"),
        "tiff pages": saved(colour, "TIFF", save_all=True, append_images=more),
        "bmp": saved(colour, "BMP"),
        "bmp palette": saved(colour.quantize(17), "BMP"),
    }


@functools.cache
def modes() -> dict[str, bytes]:
    """Every mode that Pillow writes and opens again in the formats that come from cameras, scanners and editors, with
    and without a profile of its colours."""
    colour, grey = picture(2).convert("RGB"), picture(2).convert("L")
    numbers = np.asarray(grey).astype(np.uint16) * 257
    shown = {mode: colour.convert(mode) for mode in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")}
    shown["LAB"] = Image.merge("LAB", [grey, *(Image.new("L", grey.size, 128) for _ in range(2))])
    shown["I;16"], shown["I;16B"] = Image.fromarray(numbers), Image.fromarray(numbers.astype(">u2"))
    shown["I"], shown["F"] = (Image.fromarray(numbers.astype(kind)) for kind in (np.int32, np.float32))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = dict[str, bytes]()
    for name in ("TIFF", "BMP", "PNG", "HEIF"):
        for mode, image in shown.items():
            with contextlib.suppress(OSError, KeyError, ValueError), warnings.catch_warnings():  # not of this format
                warnings.simplefilter("ignore")  # pillow-heif asks Pillow in an old way
                found[f"{name} {mode}"] = saved(image, name)
                found[f"{name} {mode} with a profile"] = saved(image, name, icc_profile=profile)
    return found


def mutations(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """(name, bytes): what was broken and how, the same for the same seed."""
    chance = random.Random(seed)
    good = seeds()
    names = list(good)
    for number in range(count):
        name = chance.choice(names)
        data = bytearray(good[name])
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            _break(data, chance, good[chance.choice(names)])
        yield f"{number} {name}", bytes(data)


def _break(data: bytearray, chance: random.Random, other: bytes) -> None:
    if not data:
        return
    # most of what can go wrong stands in headers
    at = chance.randrange(min(len(data), chance.choice((64, 400, len(data)))))
    match chance.randrange(9):
        case 0:
            data[at] ^= 1 << chance.randrange(8)
        case 1:
            data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))
        case 2:  # a length, a size, a count
            value = chance.choice((0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF))
            order = chance.choice((">I", "<I"))
            data[at : at + 4] = struct.pack(order, value)
        case 3:
            data[at : at + 2] = struct.pack(">H", chance.choice((0, 1, 0x7FFF, 0x8000, 0xFFFF)))
        case 4:
            del data[at:]
        case 5:
            del data[at : at + chance.randrange(1, 64)]
        case 6:
            data[at:at] = data[at : at + chance.randrange(1, 200)] * chance.choice((1, 1, 30))
        case 7:
            data[at:at] = chance.randbytes(chance.randrange(1, 64))
        case _:  # half of one, half of another
            data[at:] = other[chance.randrange(len(other)) :]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *more: bytes, rows: int = 4) -> bytes:
    """Claims (width, height); holds a few rows."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress((b"\0" + bytes(width)) * rows, 1))
    return PNG + header + b"".join(more) + data + chunk(b"IEND", b"")


def packed_text(size: int) -> bytes:
    """A text chunk that unpacks to `size` bytes."""
    packer = zlib.compressobj(1)
    parts = [packer.compress(bytes(1024 * 1024)) for _ in range(size // 1024 // 1024)]
    return chunk(b"zTXt", b"Comment\0\0" + b"".join(parts) + packer.flush())


def jpeg_of_scans(scans: int, side: int = 8000) -> bytes:
    """A valid progressive JPEG: each scan is a hundred bytes and makes the decoder walk over every block."""

    def segment(marker: int, body: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body

    def table(number: int, symbol: int) -> bytes:  # one symbol, of one bit: 0
        return segment(0xC4, bytes([number, 1]) + bytes(15) + bytes([symbol]))

    blocks = (side // 8) ** 2
    start = (
        b"\xff\xd8"
        + segment(0xDB, b"\0" + b"\1" * 64)
        + segment(0xC2, struct.pack(">BHHBBBB", 8, side, side, 1, 1, 0x11, 0))
        + table(0x00, 0)
        + table(0x10, 0xE0)
    )
    first = segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + bytes(blocks // 8 + 1)  # every difference is 0
    # "the next 16,384 blocks are empty" is one bit of symbol and fourteen of count, all 0
    further = segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + bytes((blocks // 16_384 + 1) * 15 // 8 + 1)
    return start + first + further * scans + b"\xff\xd9"


def gif_of_frames(frames: int, side: int = 1000) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"!\xf9\4\0\1\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0"
    return head + frame * frames + b";"


def tiff(*, side: int = 0, counts: int = 0, round_and_round: bool = False) -> bytes:
    """A good one with one lie: a size, how many values each tag has, or a page that names itself as the next."""
    data = bytearray(seeds()["tiff"])
    (start,) = struct.unpack_from("<I", data, 4)
    (tags,) = struct.unpack_from("<H", data, start)
    for at in range(start + 2, start + 2 + 12 * tags, 12):
        if side and struct.unpack_from("<H", data, at)[0] in (256, 257):
            struct.pack_into("<HII", data, at + 2, 4, 1, side)
        if counts:
            struct.pack_into("<I", data, at + 4, counts)
    if round_and_round:
        struct.pack_into("<I", data, start + 2 + 12 * tags, start)
    return bytes(data)


def tiny_heic(image: Image.Image) -> bytes:
    return saved(image.convert("RGB"), "HEIF", quality=30)


def heic_grid(
    across: int, down: int, *, side: int = 64, size: tuple[int, int] | None = None, tiles: int | None = None
) -> bytes:
    """A grid of one tile over and over. side: of it, in pixels. size: that it claims. tiles: how many it names."""
    file, tile = phone_heic.File(), picture(2, side, side)
    one = file.picture(phone_heic.coded(tiny_heic(tile)), hidden=True)
    claimed = size or (side * across, side * down)
    wide = struct.pack(">BBBBII", 0, 1, down - 1, across - 1, *claimed)
    item = file.add("grid", wide, [phone_heic.extent(claimed)], inside=True)
    file.refer("dimg", item, *[one] * (across * down if tiles is None else tiles))
    return file.bytes(item)


def heic_in_itself(kind: str) -> bytes:
    """A derived picture that is made of another one, which is made of it."""
    file = phone_heic.File()
    made = struct.pack(">BBBBHH", 0, 0, 0, 0, 64, 64) if kind == "grid" else b""
    one, other = (file.add(kind, made, [phone_heic.extent((64, 64))], inside=True) for _ in range(2))
    file.refer("dimg", one, other)
    file.refer("dimg", other, one)
    return file.bytes(one)


def heic_of_extents(count: int, length: int) -> bytes:
    """Its coded picture is said to be `count` times the same bytes, one after the other."""
    file = phone_heic.File()
    item = file.picture(phone_heic.coded(tiny_heic(picture(2))))
    file.mdat += bytes(length)
    data = file.bytes(item)
    start = data.index(b"iloc") - 4
    size, whole = struct.unpack_from(">I", data, start)[0], len(data)
    extents = struct.pack(">II", whole - length, length) * count
    body = b"\x01\0\0\0\x44\0" + struct.pack(">HHHHH", 1, item, 0, 0, count) + extents
    grown = len(body) + 8 - size
    body = body.replace(struct.pack(">II", whole - length, length), struct.pack(">II", whole - length + grown, length))
    meta = data.index(b"meta") - 4
    moved = data[:meta] + struct.pack(">I", struct.unpack_from(">I", data, meta)[0] + grown) + data[meta + 4 : start]
    return moved + struct.pack(">I", len(body) + 8) + b"iloc" + body + data[start + size :]


def heic_bombs() -> dict[str, bytes]:
    good = seeds()
    claims = struct.pack(">II", 150, 110)
    return {
        "a heic that claims 60,000 x 60,000": good["heic"].replace(claims, struct.pack(">II", 60_000, 60_000)),
        "a heic of 65,025 tiles": heic_grid(255, 255),
        "a heic of 961 tiles": heic_grid(31, 31),
        "a heic that claims more than its tiles": heic_grid(2, 2, size=(8_000, 8_000)),
        "a heic that names no tile": heic_grid(4, 4, tiles=0),
        "a heic that is a grid of itself": heic_in_itself("grid"),
        "a heic that is itself": heic_in_itself("iden"),
        "a heic of one piece 20,000 times": heic_of_extents(20_000, 100_000),
        "a heic whose film has no end": good["heic"] + struct.pack(">I4sQ", 1, b"mdat", 2**63) + bytes(5_000),
        "half a heic of a phone": good["heic of a phone"][: len(good["heic of a phone"]) // 2],
    }


def bombs() -> dict[str, bytes]:
    good = seeds()
    return {
        **heic_bombs(),
        "a png that claims 50,000 x 50,000": png(50_000, 50_000),
        "a png that claims 2,147,483,647 on a side": png(2**31 - 1, 1, rows=0),
        "a png as large as allowed": png(8900, 8900, rows=8900),
        "a png with a text of 256 MB": png(10, 10, packed_text(256 * 1024**2)),
        "a png of 100,000 chunks": png(10, 10, chunk(b"tEXt", b"a\0b") * 100_000),
        "a png that says it moves without end": png(100, 100, chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))),
        "a gif of 100,000 frames": gif_of_frames(100_000),
        "a gif that claims 65,535 x 65,535": gif_of_frames(3, 65_535),
        "a jpeg that claims 65,500 x 65,500": jpeg_of_scans(1, 65_500),
        "a webp that claims 16,384 x 16,384": good["webp lossless"].replace(
            good["webp lossless"][21:25], b"\xff" * 4, 1
        ),
        "half a jpeg": good["jpeg"][: len(good["jpeg"]) // 2],
        "a tiff that claims 60,000 x 60,000": tiff(side=60_000),
        "a tiff of endless tags": tiff(counts=0x0FFF_FFFF),
        "a tiff whose pages go round": tiff(round_and_round=True),
        "a bmp that claims 60,000 x 60,000": good["bmp"][:18] + struct.pack("<ii", 60_000, 60_000) + good["bmp"][26:],
        "half a heic": good["heic"][: len(good["heic"]) // 2],
        "half an avif": good["avif"][: len(good["avif"]) // 2],
        "a gif that is a script": b"GIF89a/*" + bytes(50) + b"*/=1;alert(1)//<svg onload=alert(1)>",
        "a jpeg that is an archive": good["jpeg"] + b"PK\3\4" + b"\0" * 500_000,
        "a jpeg that is a page": good["jpeg"][:2] + b"\xff\xfe\0\x20<script>alert(document.domain)" + good["jpeg"][2:],
        "postscript with a picture's name": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) file\n",
        "a page of 30 MB": b"<html>" * 5_000_000,
    }
