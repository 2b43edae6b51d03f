"""What one run seals. A body is sealed once, however many finds it is evidence of; and a run, and a day, have a cap: a
site that puts out large pages without end must not fill the disk, for then nothing more could be recorded at all."""

from __future__ import annotations

import gzip
import logging
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.errors import SealError
from monitor.model.evidence import EvidenceItem, SealedFile
from monitor.model.ids import new_id
from monitor.pipeline.dependencies import Dependencies

log = logging.getLogger(__name__)

SHARES = {"page": 0.25, "image": 0.9, "record": 1.0}
"""How far into the cap each kind may go: the picture is what counts, so large pages leave room for it, and both leave
some for the facts of the fetch, which are small."""

PACK_ABOVE = 256 * 1024  # bytes; what inflated to megabytes came over the wire as kilobytes, and is kept as such
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Content:
    kind: str
    media_type: str
    plain: bytes


@dataclass
class Sealing:
    """files: what this run has sealed, by kind and the body's digest. used: bytes of plaintext that this run sealed;
    before: that were sealed in the last day when it began, None as long as nobody asked. reached: the cap that was
    reached, None as long as none was; left_out: how many pages, pictures and records were not kept for it."""

    parts: Dependencies
    files: dict[tuple[str, str], tuple[str, SealedFile]] = field(default_factory=dict)
    used: int = 0
    before: int | None = None
    reached: int | None = None
    left_out: int = 0

    def seal(self, content: Content, digest: str) -> tuple[str, SealedFile] | None:
        """The file with its media type; None when it could not be kept, which loses the find no less. digest: SHA-256
        of the body, '' for one that nothing else can share. In the transaction that saves the row: so no removal comes
        in between that would take the file away."""
        known = self.files.get((content.kind, digest)) if digest else None
        if known is not None and self.parts.store.evidence.names(known[1].path):
            return known
        vault, body = self.parts.vault, _packed(content)
        if vault is None or not self._has_room(content.kind, len(body.plain)):
            return None
        try:
            sealed = vault.seal(new_id(self.parts.clock()), body.plain)
        except SealError as error:
            # A find is never lost because its evidence could not be kept: it is recorded and the person is told.
            log.error("evidence not sealed", exc_info=error, extra={"action": "seal_failed", "kind": content.kind})
            return None
        self.used += sealed.size
        found = body.media_type[:200], sealed
        if digest:
            self.files[content.kind, digest] = found
        return found

    def items(self, contents: list[tuple[Content, str]], *, case: str, sighting: str) -> tuple[EvidenceItem, ...]:
        """Rows for what could be sealed of `contents` (each with the digest it may be shared by)."""
        found = []
        for content, digest in contents:
            sealed = self.seal(content, digest)
            if sealed is not None:
                now = self.parts.clock()
                found.append(EvidenceItem(new_id(now), case, sighting, content.kind, now, *sealed))
        return tuple(found)

    def _has_room(self, kind: str, size: int) -> bool:
        settings = self.parts.settings.evidence
        if self.before is None:
            self.before = self.parts.store.evidence.bytes_since(self.parts.clock() - DAY)
        for cap, used in (
            (settings.max_run_bytes, self.used),
            (settings.max_day_bytes, self.used + self.before),
        ):
            if used + size > cap * SHARES[kind]:
                if self.reached is None:
                    log.warning("evidence not kept: cap reached", extra={"action": "evidence_cap", "at": cap})
                self.reached = self.reached or cap
                self.left_out += 1
                return False
        return True


def _packed(content: Content) -> Content:
    """Large text as gzip, where that halves it at least. `zcat` gives back the bytes whose digest the record names."""
    if content.kind != "page" or len(content.plain) <= PACK_ABOVE:
        return content
    packed = gzip.compress(content.plain, compresslevel=1, mtime=0)
    return Content("page", "application/gzip", packed) if len(packed) * 2 <= len(content.plain) else content
