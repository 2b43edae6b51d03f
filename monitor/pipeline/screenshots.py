"""Screenshots of what was kept, made right after it: of bytes that are still in memory, since what is sealed cannot be
read here. So they wait in memory, and no longer than the process: what is left then, or did not fit, is made where the
evidence is opened, at export.

A picture that matched is shown in its own screenshot alone, so that dismissing one of two on a page leaves the other
whole.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from monitor.acting import acting_for_all
from monitor.errors import SealError
from monitor.model.capture import Capture, CaptureState, Missing
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceItem, EvidenceKind, PageFacts, SealedFile
from monitor.model.ids import NO_CAPTURE, NO_DIGEST, CaptureId, CaseId, SightingId, digest_of, new_id
from monitor.model.page import Fetched
from monitor.model.screenshot import SavedPage, SavedPicture, SavedSheet, Screenshot
from monitor.model.settings import Settings
from monitor.model.sighting import Decision, Sighting
from monitor.pipeline.beside import Beside
from monitor.pipeline.capturing import with_missing
from monitor.pipeline.contents import PAGE_CLOSED, keeps_picture
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.manifests import PageCame, make_manifest
from monitor.pipeline.sealable_page import SealablePage
from monitor.pipeline.second_reading import sealable_page, sealable_sheet
from monitor.pipeline.shot_queue import ShotQueue
from monitor.ports import Store, Vault

log = logging.getLogger(__name__)

DOT_BYTES = 120  # a picture in less is one pixel, to keep a place
_DAY = timedelta(days=1)

AT_EXPORT = "It is made of the saved page when the evidence is exported."
EXPECTED = f"It is made right after the find is told, as long as this program runs. Else: {AT_EXPORT}"
TOO_MUCH = f"Too much was waiting to be drawn. {AT_EXPORT}"
OVER_CAP = f"[evidence] max_day_bytes was reached. {AT_EXPORT}"


class ShotOf(Protocol):
    """Whose a screenshot is."""

    @property
    def case(self) -> CaseId: ...
    @property
    def capture(self) -> CaptureId: ...
    @property
    def sighting(self) -> SightingId: ...


class ShotKeeper(Protocol):
    """What keeping one takes. vault: None where nothing is sealed."""

    @property
    def store(self) -> Store: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def vault(self) -> Vault | None: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...


@dataclass(frozen=True, slots=True, eq=False)
class ToShoot:
    """One find, as it was recorded: `shot_queue.Drawing`. page: as it came. image: None where it is not kept.
    image_url: the picture's address, as it was recorded. named: every one by which the page names it."""

    deps: Dependencies
    case: CaseId
    capture: CaptureId
    sighting: SightingId
    page: Fetched
    image: Fetched | None
    account: str = ""
    image_url: str = ""
    named: tuple[str, ...] = ()
    beside: Beside = field(default_factory=Beside)

    def bodies(self) -> Iterator[bytes]:
        for fetched in (self.page, self.image, *self.page.styles, *self.beside.sheets.values()):
            if fetched is not None:
                yield fetched.body
                yield fetched.served or b""

    def has_no_room(self) -> None:
        lacks(self, TOO_MUCH)

    async def make(self, queue: ShotQueue) -> None:
        if still_wanted(self, self.deps.store) is None:
            return  # dismissed, or closed as under 18, while it waited
        sealable = await self._sealable(queue)
        if not sealable.body:
            lacks(self, _no_page(sealable.facts))
            return
        shot = await queue.screenshots().make(saved_page(self, sealable))
        if shot.why_not:
            lacks(self, f"{_sentence(shot.why_not)} {AT_EXPORT}")
            return
        if why := await keep_shot(self, shot, self.deps):
            lacks(self, why)
        elif queue.waits_for(self.capture) == 1:
            await self._name_in_manifest(sealable)

    async def _sealable(self, queue: ShotQueue) -> SealablePage:
        """Of several finds on one page, once."""
        if queue.last is None or queue.last[0] != self.page.digest:
            queue.last = (self.page.digest, await sealable_page(self.page, self.deps.reader))
        return queue.last[1]

    async def _name_in_manifest(self, sealable: SealablePage) -> None:
        """Where it has one already: else that is made with the look, and names the screenshots that are there."""
        items = self.deps.store.evidence.of_capture(self.case, self.capture)
        if any(item.kind is EvidenceKind.MANIFEST for item in items):
            await make_manifest(self.case, self.capture, self.deps, PageCame(self.page.digest, sealable.facts))


