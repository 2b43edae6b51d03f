"""What one run seals, and how: beside the loop and before the transaction that writes the row. `contents` says what. A
body is sealed once, however many finds it is evidence of; and a run, and a day, have a cap: a site that puts out large
pages without end must not fill the disk, for then nothing more could be recorded at all.

Between a file and its row lie seconds. A crash there leaves a file that no row names (`vault_keeping` puts it aside);
what was decided meanwhile is looked up again in the transaction (`recording`), and a file that is not wanted any more
is taken away at once (`drop`).
"""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.acting import acting_for_all
from monitor.clock_trust import ClockTrust, clock_trust
from monitor.errors import SealError
from monitor.model.capture import Missing
from monitor.model.evidence import EvidenceItem, EvidenceKind, PageFacts, SealedFile
from monitor.model.ids import CaptureId, CaseId, ContentDigest, digest_of, new_id
from monitor.model.intent import IntentKind
from monitor.model.page import Fetched
from monitor.model.quota import QuotaKind
from monitor.pipeline.contents import Content, ToSeal, contents_of, warc_key
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.leaps import marked_by_leap
from monitor.pipeline.quota import NO_MORE_CAPTURES, NO_MORE_EVIDENCE
from monitor.pipeline.sealable_page import SealablePage
from monitor.pipeline.second_reading import sealable_page
from monitor.pipeline.warc_files import as_served

log = logging.getLogger(__name__)

PAGES_SHARE, PICTURES_SHARE, RECORDS_SHARE = 0.25, 0.9, 1.0
"""How far into the cap each may go: the picture is what counts, so large pages leave room for it, and both leave
some for the facts of the fetch, which are small."""
CAP_REACHED = "There was no room left for it: [evidence] max_run_bytes or max_day_bytes was reached."

MOST_FILES_OF_FIND = 8
"""That are made of one find: its record, the page in two forms, the picture, and how each of them came."""

