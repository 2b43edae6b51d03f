"""What was read in a page, packed for the store, so that an unchanged page need not be read again."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from monitor.model.page import PageContent
from monitor.model.watch import Watch

MAX_UNPACKED = 8 * 1024 * 1024  # bytes; a page's links and images take some kilobytes


@dataclass(frozen=True, slots=True)
class Remembered:
    """settled_with: `Pass.settled_with` when every image of the page was decided, '' when one was not. images_at: when
    its images were last asked for. loaded: pictures that a browser got with the page, also such as are not looked at
    (thumbnails of what is looked at in full, icons). read_for: as `read_for` gives it. images_due: when the first of
    its images is asked for again. came_at: when the page last came whole. None: an older version did not note it."""

    content: PageContent
    settled_with: str
    images_at: datetime
    loaded: tuple[str, ...] = ()
    read_for: str = ""
    images_due: datetime | None = None
    came_at: datetime | None = None


def read_for(watch: Watch, depth: int) -> str:
    """What the watch takes of a page beside all its pictures and its next pages: with another selector, or where the
    program chooses links, an unchanged page has to be read again. '' where that is nothing."""
    links = "chosen" if watch.follow.chooses_at(depth) else watch.follow.links
    if not links and not watch.images.select:
        return ""
    return "\n".join((links, watch.images.select, str(watch.follow.same_site)))


def pack(remembered: Remembered) -> bytes:
    content = replace(remembered.content, text="", problem=None)
    return zlib.compress(msgspec.msgpack.encode(replace(remembered, content=content)), level=3)


def unpack(packed: bytes) -> Remembered | None:
    """None when nothing usable is there (an older version's packing, say): the page is then asked for anew."""
    if not packed:
        return None
    try:
        plain = zlib.decompressobj().decompress(packed, MAX_UNPACKED)
        return msgspec.msgpack.decode(plain, type=Remembered)
    except (zlib.error, msgspec.DecodeError):
        return None