def expected(
    sighting: Sighting,
    page: Fetched | None,
    image: Fetched | None,
    items: Sequence[EvidenceItem],
    deps: Dependencies,
    *,
    named: tuple[str, ...] = (),
    beside: Beside | None = None,
    is_last: bool = False,
) -> Sequence[ToShoot]:
    """In the transaction that records a find, so that a crash leaves a capture that says what it lacks: the screenshot
    that is to be made after it. None where there is nothing to be shown: no vault, no page in hand, or a find that may
    not be hers. items: its rows. named: the addresses by which the page names the picture. is_last: a picture that did
    not come now will not; else a look that has it is to follow, and shows it."""
    capture = next((item.capture for item in items if item.sighting), NO_CAPTURE)
    if deps.shots is None or page is None or not page.body or not capture:
        return ()
    keeps_images = deps.settings.evidence.keep_images
    if not keeps_picture(sighting, sighting.match) or (keeps_images and not is_last and (not image or not image.body)):
        return ()
    wanted = ToShoot(
        deps,
        sighting.case,
        capture,
        sighting.id,
        page,
        image if keeps_images else None,
        sighting.place.account,
        sighting.place.image_url,
        named,
        beside or Beside(),
    )
    lacks(wanted, EXPECTED)
    return (wanted,)


def draw(wanted: Iterable[ToShoot]) -> None:
    """After that transaction."""
    for one in wanted:
        if one.deps.shots is not None:
            one.deps.shots.add(one)


def lacks(wanted: ToShoot, why: str) -> None:
    store = wanted.deps.store
    with store.transaction():
        if (still := still_wanted(wanted, store)) is not None:
            others = tuple(one for one in still.missing if one.kind is not EvidenceKind.SCREENSHOT)
            store.captures.save(with_missing(still, (*others, Missing(EvidenceKind.SCREENSHOT, why))))


async def keep_shot(of: ShotOf, shot: Screenshot, keeper: ShotKeeper) -> str:
    """Seals it, which takes no key. Why not; '' where it is kept, or not wanted any more."""
    names = keeper.store.intents.to_seal(of.case, len(shot.pieces), keeper.clock())
    files = await asyncio.shield(asyncio.to_thread(_seal, shot, names, keeper))
    return _keep(of, files, keeper) if files else f"It could not be sealed. {AT_EXPORT}"


def still_wanted(of: ShotOf, store: Store) -> Capture | None:
    """Its capture; None: the find was dismissed, or one on the page closed as under 18."""
    capture = store.captures.get(of.case, of.capture)
    sighting = store.sightings.get(of.case, of.sighting)
    if capture is None or sighting is None or capture.state is CaptureState.CLOSED:
        return None
    if any(one.why == PAGE_CLOSED for one in capture.missing):
        return None
    return None if _is_gone(sighting) or sighting.id not in capture.sightings else capture


def _is_gone(sighting: Sighting) -> bool:
    return sighting.under_18 or sighting.decision is Decision.NOT_MINE


def _seal(shot: Screenshot, names: Sequence[str], keeper: ShotKeeper) -> tuple[SealedFile, ...]:
    """Beside the loop. All pieces or none."""
    vault, files = keeper.vault, list[SealedFile]()
    if vault is None:
        return ()
    try:
        for name, piece in zip(names, shot.pieces, strict=True):
            files.append(vault.seal(name, piece))
    except SealError as error:
        log.error("evidence not sealed", exc_info=error, extra={"action": "seal_failed", "kind": "screenshot"})
        vault.remove(*(file.path for file in files))
        return ()
    return tuple(files)


