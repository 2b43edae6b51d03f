"""A picture that was seen: its hashes are kept for retroactive matching, its pixels are not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.errors import UnreadableKind
from monitor.model.fingerprint import Detail, Frame
from monitor.model.ids import CaseId, ContentDigest


@dataclass(frozen=True, slots=True)
class SeenUrl:
    """A URL that was fetched before: enough to ask again conditionally, and to know that nothing changed. way: out, by
    which it was fetched (`crawl.way`); etag and last_modified go out by no other. ask_again_at, same_since: of a
    picture or a style sheet, as `crawl.freshness` has them; None where an older version noted it."""

    url: str
    etag: str | None
    last_modified: str | None
    digest: ContentDigest  # SHA-256 of the body, hex; "" where none was read
    checked_at: datetime
    outcome: str
    remembered: bytes = b""  # of a page: its content as `pipeline.remembered_page` packs it, so that a 304 can go on
    way: str = ""
    ask_again_at: datetime | None = None
    same_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One picture by its content. frames: as they are kept, without features. `detail`: FEATURES where the detector has
    looked, or had nothing left to decide. `planted`: the reference that it shows, where the person put it there to
    test a watch: nothing is told of it. `unreadable` holds the kind when it could not be decoded: never tried
    again by itself."""

    digest: ContentDigest  # SHA-256 of the bytes, hex
    case: CaseId
    first_seen: datetime
    last_seen: datetime
    page_url: str
    image_url: str
    watch: str
    frames: tuple[Frame, ...] = ()
    detail: Detail = Detail.HASHES
    matched_against: str = ""  # digest of the reference set it was last compared with
    unreadable: UnreadableKind | None = None
    planted: str = ""
