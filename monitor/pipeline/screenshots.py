"""Screenshots of what was kept, made right after it: of bytes that are still in memory, since what is sealed cannot be
read here. So they wait in memory, and no longer than the process: what is left then, or did not fit, is made where the
evidence is opened, at export.

A picture that matched is shown in its own screenshot alone, so that dismissing one of two on a page leaves the other
whole.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.errors import SealError
from monitor.model.capture import Capture, CaptureState, Missing
from monitor.model.custody import CustodyAct
from monitor.model.evidence import EvidenceItem, EvidenceKind, PageFacts, SealedFile
from monitor.model.ids import NO_DIGEST, CaptureId, CaseId, SightingId, digest_of, new_id
from monitor.model.page import Fetched
from monitor.model.screenshot import SavedPage, SavedPicture, SavedSheet, Screenshot
from monitor.model.sighting import Sighting, Status
from monitor.pipeline.beside import Beside
from monitor.pipeline.sealable_page import without_pictures
from monitor.pipeline.second_reading import sealable_page
from monitor.ports import Reader, Screenshots, Store, Vault

log = logging.getLogger(__name__)

MOST_WAITING_BYTES = 64 * 2**20  # bytes, of pages, pictures and style sheets
DOT_BYTES = 120  # a picture in less is one pixel, to keep a place
_DAY = timedelta(days=1)

AT_EXPORT = "It is made of the saved page when the evidence is exported."
NO_ROOM = f"Too much was waiting to be drawn. {AT_EXPORT}"
CAP = f"[evidence] max_day_bytes was reached. {AT_EXPORT}"


@dataclass(frozen=True, slots=True, eq=False)
class ToShoot:
    """One find, as it was recorded. page: as it came. image: None where it is not kept. addresses: by which the page
    names the picture."""

    case: CaseId
    capture: CaptureId
    sighting: SightingId
    page: Fetched
    image: Fetched | None
    account: str = ""
    addresses: Iterable[str] = ()
    beside: Beside = field(default_factory=Beside)


class ShotQueue:
    """In one event loop. One screenshot at a time: a browser takes the memory of all else."""

    def __init__(
        self,
        screenshots: Screenshots,
        reader: Reader,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        *,
        max_day_bytes: int,
    ) -> None:
        self._screenshots, self._reader, self._store, self._vault = screenshots, reader, store, vault
        self._clock, self._max_day_bytes = clock, max_day_bytes
        self._waiting: deque[ToShoot] = deque()
        self._working: asyncio.Task[None] | None = None
        self._last: tuple[str, bytes, str, PageFacts] | None = None

    def add(self, wanted: ToShoot) -> None:
        """After the transaction that recorded it. Never raises for lack of room: that is said in the capture."""
        if wanted.page.body and _bytes_of([*self._waiting, wanted]) > MOST_WAITING_BYTES:
            self._lacks(wanted, NO_ROOM)
            return
        self._waiting.append(wanted)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())

    @property
    def left(self) -> int:
        """How many are not made yet."""
        is_working = self._working is not None and not self._working.done()
        return len(self._waiting) + is_working

    async def settle(self, seconds: float) -> int:
        """Until none is left, and no longer than so many seconds. Returns how many are left."""
        if self._working is not None and not self._working.done():
            await asyncio.wait([self._working], timeout=seconds)
        return self.left

    async def aclose(self) -> None:
        """What is left is made at export."""
        self._waiting.clear()
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)

    async def _work(self) -> None:
        while self._waiting:
            wanted = self._waiting[0]
            try:
                await self._make(wanted)
            except Exception as error:  # a find stands without its screenshot
                log.error("no screenshot", exc_info=error, extra={"action": "no_screenshot"})
            finally:
                if self._waiting and self._waiting[0] is wanted:
                    self._waiting.popleft()

    async def _make(self, wanted: ToShoot) -> None:
        if self._still(wanted) is None:
            return  # dismissed, or closed as under 18, while it waited
        saved = await self._saved(wanted)
        if saved is None:
            return
        shot = await self._screenshots.make(saved)
        if shot.why_not:
            self._lacks(wanted, f"{_sentence(shot.why_not)} {AT_EXPORT}")
            return
        files = await asyncio.to_thread(self._seal, shot)
        if not files:
            self._lacks(wanted, f"It could not be sealed. {AT_EXPORT}")
        elif self._store.evidence.bytes_since(self._clock() - _DAY) + sum(file.size for file in files) > (
            self._max_day_bytes
        ):
            self._vault.remove(*(file.path for file in files))
            self._lacks(wanted, CAP)
        elif not self._keep(wanted, files):
            self._vault.remove(*(file.path for file in files))

    async def _saved(self, wanted: ToShoot) -> SavedPage | None:
        """None where the page is not kept either."""
        body, media_type, facts = await self._sealable(wanted.page)
        return saved_page(wanted, body, media_type, facts) if body else None

    async def _sealable(self, page: Fetched) -> tuple[bytes, str, PageFacts]:
        """As it is sealed. Of several finds on one page, once."""
        if self._last is None or self._last[0] != page.digest:
            sealable = await sealable_page(page, self._reader)
            self._last = (page.digest, sealable.body, sealable.media_type, sealable.facts)
        return self._last[1:]

    def _seal(self, shot: Screenshot) -> tuple[SealedFile, ...]:
        """All pieces or none."""
        files: list[SealedFile] = []
        try:
            for piece in shot.pieces:
                files.append(self._vault.seal(new_id(self._clock()), piece))
        except SealError as error:
            log.error("evidence not sealed", exc_info=error, extra={"action": "seal_failed", "kind": "screenshot"})
            self._vault.remove(*(file.path for file in files))
            return ()
        return tuple(files)

    def _still(self, wanted: ToShoot) -> tuple[Capture, Sighting] | None:
        """None: it is not wanted any more."""
        capture = self._store.captures.get(wanted.case, wanted.capture)
        sighting = self._store.sightings.get(wanted.case, wanted.sighting)
        if capture is None or sighting is None or capture.state is CaptureState.CLOSED:
            return None
        if sighting.under_18 or sighting.status is Status.DISMISSED or sighting.id not in capture.sightings:
            return None
        return capture, sighting

    def _keep(self, wanted: ToShoot, files: Iterable[SealedFile]) -> bool:
        """False: it is not wanted any more."""
        store, now = self._store, self._clock()
        with store.transaction():
            still = self._still(wanted)
            if still is None:
                return False
            capture, sighting = still
            items = [
                EvidenceItem(
                    new_id(now),
                    wanted.case,
                    sighting.id,
                    EvidenceKind.SCREENSHOT,
                    now,
                    "image/png",
                    file,
                    capture.id,
                )
                for file in files
            ]
            store.sightings.save(replace(sighting, evidence=sighting.evidence + tuple(item.id for item in items)))
            for item in items:
                store.evidence.save(item)
            about = {
                "capture": capture.id,
                "sighting": sighting.id,
                "items": " ".join(item.id for item in items),
                "sha256": " ".join(item.file.plain_digest for item in items),
            }
            store.custody.note(wanted.case, CustodyAct.SHOT, about, now)
            store.captures.save(self._without_missing(capture))
        return True

    def _without_missing(self, capture: Capture) -> Capture:
        """Where all its finds have one."""
        items = self._store.evidence.of_capture(capture.case, capture.id)
        shown = {item.sighting for item in items if item.kind is EvidenceKind.SCREENSHOT}
        if not shown.issuperset(capture.sightings):
            return capture
        missing = tuple(one for one in capture.missing if one.kind is not EvidenceKind.SCREENSHOT)
        is_whole = capture.state is CaptureState.PARTIAL and not missing
        return replace(capture, missing=missing, state=CaptureState.WHOLE if is_whole else capture.state)

    def _lacks(self, wanted: ToShoot, why: str) -> None:
        with self._store.transaction():
            still = self._still(wanted)
            if still is None:
                return
            capture, _ = still
            others = tuple(one for one in capture.missing if one.kind is not EvidenceKind.SCREENSHOT)
            missing = (*others, Missing(EvidenceKind.SCREENSHOT, why))
            is_whole = capture.state is CaptureState.WHOLE
            self._store.captures.save(
                replace(capture, missing=missing, state=CaptureState.PARTIAL if is_whole else capture.state)
            )


def saved_page(wanted: ToShoot, body: bytes, media_type: str, facts: PageFacts) -> SavedPage:
    """body, media_type, facts: of the page as it is sealed."""
    page, image = wanted.page, wanted.image
    picture = None
    if image is not None and image.body:
        written = f"data:sha256,{image.digest}"
        names = frozenset((*wanted.addresses, image.request.url, image.url, written))
        picture = SavedPicture(image.body, image.header("content-type"), names)
    sheets = tuple(
        SavedSheet(url, without_pictures(sheet.body).body) for url, sheet in sorted(wanted.beside.sheets.items())
    )
    return SavedPage(
        url=page.url,
        account=wanted.account,
        fetched_at=page.fetched_at,
        body=body,
        media_type=media_type or page.header("content-type"),
        page_digest=page.digest,
        picture=picture,
        is_rendered=page.served is not None,
        served_digest=digest_of(page.served) if page.served else NO_DIGEST,
        sheets=sheets,
        sizes={**dots_of(facts), **wanted.beside.sizes},
    )


def dots_of(facts: PageFacts) -> Mapping[str, tuple[int, int]]:
    """What stands in so few bytes keeps a place, and shows nothing."""
    return {f"data:sha256,{one.digest}": (1, 1) for one in facts.pictures if one.size <= DOT_BYTES}


def _bytes_of(waiting: Iterable[ToShoot]) -> int:
    """What is the same object is held once."""
    held: dict[int, int] = {}
    for one in waiting:
        for fetched in (one.page, one.image, *one.beside.sheets.values()):
            if fetched is not None:
                held[id(fetched.body)] = len(fetched.body)
    return sum(held.values())


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