def _keep(of: ShotOf, files: Sequence[SealedFile], keeper: ShotKeeper) -> str:
    """A file that gets no row is gone at once."""
    store, now = keeper.store, keeper.clock()
    is_named = False
    try:
        with acting_for_all():  # ahead of the transaction, which is for one case: the day's room is that of all
            before = store.evidence.bytes_since(now - _DAY)
        with store.transaction():
            capture, sighting = still_wanted(of, store), store.sightings.get(of.case, of.sighting)
            if capture is None or sighting is None:
                return ""
            if before + _size(files) > keeper.settings.evidence.max_day_bytes:
                return OVER_CAP
            names = sorted(new_id(now) for _ in files)  # from top to bottom
            items = [_item(name, of, file, now) for name, file in zip(names, files, strict=True)]
            store.sightings.save(replace(sighting, evidence=sighting.evidence + tuple(item.id for item in items)))
            for item in items:
                store.evidence.save(item)
            about = {
                "capture": capture.id,
                "sighting": sighting.id,
                "items": " ".join(item.id for item in items),
                "sha256": " ".join(item.file.plain_digest for item in items),
            }
            store.custody.note(of.case, CustodyAct.SHOT, about, now)
            store.captures.save(_without_missing(capture, store))
        is_named = True
    finally:
        if not is_named and keeper.vault is not None:
            keeper.vault.remove(*(file.path for file in files))
    return ""


def _item(name: str, of: ShotOf, file: SealedFile, now: datetime) -> EvidenceItem:
    kind = EvidenceKind.SCREENSHOT
    return EvidenceItem(name, of.case, of.sighting, kind, now, "image/png", file, of.capture)


def _size(files: Iterable[SealedFile]) -> int:
    return sum(file.size for file in files)


def _without_missing(capture: Capture, store: Store) -> Capture:
    """Where none of its finds waits for one."""
    items = store.evidence.of_capture(capture.case, capture.id)
    shown = {item.sighting for item in items if item.kind is EvidenceKind.SCREENSHOT}
    found = store.sightings.of_ids(capture.case, capture.sightings)
    if any(one.id not in shown and keeps_picture(one, one.match) and not _is_gone(one) for one in found):
        return capture
    return with_missing(capture, (one for one in capture.missing if one.kind is not EvidenceKind.SCREENSHOT))


def saved_page(wanted: ToShoot, sealable: SealablePage) -> SavedPage:
    page, image = wanted.page, wanted.image
    picture = None
    if image is not None and image.body:
        written = f"data:sha256,{image.digest}"
        gave = frozenset((wanted.image_url, image.request.url, image.url, written)) - {""}
        picture = SavedPicture(image.body, image.header("content-type"), gave, frozenset(wanted.named) - gave)
    sheets = {**wanted.beside.sheets, **{sheet.request.url: sheet for sheet in page.styles}}
    return SavedPage(
        url=page.url,
        account=wanted.account,
        fetched_at=page.fetched_at,
        body=sealable.body,
        media_type=sealable.media_type or page.header("content-type"),
        page_digest=page.digest,
        picture=picture,
        is_rendered=page.served is not None,
        served_digest=digest_of(page.served) if page.served else NO_DIGEST,
        sheets=tuple(SavedSheet(url, sealable_sheet(sheet.body).body) for url, sheet in sheets.items()),
        sizes={**dots_of(sealable.facts), **wanted.beside.sizes},
    )


def _no_page(facts: PageFacts) -> str:
    why = facts.withheld or "what came in the place of the page is itself a picture"
    return f"None can be made: the page is not kept ({why})."


def dots_of(facts: PageFacts) -> Mapping[str, tuple[int, int]]:
    """What stands in so few bytes keeps a place, and shows nothing."""
    return {f"data:sha256,{one.digest}": (1, 1) for one in facts.pictures if one.size <= DOT_BYTES}


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
