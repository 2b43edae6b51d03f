"""What was read in a page, packed for the store, so that an unchanged page need not be sent again."""

from __future__ import annotations

import zlib
from dataclasses import replace

import msgspec

from monitor.model.page import PageContent

MAX_UNPACKED = 8 * 1024 * 1024  # bytes; a page's links and images take some kilobytes


def pack(content: PageContent) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(replace(content, text="", problem=None)), level=3)


def unpack(remembered: bytes) -> PageContent | None:
    """None when nothing usable is there (an older version's packing, say): the page is then asked for anew."""
    if not remembered:
        return None
    try:
        plain = zlib.decompressobj().decompress(remembered, MAX_UNPACKED)
        return msgspec.msgpack.decode(plain, type=PageContent)
    except (zlib.error, msgspec.DecodeError, msgspec.ValidationError):
        return None
