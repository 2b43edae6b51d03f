"""What a worker says that a picture looks like, checked: it goes to the person's browser, whose decoder of pictures is
to meet nothing that a worker in the site's hands could have made up. Needs no library of pictures.

A PNG of ours has a head, pixels in as many bytes as the head says, an end, and nothing else."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from monitor.model.shown import MAX_BANDS, MAX_SHOWN_SIDE, ShownPicture
from monitor.reader.messages import BadAnswer, ShownAnswer

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD = struct.Struct(">IIBBBBB")
_CHANNELS = 3
_FILTERS = 4  # the highest, PNG section 9.2
_PIECE = 256 * 1024


def answer_shown(shown: ShownPicture, nonce: bytes) -> ShownAnswer:
    return ShownAnswer(nonce, shown.png, shown.width, shown.height, shown.band, shown.bands, shown.has_more)


def picture_shown(answer: ShownAnswer) -> ShownPicture:
    """Raises BadAnswer."""
    if not (answer.band < answer.bands <= MAX_BANDS):
        raise BadAnswer(f"part {answer.band} of {answer.bands}")
    _check(answer.png, answer.width, answer.height)
    return ShownPicture(answer.png, answer.width, answer.height, answer.band, answer.bands, answer.has_more)


def _check(png: bytes, width: int, height: int) -> None:
    if not (1 <= width <= MAX_SHOWN_SIDE and 1 <= height <= MAX_SHOWN_SIDE):
        raise BadAnswer(f"a picture of {width} x {height} pixels")
    chunks = list(_chunks(png))
    if [kind for kind, _ in chunks[:1] + chunks[-1:]] != [b"IHDR", b"IEND"] or len(chunks[-1][1]):
        raise BadAnswer("a PNG without head or end")
    if any(kind != b"IDAT" for kind, _ in chunks[1:-1]):
        raise BadAnswer("a PNG with more than pixels")
    if bytes(chunks[0][1]) != _HEAD.pack(width, height, 8, 2, 0, 0, 0):
        raise BadAnswer("a PNG with another head")
    _check_pixels([content for _, content in chunks[1:-1]], width * _CHANNELS + 1, height)


def _chunks(png: bytes) -> Iterator[tuple[bytes, memoryview]]:
    if not png.startswith(_SIGNATURE):
        raise BadAnswer("no PNG")
    view, at = memoryview(png), len(_SIGNATURE)
    while at < len(view):
        size, kind = int.from_bytes(view[at : at + 4], "big"), bytes(view[at + 4 : at + 8])
        end = at + 8 + size
        if end + 4 > len(view):
            raise BadAnswer("a PNG that ends early")
        if zlib.crc32(view[at + 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            raise BadAnswer("a PNG whose sums are wrong")
        yield kind, view[at + 8 : end]
        at = end + 4


def _check_pixels(packed: list[memoryview], line: int, height: int) -> None:
    """line: bytes of one, with the filter before it."""
    unpacking, at = zlib.decompressobj(), 0
    try:
        for content in packed:
            for piece in _unpacked(unpacking, content):
                first = -at % line
                if any(kind > _FILTERS for kind in piece[first::line]):
                    raise BadAnswer("a line of a PNG that is written in no known way")
                at += len(piece)
                if at > line * height:
                    raise BadAnswer("more pixels than it says")
    except zlib.error as error:
        raise BadAnswer(f"pixels that cannot be unpacked: {error}") from error
    if at != line * height or not unpacking.eof or unpacking.unused_data:
        raise BadAnswer(f"{at} bytes of pixels, {line * height} said")


def _unpacked(unpacking: zlib._Decompress, content: memoryview) -> Iterator[bytes]:
    piece = unpacking.decompress(content, _PIECE)
    while piece:
        yield piece
        piece = unpacking.decompress(unpacking.unconsumed_tail, _PIECE)