PACK_ABOVE = 256 * 1024  # bytes; what inflated to megabytes came over the wire as kilobytes, and is kept as such
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file in the vault, not yet a row. kind, media_type: as in `EvidenceItem`. is_shared: of the capture as a
    whole."""

    kind: EvidenceKind
    media_type: str
    file: SealedFile
    is_shared: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class KeptOfFind:
    """Of one find. missing: what it lacks, and why. failed: why something could not be written, so that it is worth
    another try; '' where nothing failed. unwritten: kinds of which that is so. had: kinds that were there already, byte
    for byte, and are not written again."""

    files: tuple[Sealed, ...] = ()
    missing: tuple[Missing, ...] = ()
    failed: str = ""
    unwritten: tuple[EvidenceKind, ...] = ()
    had: tuple[EvidenceKind, ...] = ()


NOTHING_KEPT = KeptOfFind()
_WANTED = (EvidenceKind.RECORD, EvidenceKind.PAGE, EvidenceKind.IMAGE)
_NOT_TODAY = KeptOfFind(
    missing=tuple(Missing(kind, NO_MORE_CAPTURES) for kind in _WANTED), failed=NO_MORE_CAPTURES, unwritten=_WANTED
)
LookKey = tuple[CaseId, str, object, ContentDigest]


@dataclass
class Sealing:
    """What a run has sealed. captures: of each look at a page. unfinished: those of which rows were written since
    `manifests.complete`, with their cases. files: by kind and the body's digest. named: files that a row of this run
    names, or named. pages: what was taken out of each page, by the digest it came with. too_much: what a cap left no
    room for. used: bytes of plaintext that this run sealed; before: that were sealed in the last day when it began,
    None as long as nobody asked. reached: the cap that was reached, None as long as none was; left_out: how many pages,
    pictures and records were not kept for it. trust: the kernel's word on our clock when it began.
    not_sealed: how many files could not be written; failed: why, of the first.
    names: that are written down for what is sealed next, so that what a crash leaves is known for what it is.
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
    not_sealed: int = 0
    failed: str = ""
    captures: dict[LookKey, CaptureId] = field(default_factory=dict)
    unfinished: dict[CaptureId, CaseId] = field(default_factory=dict)
    trust: ClockTrust = field(default_factory=clock_trust)
    names: list[str] = field(default_factory=list)
    counted: set[CaptureId] = field(default_factory=set)  # against the quota of the case
    room_of_case: int | None = None  # bytes that its quota still lets it keep; None: any number
    over_quota: int = 0  # pages, pictures and records that were not kept for it
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def capture_of(self, case: CaseId, page: Fetched | None) -> CaptureId:
        """The same for all finds of one look at a page, however many lots they come in; without one, each its own."""
        if page is None:
            return CaptureId(new_id(self.deps.clock()))
        return self.captures.setdefault(_look(case, page), CaptureId(new_id(self.deps.clock())))

    def is_of(self, capture: CaptureId, case: CaseId, page: Fetched) -> None:
        """This look was made for a capture that is known."""
        self.captures[_look(case, page)] = capture

    async def seal(self, wanted: Sequence[ToSeal]) -> tuple[KeptOfFind, ...]:
        """For each, the files of what could be kept of it: one that could not loses the find no less. Cancelled, it
        leaves nothing behind."""
        if self.deps.vault is None or not wanted:
            return (NOTHING_KEPT,) * len(wanted)
        if self.before is None:
            with acting_for_all():  # the day's room is that of the disk, and of all cases
                self.before = self.deps.store.evidence.bytes_since(self.deps.clock() - DAY)
        self._forget_removed()
        self.trust = marked_by_leap(self.trust, self.deps.store, self.deps.clock())
        if self.deps.quota is not None:
            self.room_of_case = self.deps.quota.evidence_left()
        over = self._over_quota(wanted)
        kept_now = [one for one in wanted if one.capture not in over]
        pages = {(page.digest, one.capture): page for one in kept_now for page in _pages_of(one)}
        sealable = {digest: await self._sealable(page, of) for (digest, of), page in pages.items()}
        self._write_down(wanted)
        working = asyncio.ensure_future(asyncio.to_thread(self._seal_all, kept_now, sealable))
        try:
            sealed = iter(await asyncio.shield(working))
        except asyncio.CancelledError:
            self.drop(file for kept in await working for file in kept.files)
            raise
        if self.over_quota and self.deps.quota is not None:
            self.deps.quota.tell(QuotaKind.EVIDENCE_BYTES)
        return tuple(_NOT_TODAY if one.capture in over else next(sealed) for one in wanted)

    def _over_quota(self, wanted: Sequence[ToSeal]) -> Collection[CaptureId]:
        """Looks that are not kept on this day."""
        if self.deps.quota is None:
            return ()
        new = [one for one in dict.fromkeys(one.capture for one in wanted) if one not in self.counted]
        given = self.deps.quota.take_captures(len(new))
        self.counted.update(new[:given])
        return frozenset(new[given:])

    def _write_down(self, wanted: Sequence[ToSeal]) -> None:
        """One transaction for a lot, before a byte of it is written. What the lot before did not use is taken back: a
        name that lay about for an hour counts as nobody's."""
        store, case = self.deps.store, wanted[0].sighting.case
        with store.transaction():
            store.intents.drop(IntentKind.SEAL, [f"{name}.age" for name in self.names])
            self.names = list(store.intents.to_seal(case, len(wanted) * MOST_FILES_OF_FIND, self.deps.clock()))

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
        shared = {one.file.path for one in self.files.values()} & self.named
        gone = shared - self.deps.store.evidence.named_of(shared)
        if gone:
            self.files = {key: one for key, one in self.files.items() if one.file.path not in gone}

    async def _sealable(self, page: Fetched, capture: CaptureId) -> SealablePage:
        """Of one that is sealed already, or too large for this run, with all that is made of it, only the facts."""
        done = self.files.keys() | self.too_much
        as_text = {(kind, page.digest) for kind in (EvidenceKind.PAGE, EvidenceKind.SERVED)}
        is_done = not as_text.isdisjoint(done) and (EvidenceKind.WARC, warc_key(capture)) in done
        if page.digest in self.pages and is_done:
            return SealablePage(b"", self.pages[page.digest])
        sealable = await sealable_page(page, self.deps.reader)
        self.pages[page.digest] = sealable.facts
        return sealable

    # -- beside the loop: no store here

    def _seal_all(
        self, wanted: Sequence[ToSeal], pages: Mapping[ContentDigest, SealablePage]
    ) -> tuple[KeptOfFind, ...]:
        done: list[KeptOfFind] = []
        files = list[Sealed]()
        try:
            for one in wanted:
                done.append(self._keep(one, pages, files))
        except BaseException:
            self.drop(files)
            raise
        return tuple(done)

    def _keep(self, one: ToSeal, pages: Mapping[ContentDigest, SealablePage], files: list[Sealed]) -> KeptOfFind:
        """files: every one is noted there as soon as it is written."""
        own, missing, had, unwritten, failed = list[Sealed](), list[Missing](), list[EvidenceKind](), [], ""
        keep_images = self.deps.settings.evidence.keep_images
        for content in contents_of(one, pages, keep_images=keep_images, trust=self.trust):
            if isinstance(content, Missing):
                missing.append(content)
                continue
            if is_there(content, one.there, own):
                had.append(content.kind)
                continue
            try:
                sealed = self._seal(content)
            except SealError as error:
                # A find is never lost because its evidence could not be kept: it is recorded and the person is told.
                log.error("evidence not sealed", exc_info=error, extra={"action": "seal_failed", "kind": content.kind})
                missing.append(Missing(content.kind, f"It could not be written: {error}"))
                failed = failed or str(error)
                unwritten.append(content.kind)
                self.not_sealed, self.failed = self.not_sealed + 1, self.failed or str(error)
                continue
            if sealed is None:
                is_of_quota = self.room_of_case is not None and self.reached is None
                missing.append(Missing(content.kind, NO_MORE_EVIDENCE if is_of_quota else CAP_REACHED))
            else:
                own.append(sealed)
                files.append(sealed)
        return KeptOfFind(tuple(own), tuple(missing), failed, tuple(unwritten), tuple(had))

    def _seal(self, content: Content) -> Sealed | None:
        """None: there is no room for it. Raises SealError."""
        key = (content.kind, content.shared_by)
        known = self.files.get(key) if content.shared_by else None
        if known is not None:
            return known
        if key in self.too_much:
            self.left_out += 1
            return None
        vault = self.deps.vault
        if vault is None:
            return None
        media_type, plain = _packed(content)
        if not self._has_room(content, len(plain)):
            if content.shared_by:
                self.too_much.add(key)
            return None
        file = vault.seal(self.names.pop(), plain)
        self.used += file.size
        if self.room_of_case is not None:
            self.room_of_case -= file.size
        sealed = Sealed(content.kind, media_type[:200], file, content.is_shared)
        if content.shared_by:
            self.files[key] = sealed
        return sealed

    def _has_room(self, content: Content, size: int) -> bool:
        settings = self.deps.settings.evidence
        share = PAGES_SHARE if content.is_shared else PICTURES_SHARE
        share = RECORDS_SHARE if content.kind is EvidenceKind.RECORD else share
        for cap, used in (
            (settings.max_run_bytes, self.used),
            (settings.max_day_bytes, self.used + (self.before or 0)),
        ):
            if used + size > cap * share:
                if self.reached is None:
                    log.warning("evidence not kept: cap reached", extra={"action": "evidence_cap", "at": cap})
                self.reached = self.reached or cap
                self.left_out += 1
                return False
        if self.room_of_case is not None and size > self.room_of_case:
            self.over_quota += 1
            return False
        return True


