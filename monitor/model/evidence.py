"""One sealed file in the vault, as the store knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from monitor.model.ids import NO_CAPTURE, NO_DIGEST, CaptureId, CaseId, ContentDigest, SightingId


class EvidenceKind(StrEnum):
    IMAGE = "image"  # that matched
    PAGE = "page"  # as rendered, or as it came; the pictures in it taken out
    SERVED = "served"  # as it came, where `page` is as a browser rendered it; likewise
    RECORD = "record"  # the facts of one sighting, JSON
    SCREENSHOT = "screenshot"  # made of the saved page
    WARC = "warc"
    MANIFEST = "manifest"  # which files a capture has
    OWN = "own"  # the person's own


MEDIA = frozenset({EvidenceKind.IMAGE, EvidenceKind.SCREENSHOT, EvidenceKind.WARC})
"""What shows the picture, where it is a sighting's own."""


@dataclass(frozen=True, slots=True)
class SealedFile:
    """What sealing gave back: digests are SHA-256, hex, of the plaintext and of the sealed file."""

    path: str  # relative to the vault
    plain_digest: ContentDigest
    sealed_digest: ContentDigest
    size: int  # bytes of plaintext


WITHHELD = SealedFile("", NO_DIGEST, NO_DIGEST, 0)
"""In the place of a file that was taken away because of another find: a page that showed somebody under 18, say."""


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """Several items may name one file: what two captures found unchanged is sealed once.

    sighting: whose own file it is (its picture, its screenshot, its record), so that it can go without the others'; ''
    where it is the capture's as a whole, or the person's own about no one sighting. capture: '' for the person's own.
    """

    id: str
    case: CaseId
    sighting: SightingId
    kind: EvidenceKind
    captured_at: datetime
    media_type: str
    file: SealedFile
    capture: CaptureId = NO_CAPTURE

    @property
    def is_media(self) -> bool:
        """It shows the picture of its sighting."""
        return self.kind in MEDIA and bool(self.sighting)

    @property
    def is_withheld(self) -> bool:
        return not self.file.path


def can_be_shown(item: EvidenceItem) -> bool:
    """It can be shown as one, as far as its kind tells."""
    is_own = item.kind is EvidenceKind.OWN and item.media_type.startswith("image/")
    return is_own or item.kind in (EvidenceKind.IMAGE, EvidenceKind.SCREENSHOT)


class TakenOut(NamedTuple):
    """A picture that was written into a page. digest, size (bytes): of its own bytes where they could be told, else of
    what stood there for it."""

    digest: ContentDigest
    size: int


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Of the page as it is sealed. digest: SHA-256, '' where nothing of it is. size: bytes. pictures: every one that
    was in it, in order. In its place stands `data:sha256,DIGEST`, as `Place.image_url` has it. withheld: why the page
    is not sealed as it came, '' where it is."""

    digest: ContentDigest
    size: int
    pictures: tuple[TakenOut, ...] = ()
    withheld: str = ""

    @property
    def taken_out(self) -> tuple[ContentDigest, ...]:
        return tuple(picture.digest for picture in self.pictures)
