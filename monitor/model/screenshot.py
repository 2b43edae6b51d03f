"""A screenshot is made from what was saved, with the network off: what it is made of, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.model.ids import NO_DIGEST, ContentDigest


@dataclass(frozen=True, slots=True)
class SavedPicture:
    """The one picture that is shown. addresses: that gave these bytes, absolute or `data:sha256,DIGEST`; they are shown
    as they are. variants: by which the page names the same picture in other sizes, a thumbnail most of all: these bytes
    are shown there too, in a box of that size."""

    body: bytes
    media_type: str
    addresses: frozenset[str]
    variants: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SavedSheet:
    """A style sheet, without the pictures that were written into it."""

    url: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPage:
    """All in memory. url: after redirects. body: as it is sealed, without pictures. page_digest: SHA-256 of the page as
    it came, pictures and all. is_rendered: `body` and `page_digest` are of what a browser had made of the page;
    served_digest: of what it was made of, '' where that could not be had whole. sizes: width and height in
    pixels of other pictures, by address, as far as they are known. picture: None where it is not kept."""

    url: str
    account: str
    fetched_at: datetime
    body: bytes
    media_type: str
    page_digest: ContentDigest
    picture: SavedPicture | None = None
    is_rendered: bool = False
    served_digest: ContentDigest = NO_DIGEST
    sheets: tuple[SavedSheet, ...] = ()
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Screenshot:
    """pieces: PNG files from top to bottom, each with the strip that says what it is; none where `why_not` says what
    happened, in plain words. width, height: of the whole page, pixels; cut_at: its height as far as it is shown, 0
    where that is all. greyed: other pictures, and what scripts had drawn, a grey box each. refused: whatever else the
    page wanted to load."""

    pieces: tuple[bytes, ...] = ()
    width: int = 0
    height: int = 0
    cut_at: int = 0
    greyed: int = 0
    refused: int = 0
    why_not: str = ""
