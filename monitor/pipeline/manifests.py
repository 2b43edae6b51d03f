"""The manifest of a capture: made of its rows once its files are written, sealed, and noted in the custody log.

It is made of what the store has and not of bytes, so that it can be made at any time: after the look, after a
screenshot came to it, in the place of one that a crash left out or that had to go. A capture has one at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor import __version__
from monitor.errors import SealError
from monitor.evidence.holding import holds
from monitor.evidence.manifest import Manifest, ManifestFile, render_manifest
from monitor.model.capture import Capture, CaptureState
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceItem, EvidenceKind, PageFacts
from monitor.model.ids import NO_DIGEST, CaptureId, CaseId, ContentDigest, SightingId, new_id
from monitor.pipeline.contents import PAGE_CLOSED
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.removing import forget_rows, remove_files
from monitor.pipeline.sealing import Sealing
from monitor.pipeline.vault_keeping import IN_WORK
from monitor.ports import Store

log = logging.getLogger(__name__)

MAKE_TRIES = 3
HOW = {
    EvidenceKind.IMAGE: "the picture that matched, byte for byte as its server sent it",
    EvidenceKind.PAGE: "the page as its server sent it, with every picture that was written into it taken out",
    EvidenceKind.SERVED: "the page as its server sent it, with every picture that was written into it taken out",
    EvidenceKind.RECORD: "what this program noted of the look and of the match",
    EvidenceKind.SCREENSHOT: "drawn by a browser without network, from the saved page and the one picture",
    EvidenceKind.WARC: "the requests and answers as they went over the wire, as WARC 1.1, without what was taken out",
}
RENDERED = "the page as a browser had made it with its scripts, with every picture that was written into it taken out"
NOT_LISTED = "Not listed here, since this manifest was made later than the look. The record of each find counts them."


@dataclass(frozen=True, slots=True)
class PageCame:
    """Of the page as it came. digest: SHA-256 of it, before anything was taken out."""

    digest: ContentDigest = NO_DIGEST
    facts: PageFacts | None = None


PAGE_NOT_KNOWN = PageCame()


async def complete(sealing: Sealing) -> None:
    """Of every capture that this look, or this run, has written rows of since it was asked last. Never raises for what
    a disk does: what is left out is made by a later round. A manifest counts towards the caps and is made where one is
    reached all the same: it is small, and without it the files that are there prove less."""
    came = {name: PageCame(key[3], sealing.pages.get(key[3])) for key, name in sealing.captures.items()}
    waiting, sealing.unfinished = sealing.unfinished, {}
    for name, case in waiting.items():
        sealing.used += await make_manifest(case, name, sealing.deps, came.get(name, PAGE_NOT_KNOWN))


async def complete_left(case: CaseId, deps: Dependencies) -> int:
    """Those that a crash, or a full disk, left without one. Returns how many have one now."""
    if deps.vault is None:
        return 0
    before = deps.clock() - IN_WORK
    made = 0
    for name in deps.store.captures.without_manifest(case, before):
        made += bool(await make_manifest(case, name, deps))
    return made


async def make_manifest(case: CaseId, name: CaptureId, deps: Dependencies, came: PageCame = PAGE_NOT_KNOWN) -> int:
    """Bytes of the one that it has now, which says what it has; 0: it has none."""
    vault, store = deps.vault, deps.store
    for _ in range(MAKE_TRIES):
        capture, items = store.captures.get(case, name), _files(store, case, name)
        if vault is None or capture is None or not items:
            return 0
        if any(one.why == PAGE_CLOSED for one in capture.missing):
            came = PAGE_NOT_KNOWN  # it may show what was closed
        (name_of_file,) = store.intents.to_seal(case, 1, deps.clock())
        plain = render_manifest(_manifest(capture, items, came, store))
        try:
            sealed = await asyncio.to_thread(vault.seal, name_of_file, plain)
        except SealError as error:
            log.error("manifest not sealed", exc_info=error, extra={"action": "seal_failed", "kind": "manifest"})
            return 0
        now = deps.clock()
        item = EvidenceItem(
            new_id(now), case, SightingId(""), EvidenceKind.MANIFEST, now, "application/json", sealed, name
        )
        with store.transaction():
            had, is_so = False, store.captures.get(case, name) == capture and _files(store, case, name) == items
            if is_so:
                had = _replace(item, capture, items, store)
        if is_so:
            if had:
                remove_files(store, deps.settings, case)
            return sealed.size
        vault.remove(sealed.path)  # something was decided meanwhile
    return 0


def _files(store: Store, case: CaseId, name: CaptureId) -> list[EvidenceItem]:
    items = store.evidence.of_capture(case, name)
    return [item for item in items if item.kind is not EvidenceKind.MANIFEST and not item.is_withheld]


def _replace(item: EvidenceItem, capture: Capture, files: Sequence[EvidenceItem], store: Store) -> bool:
    """In the transaction. files: that it lists. Whether there was one before, whose file is to go."""
    before = [one for one in store.evidence.of_capture(item.case, capture.id) if one.kind is EvidenceKind.MANIFEST]
    forget_rows(before, store=store)
    store.evidence.save(item)
    about = {
        "capture": capture.id,
        "page": capture.page_url,
        "manifest": item.file.plain_digest,
        "sealed": item.file.sealed_digest,
        "sightings": " ".join(capture.sightings),
        **holds(files),
    }
    store.custody.note(item.case, CustodyAct.CAPTURE, about, item.captured_at)
    return bool(before)


def _manifest(capture: Capture, items: Sequence[EvidenceItem], came: PageCame, store: Store) -> Manifest:
    found = store.sightings.of_ids(capture.case, capture.sightings)
    addresses = {sighting.id: sighting.place.image_url for sighting in found}
    is_rendered = any(item.kind is EvidenceKind.SERVED for item in items)
    facts: dict[str, str] = {"state": capture.state.value} if capture.state is not CaptureState.WHOLE else {}
    if came.facts is None and any(item.kind in (EvidenceKind.PAGE, EvidenceKind.SERVED) for item in items):
        facts["pictures_taken_out"] = NOT_LISTED
    return Manifest(
        capture=capture.id,
        page_url=capture.page_url,
        cause=capture.cause.value,
        taken_at=capture.taken_at or capture.asked_at,
        program=f"reupload-monitor {__version__}",
        log=store.custody.head(capture.case),
        files=tuple(_file(item, addresses, is_rendered=is_rendered) for item in items),
        missing=tuple((one.kind.value, one.why) for one in capture.missing),
        taken_out=came.facts.pictures if came.facts is not None else (),
        served_digest=came.digest,
        facts=tuple(facts.items()),
    )


def _file(item: EvidenceItem, addresses: Mapping[SightingId, str], *, is_rendered: bool) -> ManifestFile:
    how = RENDERED if is_rendered and item.kind is EvidenceKind.PAGE else HOW.get(item.kind, "")
    address = addresses.get(item.sighting, "") if item.kind is EvidenceKind.IMAGE else ""
    return ManifestFile(
        path=item.id,
        kind=item.kind.value,
        media_type=item.media_type,
        size=item.file.size,
        digest=item.file.plain_digest,
        how=how,
        sighting=item.sighting,
        name=address,
    )


def forget_manifests(captures: Iterable[Capture], *, store: Store) -> None:
    """What says of a file that is gone what it was: in the caller's transaction. A later round makes it anew."""
    for capture in captures:
        items = store.evidence.of_capture(capture.case, capture.id)
        forget_rows([one for one in items if one.kind is EvidenceKind.MANIFEST], store=store)