def _look(case: CaseId, page: Fetched) -> LookKey:
    return (case, page.url, page.fetched_at, page.digest)


def is_there(content: Content, there: Collection[EvidenceItem], own: Collection[Sealed]) -> bool:
    """Among what is kept of the find. Of a request and its answer: where the body that it brought is. own: what was
    written for it just now."""
    same = [item for item in there if item.kind is content.kind and bool(item.sighting) is not content.is_shared]
    if not same or content.kind is EvidenceKind.RECORD:
        return False
    if content.kind is EvidenceKind.WARC:
        return not any(one.is_shared is content.is_shared and one.kind is not EvidenceKind.RECORD for one in own)
    digest = digest_of(_packed(content)[1])
    return any(item.file.plain_digest == digest for item in same)


def _pages_of(one: ToSeal) -> Iterator[Fetched]:
    """As it was seen, and as it was served where that is another."""
    if one.page is not None and one.page.body:
        yield one.page
        if (served := as_served(one.page)) is not None:
            yield served


def _packed(content: Content) -> tuple[str, bytes]:
    """Media type and bytes. Large text as gzip, where that halves it at least. `zcat` gives back what was sealed."""
    plain = content.plain()
    if content.kind not in (EvidenceKind.PAGE, EvidenceKind.SERVED) or len(plain) <= PACK_ABOVE:
        return content.media_type, plain
    packed = gzip.compress(plain, compresslevel=1, mtime=0)
    if len(packed) * 2 > len(plain):
        return content.media_type, plain
    return "application/gzip", packed
