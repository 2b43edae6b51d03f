"""The rows of a capture, in the transaction that records its finds: the capture itself, and one row for each file. And
what is to be fetched for evidence alone, where the bytes were not in hand: an intent (`want`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.model.capture import Capture, CaptureCause, CaptureState, Missing
from monitor.model.evidence import WITHHELD, EvidenceItem, EvidenceKind
from monitor.model.ids import CaptureId, SightingId, new_id
from monitor.model.page import Fetched
from monitor.model.sighting import Sighting
from monitor.pipeline.contents import PAGE_CLOSED, keeps_picture
from monitor.pipeline.sealing import KeptOfFind, Sealed, Sealing
from monitor.ports import Store

GAPS = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(days=1),
    timedelta(days=2),
)
"""From one try to the next. After the last one it is given up."""

SHOT_LATER = "It is made after the find is told."


def keep_capture(
    name: CaptureId,
    sighting: Sighting,
    page: Fetched | None,
    kept: KeptOfFind,
    sealing: Sealing,
    now: datetime,
    *,
    is_page_closed: bool = False,
) -> tuple[tuple[EvidenceItem, ...], frozenset[Sealed]]:
    """Of one find: its capture, begun or gone on with, and its rows, of which those that the capture has already are
    not written again. In the caller's transaction, after the sighting was saved. With the files that rows now name."""
    store = sealing.deps.store
    if sealing.deps.vault is None:
        return (), frozenset()
    known = store.captures.get(sighting.case, name) or _begun(name, sighting, page, now)
    sealing.unfinished[known.id] = known.case
    there = {item.kind for item in store.evidence.of_capture(known.case, known.id) if not item.sighting}
    items, named = list[EvidenceItem](), set[Sealed]()
    missing = list(known.missing) + [one for one in kept.missing if one not in known.missing]
    store.captures.save(_with(known, sighting, kept, missing, now))
    for one in kept.files:
        if one.is_shared and one.kind in there:
            named.add(one)
            continue
        is_withheld = one.is_shared and is_page_closed
        file = WITHHELD if is_withheld else one.file
        whose = SightingId("") if one.is_shared else sighting.id
        item = EvidenceItem(new_id(now), sighting.case, whose, one.kind, now, one.media_type, file, known.id)
        items.append(item)
        if not is_withheld:
            named.add(one)
    store.evidence.save(*items)
    return tuple(items), frozenset(named)


def _begun(name: CaptureId, sighting: Sighting, page: Fetched | None, now: datetime) -> Capture:
    url = page.url if page is not None else sighting.place.page_url
    return Capture(name, sighting.case, url, CaptureState.WHOLE, CaptureCause.SEEN, asked_at=now)


def _with(known: Capture, sighting: Sighting, kept: KeptOfFind, missing: Sequence[Missing], now: datetime) -> Capture:
    state = CaptureState.PARTIAL if missing else CaptureState.WHOLE
    return replace(
        known,
        state=state,
        taken_at=known.taken_at or now,
        retry_at=None,
        why=kept.failed,
        missing=tuple(missing),
        sightings=tuple(sorted({*known.sightings, sighting.id})),
    )


def is_to_be_fetched(sighting: Sighting, page: Fetched | None, image: Fetched | None) -> bool:
    """Whether something of a find that is evidence was not in hand. What is only possible waits for her word."""
    if sighting.under_18 or not keeps_picture(sighting, sighting.match):
        return False
    return page is None or not page.body or image is None or not image.body


def want_the_rest(
    sighting: Sighting, page: Fetched | None, image: Fetched | None, kept: KeptOfFind, sealing: Sealing, now: datetime
) -> None:
    """What was not in hand, or could not be written, is fetched for evidence alone."""
    store = sealing.deps.store
    if sealing.deps.vault is None:
        return
    if kept.failed:
        want(sighting, CaptureCause.SEEN, store=store, now=now, why=kept.failed, wait=GAPS[0])
    elif is_to_be_fetched(sighting, page, image):
        is_old = page is None and image is None
        want(sighting, CaptureCause.RETROACTIVE if is_old else CaptureCause.KNOWN, store=store, now=now)


def want(
    sighting: Sighting,
    cause: CaptureCause,
    *,
    store: Store,
    now: datetime,
    why: str = "",
    wait: timedelta | None = None,
) -> Capture:
    """An intent: in the caller's transaction. One for all that is wanted of a page, as long as nobody tried. wait:
    before the first try; why: what hindered it so far."""
    page = sighting.place.page_url
    retry_at = now + wait if wait is not None else None
    for known in store.captures.on_pages(sighting.case, [page]):
        if known.state is CaptureState.WANTED and not known.tries and known.cause is cause:
            joined = replace(known, sightings=tuple(sorted({*known.sightings, sighting.id})))
            store.captures.save(joined)
            return joined
    intent = Capture(
        CaptureId(new_id(now)),
        sighting.case,
        page,
        CaptureState.WANTED,
        cause,
        asked_at=now,
        retry_at=retry_at,
        why=why,
        sightings=(sighting.id,),
    )
    store.captures.save(intent)
    return intent


def with_missing(capture: Capture, missing: Iterable[Missing]) -> Capture:
    """What is still missing of what is kept."""
    still = tuple(dict.fromkeys(missing))
    return replace(capture, missing=still, state=CaptureState.PARTIAL if still else CaptureState.WHOLE)


def page_closed(items: Iterable[EvidenceItem]) -> Iterator[Missing]:
    for item in items:
        if item.is_withheld and item.kind is EvidenceKind.PAGE:
            yield Missing(EvidenceKind.PAGE, PAGE_CLOSED)
