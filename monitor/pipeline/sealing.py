"""What one run seals, and how: beside the loop and before the transaction that writes the row. A body is sealed once,
however many finds it is evidence of; and a run, and a day, have a cap: a site that puts out large pages without end
must not fill the disk, for then nothing more could be recorded at all.

Between a file and its row lie seconds. A crash there leaves a file that no row names (`vault_keeping` puts it aside);
what was decided meanwhile is looked up again in the transaction (`recording`), and a file that is not wanted any more
is taken away at once (`drop`).
"""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.documents.find_record import record_of
from monitor.errors import SealError
from monitor.model.evidence import EvidenceKind, PageFacts, SealedFile
from monitor.model.ids import NO_DIGEST, ContentDigest, new_id
from monitor.model.match import Match, Tier
from monitor.model.page import Fetched
from monitor.model.sighting import Place, Sighting
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.sealable_page import SealablePage
from monitor.pipeline.second_reading import sealable_page

log = logging.getLogger(__name__)

SHARES = {EvidenceKind.PAGE: 0.25, EvidenceKind.IMAGE: 0.9, EvidenceKind.RECORD: 1.0}
"""How far into the cap each kind may go: the picture is what counts, so large pages leave room for it, and both leave
some for the facts of the fetch, which are small."""

PACK_ABOVE = 256 * 1024  # bytes; what inflated to megabytes came over the wire as kilobytes, and is kept as such
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Content:
    """digest: SHA-256 of the body as it came, by which several finds share one file; '' for what none shares."""

    kind: EvidenceKind
    media_type: str
    plain: bytes
    digest: ContentDigest = NO_DIGEST


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file in the vault, not yet a row. kind, media_type: as in `EvidenceItem`."""

    kind: EvidenceKind
    media_type: str
    file: SealedFile


@dataclass(frozen=True, slots=True, eq=False)
class ToSeal:
    """Evidence of one find. image, page: None where they are not in hand.
    is_page_closed: a find on the same page was closed as under 18: its text is not kept."""

    sighting: Sighting
    match: Match
    place: Place
    image: Fetched | None
    page: Fetched | None
    at: datetime
    is_page_closed: bool = False


@dataclass
class Sealing:
    """What a run has sealed. files: by kind and the body's digest. named: files that a row of this run names, or named.
    pages: what was taken out of each page, by the digest it came with. too_much: what a
    cap left no room for. used: bytes of plaintext that this run sealed;
    before: that were sealed in the last day when it began, None as long as nobody asked. reached: the cap that was
    reached, None as long as none was; left_out: how many pages, pictures and records were not kept for it.
    turn: held from the first file of a lot to its rows; of a run, one lot at a time is sealed."""

    deps: Dependencies
    files: dict[tuple[EvidenceKind, str], Sealed] = field(default_factory=dict)
    pages: dict[str, PageFacts] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    too_much: set[tuple[EvidenceKind, str]] = field(default_factory=set)
    used: int = 0
    before: int | None = None
    reached: int | None = None
    left_out: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def seal(self, wanted: Sequence[ToSeal]) -> tuple[tuple[Sealed, ...], ...]:
        """For each, the files of what could be kept of it: one that could not loses the find no less. Cancelled, it
        leaves nothing behind."""
        if self.deps.vault is None or not wanted:
            return ((),) * len(wanted)
        if self.before is None:
            self.before = self.deps.store.evidence.bytes_since(self.deps.clock() - DAY)
        self._forget_removed()
        pages = {one.page.digest: one.page for one in wanted if one.page is not None and one.page.body}
        sealable = {digest: await self._sealable(page) for digest, page in pages.items()}
        working = asyncio.ensure_future(asyncio.to_thread(self._seal_all, wanted, sealable))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            self.drop(file for files in await working for file in files)
            raise

    def is_there(self, sealed: Sealed) -> bool:
        """In the transaction that is to name it. False: it was taken away, by what was decided of a find that shares
        it, since this run wrote that one's row."""
        return sealed.file.path not in self.named or self.deps.store.evidence.names(sealed.file.path)

    def are_named(self, kept: Iterable[Sealed]) -> None:
        """Rows name them: from here on they can be taken away by others."""
        self.named.update(one.file.path for one in kept)

    def drop(self, unwanted: Iterable[Sealed]) -> None:
        """Files that got no row: gone at once."""
        unwanted = list(unwanted)
        paths = {one.file.path for one in unwanted} - self.named
        if not paths or self.deps.vault is None:
            return
        self.files = {key: one for key, one in self.files.items() if one.file.path not in paths}
        self.used -= sum({one.file.path: one.file.size for one in unwanted if one.file.path in paths}.values())
        for path, taken in self.deps.vault.remove(*sorted(paths)).items():
            if taken.why:  # put aside in an hour, as what a crash leaves
                log.warning("sealed for nothing and not removed", extra={"action": "not_removed", "file": path})

    def _forget_removed(self) -> None:
        """What is already sealed is not sealed again, as long as it is there."""
        self.files = {key: one for key, one in self.files.items() if self.is_there(one)}

    async def _sealable(self, page: Fetched) -> SealablePage:
        """Of one that is sealed already, or too large for this run, only the facts."""
        key = (EvidenceKind.PAGE, page.digest)
        if page.digest in self.pages and (key in self.files or key in self.too_much):
            return SealablePage(b"", self.pages[page.digest])
        sealable = await sealable_page(page, self.deps.reader)
        self.pages[page.digest] = sealable.facts
        return sealable

    # -- beside the loop: no store here

    def _seal_all(
        self, wanted: Sequence[ToSeal], pages: Mapping[ContentDigest, SealablePage]
    ) -> tuple[tuple[Sealed, ...], ...]:
        done: list[list[Sealed]] = []
        try:
            for one in wanted:
                done.append([])
                for content in self._contents(one, pages):
                    sealed = self._seal(content)
                    if sealed is not None:
                        done[-1].append(sealed)
        except BaseException:
            self.drop(sealed for files in done for sealed in files)
            raise
        return tuple(map(tuple, done))

    def _contents(self, one: ToSeal, pages: Mapping[ContentDigest, SealablePage]) -> Iterator[Content]:
        """What is only `possible` keeps text and digests. Its picture is kept by a look that sees a match in it;
        that the person confirmed it changes nothing here."""
        page, image = one.page, one.image
        sealable = pages.get(page.digest) if page is not None else None
        told = record_of(one.sighting, one.match, one.place, image, page, one.at, sealable.facts if sealable else None)
        yield Content(EvidenceKind.RECORD, "application/json", told)
        if page is not None and sealable is not None and not one.is_page_closed:
            media_type = sealable.media_type or page.header("content-type") or "text/html"
            yield Content(EvidenceKind.PAGE, media_type, sealable.body, page.digest)
        if image is not None and one.match.tier is Tier.MATCH and self.deps.settings.evidence.keep_images:
            yield Content(EvidenceKind.IMAGE, image.header("content-type") or "image/*", image.body, image.digest)

    def _seal(self, content: Content) -> Sealed | None:
        known = self.files.get((content.kind, content.digest)) if content.digest else None
        if known is not None:
            return known
        if (content.kind, content.digest) in self.too_much:
            self.left_out += 1
            return None
        if content.kind is EvidenceKind.PAGE and not content.plain:
            return None  # it was itself a picture
        vault, body = self.deps.vault, _packed(content)
        if vault is None:
            return None
        if not self._has_room(content.kind, len(body.plain)):
            if content.digest:
                self.too_much.add((content.kind, content.digest))
            return None
        try:
            file = vault.seal(new_id(self.deps.clock()), body.plain)
        except SealError as error:
            # A find is never lost because its evidence could not be kept: it is recorded and the person is told.
            log.error("evidence not sealed", exc_info=error, extra={"action": "seal_failed", "kind": content.kind})
            return None
        self.used += file.size
        sealed = Sealed(content.kind, body.media_type[:200], file)
        if content.digest:
            self.files[content.kind, content.digest] = sealed
        return sealed

    def _has_room(self, kind: EvidenceKind, size: int) -> bool:
        settings = self.deps.settings.evidence
        for cap, used in (
            (settings.max_run_bytes, self.used),
            (settings.max_day_bytes, self.used + (self.before or 0)),
        ):
            if used + size > cap * SHARES[kind]:
                if self.reached is None:
                    log.warning("evidence not kept: cap reached", extra={"action": "evidence_cap", "at": cap})
                self.reached = self.reached or cap
                self.left_out += 1
                return False
        return True


def _packed(content: Content) -> Content:
    """Large text as gzip, where that halves it at least. `zcat` gives back the bytes that were sealed."""
    if content.kind is not EvidenceKind.PAGE or len(content.plain) <= PACK_ABOVE:
        return content
    packed = gzip.compress(content.plain, compresslevel=1, mtime=0)
    if len(packed) * 2 > len(content.plain):
        return content
    return replace(content, media_type="application/gzip", plain=packed)
