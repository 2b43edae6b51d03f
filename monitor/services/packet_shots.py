"""Screenshots that were not made when the page was kept: made for the packet, of the same saved bytes, which only who
has the key can read."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.evidence.packet import CapturePart, PacketFile
from monitor.evidence.packet_names import numbered
from monitor.evidence.record_reading import PageInRecord, page_in, picture_names_in
from monitor.evidence.warc_reading import sheets_in
from monitor.model.capture import Capture
from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import CaptureId, CaseId, ContentDigest, SightingId, digest_of
from monitor.model.screenshot import SavedPage, SavedPicture, Screenshot
from monitor.model.settings import Settings
from monitor.model.sighting import Sighting
from monitor.pipeline.screenshots import ShotKeeper, keep_shot
from monitor.ports import Screenshots, Store, Vault
from monitor.services.packet_parts import OpenedFile, Parts
from monitor.vault.opening import Unsealer

MOST_MADE = 256_000_000  # bytes of PNG in memory, in one packet
MOST_PAGE = 64_000_000  # bytes of one page, unpacked
_TOO_MANY = "there were too many to make at once: export fewer finds at a time"


@dataclass(frozen=True, slots=True, eq=False)
class ShotsOfCase:
    """`pipeline.screenshots.ShotKeeper`."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    vault: Vault | None


@dataclass(frozen=True, slots=True)
class MissingShot:
    """Whose screenshot it is that is missing: `pipeline.screenshots.ShotOf`."""

    case: CaseId
    capture: CaptureId
    sighting: SightingId


MadeShots = Mapping[tuple[str, str], Screenshot]
"""By the ids of capture and sighting."""


@dataclass(frozen=True, slots=True)
class _Missing:
    capture: Capture
    find: Sighting
    page: EvidenceItem
    image: EvidenceItem
    record: bytes
    archive: EvidenceItem | None


async def make_missing_shots(
    parts: Parts, opened: Mapping[str, OpenedFile], unsealer: Unsealer, keeper: ShotKeeper, screenshots: Screenshots
) -> MadeShots:
    """Of each find whose page and picture are there and hold, on each capture that has no screenshot of it. Each is
    sealed too, so that it is not missing any more; where that cannot be, it is in this packet alone."""
    vault = keeper.settings.vault_dir
    made: dict[tuple[str, str], Screenshot] = {}
    size = 0
    for one in _missing(parts, opened):
        if size > MOST_MADE:
            shot = Screenshot(why_not=_TOO_MANY)
        else:
            shot = await screenshots.make(_saved(one, unsealer, vault))
        if shot.pieces:
            await keep_shot(MissingShot(parts.case, one.capture.id, one.find.id), shot, keeper)
        size += sum(map(len, shot.pieces))
        made[one.capture.id, one.find.id] = shot
    return made


def _missing(parts: Parts, opened: Mapping[str, OpenedFile]) -> Iterator[_Missing]:
    finds = {find.id: find for find in parts.finds}
    for capture in parts.captures:
        items = [item for item in parts.of_capture(capture) if not opened[item.id].why]
        shown = {item.sighting for item in parts.of_capture(capture) if item.kind is EvidenceKind.SCREENSHOT}
        page = _first(items, EvidenceKind.PAGE, SightingId(""))
        for name in capture.sightings:
            image, record = _first(items, EvidenceKind.IMAGE, name), _first(items, EvidenceKind.RECORD, name)
            if page is not None and image is not None and name in finds and name not in shown:
                told = opened[record.id].content if record is not None else b""
                archive = _first(items, EvidenceKind.WARC, SightingId(""))
                yield _Missing(capture, finds[name], page, image, told, archive)


def _first(items: list[EvidenceItem], kind: EvidenceKind, sighting: SightingId) -> EvidenceItem | None:
    return next((item for item in items if item.kind is kind and item.sighting == sighting), None)


def _saved(one: _Missing, unsealer: Unsealer, vault: Path) -> SavedPage:
    told: PageInRecord = page_in(one.record)
    body = unsealer.read(vault / one.page.file.path)
    packed = one.page.media_type == "application/gzip"
    image = unsealer.read(vault / one.image.file.path)
    names = picture_names_in(one.record)
    gave = frozenset((*one.find.media_urls, *names.gave, f"data:sha256,{one.image.file.plain_digest}")) - {""}
    return SavedPage(
        url=told.url or one.capture.page_url,
        account=one.find.place.account,
        fetched_at=told.fetched_at or one.capture.taken_at or one.capture.asked_at,
        body=_unpacked(body) if packed else body,
        media_type=told.media_type if packed else one.page.media_type,
        page_digest=ContentDigest(told.digest),
        picture=SavedPicture(image, one.image.media_type, gave, frozenset(names.named) - gave),
        sheets=sheets_in(unsealer.read(vault / one.archive.file.path)) if one.archive is not None else (),
        sizes=names.sizes,
        is_rendered=told.is_rendered,
        served_digest=ContentDigest(told.served_digest),
    )


def _unpacked(body: bytes) -> bytes:
    """What this program packed; of more than it ever packs, the beginning."""
    return zlib.decompressobj(wbits=31).decompress(body, MOST_PAGE)


def with_made_shots(
    captures: Sequence[CapturePart], parts: Parts, made: MadeShots, drawn: dict[str, bytes]
) -> tuple[CapturePart, ...]:
    """The captures with what was made for the packet in them. drawn: gets its files, by name."""
    return tuple(
        _with(part, capture, parts, made, drawn) for part, capture in zip(captures, parts.captures, strict=True)
    )


def _with(part: CapturePart, capture: Capture, parts: Parts, made: MadeShots, drawn: dict[str, bytes]) -> CapturePart:
    files, missing = list(part.files), part.missing
    for number, find in enumerate(parts.finds, start=1):
        shot = made.get((capture.id, find.id))
        if shot is None:
            continue
        missing = tuple(one for one in missing if one[0] != EvidenceKind.SCREENSHOT.value)
        if shot.why_not:
            missing = (*missing, (f"the screenshot of find {number}", shot.why_not))
        for place, piece in enumerate(shot.pieces, start=1):
            name = f"{numbered('captures', part.number)}/find-{number:04}/screenshot-made-for-packet-{place}.png"
            drawn[name] = piece
            files.append(
                PacketFile(
                    name=name, kind="screenshot", media_type="image/png", size=len(piece), digest=digest_of(piece)
                )
            )
    return replace(part, files=tuple(files), missing=missing)
