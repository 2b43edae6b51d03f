"""Our strip above what a browser drew, in one PNG file. What it drew is not unpacked for that: one black row stands
between the two, which is what a PNG's first row builds upon, so that its packed rows go on behind ours as they are."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD = struct.Struct(">IIBBBBB")
_RGB = (8, 2, 0, 0, 0)  # what Chromium draws: 8 bits, red green blue, not interlaced
_BASE = 65_521  # of Adler-32, RFC 1950
_MAX_STRIP = 64 * 1024 * 1024  # bytes of its rows


class NoPng(ValueError):
    """Not a PNG file as Chromium draws them."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """packed: a zlib stream."""

    width: int
    height: int
    packed: bytes


def above(strip: bytes, page: bytes) -> bytes:
    """One PNG file of two that are equally wide. strip: our own. Raises NoPng."""
    top, below = _read(strip), _read(page)
    if top.width != below.width:
        raise NoPng(f"{top.width} and {below.width} pixels wide")
    row = 3 * top.width + 1
    unpacking = zlib.decompressobj()
    rows = unpacking.decompress(top.packed, _MAX_STRIP)
    if len(rows) != row * top.height:
        raise NoPng("the strip does not have the rows that it says it has")
    rows += b"\0" * row
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packing.compress(rows) + packing.flush(zlib.Z_FULL_FLUSH) + below.packed[2:-4]
    (check,) = struct.unpack(">I", below.packed[-4:])
    total = _both(zlib.adler32(rows), check, row * below.height)
    head = _HEAD.pack(top.width, top.height + 1 + below.height, *_RGB)
    packed = b"\x78\x9c" + body + struct.pack(">I", total)
    return SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _read(png: bytes) -> _Drawn:
    if not png.startswith(SIGNATURE):
        raise NoPng("no PNG file")
    head, packed = b"", list[bytes]()
    for name, content in _chunks(png):
        if name == b"IHDR":
            head = content
        elif name == b"IDAT":
            packed.append(content)
    if len(head) != _HEAD.size or _HEAD.unpack(head)[2:] != _RGB:
        raise NoPng("not 8 bits of red, green and blue")
    width, height = _HEAD.unpack(head)[:2]
    drawn = _Drawn(width, height, b"".join(packed))
    if not width or not height or len(drawn.packed) < 8 or drawn.packed[0] & 0x0F != 8 or drawn.packed[1] & 0x20:
        raise NoPng("no packed rows")
    return drawn


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at + 12 <= len(png):
        (size,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += 12 + size


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _both(one: int, other: int, size: int) -> int:
    """Adler-32 of two runs of bytes, by those of each; size: of the other."""
    low = (one & 0xFFFF) + (other & 0xFFFF) - 1
    high = (one >> 16) + (other >> 16) + size * ((one & 0xFFFF) - 1)
    return (high % _BASE) << 16 | low % _BASE
