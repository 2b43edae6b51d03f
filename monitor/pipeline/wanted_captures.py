"""What is fetched for evidence alone: of a find whose bytes were not in hand when it was found. Each intent is claimed
by one process, fetched as the find's own watch would fetch it, tried again with growing gaps, and given up in the end
with the reason. What came of it is kept, even if it is not all; what could not be written, or failed for the moment, is
an intent of its own then (`rest_of`), which goes on with the same gaps and keeps nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model.capture import Capture, CaptureCause, CaptureState, Missing
from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import CaptureId, CaseId, SightingId, new_id
from monitor.model.page import Fetched, OutcomeKind, Purpose
from monitor.model.presence import Saw
from monitor.model.sighting import Decision, Sighting
from monitor.model.watch import Watch
from monitor.pipeline.capturing import GAPS, keep_capture
from monitor.pipeline.closed_pages import closed_among
from monitor.pipeline.contents import PAGE_CLOSED, ToSeal, keeps_picture
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.her_picture import NO_SHOT, Hers, find_hers, is_yet_to_be_told, with_hers, without_a_page
from monitor.pipeline.login import fetch_as_person, login_of
from monitor.pipeline.manifests import complete, complete_left
from monitor.pipeline.page_recheck import PageSeen, look_at_page_again
from monitor.pipeline.presence_look import what_came
from monitor.pipeline.screenshots import ToShoot, draw, expected
from monitor.pipeline.sealing import KeptOfFind, Sealed, Sealing
from monitor.pipeline.state import part_of
from monitor.pipeline.surviving import surviving
from monitor.pipeline.vault_keeping import IN_WORK
from monitor.pipeline.watch_of_find import watch_of
from monitor.ports import Store

log = logging.getLogger(__name__)

HELD_FOR = timedelta(minutes=20)
"""As long nobody else takes up what one process has claimed: a slow site, by Tor, with its pictures."""
OFFLINE_AGAIN = GAPS[0]
NOTHING_LEFT = "Nothing of it is to be kept any more: it was dismissed, or its place is closed."
NO_ADDRESS = "No address of a picture is known here."
NO_PAGE_TO_DRAW = Missing(EvidenceKind.SCREENSHOT, NO_SHOT)
MOST_AT_ONCE = 50
FOR_NOW = frozenset(
    {
        OutcomeKind.RATE_LIMITED,
        OutcomeKind.SERVER_ERROR,
        OutcomeKind.DNS,
        OutcomeKind.CONNECTION,
        OutcomeKind.TIMEOUT,
        OutcomeKind.OFFLINE,
        OutcomeKind.PROXY,
        OutcomeKind.PART,
        OutcomeKind.BUDGET,
    }
)
"""What may be otherwise another time."""


@dataclass(frozen=True, slots=True)
class Captured:
    """Of one round. kept: captures of which something is kept now. again: that are tried later."""

    kept: int = 0
    given_up: int = 0
    again: int = 0

    def plus(self, other: Captured) -> Captured:
        return Captured(self.kept + other.kept, self.given_up + other.given_up, self.again + other.again)

    def and_one(self, state: CaptureState) -> Captured:
        if state is CaptureState.GIVEN_UP:
            return replace(self, given_up=self.given_up + 1)
        if state is CaptureState.WANTED:
            return replace(self, again=self.again + 1)
        return replace(self, kept=self.kept + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Came:
    """Of one find. image: None where it did not come, for the reason `why`. is_for_now: it may come another time."""

    sighting: Sighting
    image: Fetched | None
    why: str = ""
    is_for_now: bool = False
    hers: Hers | None = None  # where it was to be told which picture of the page is meant


def is_work(case: CaseId, store: Store, now: datetime, only: Collection[CaptureId] | None = None) -> bool:
    """Whether `take_wanted` would do anything."""
    if only is not None:
        return any(one.id in only for one in store.captures.wanted(case))
    return bool(store.captures.due(case, now, 1) or store.captures.without_manifest(case, now - IN_WORK, 1))


async def take_wanted(
    case: CaseId, watches: Mapping[str, Watch], deps: Dependencies, *, only: Collection[CaptureId] | None = None
) -> Captured:
    """All of the case that is due, or those of `only` alone, due or not. watches: by name."""
    done, store = Captured(), deps.store
    if deps.vault is None or (only is None and not deps.vault.has_room()):
        return done  # nothing is fetched that could not be kept, and no try is counted
    if deps.quota is not None and not (deps.quota.may_ask() and deps.quota.has_captures()):
        return done  # likewise
    due = store.captures.due(case, deps.clock(), MOST_AT_ONCE) if only is None else store.captures.wanted(case)
    for capture in due:
        if only is not None and capture.id not in only:
            continue
        with surviving("captures"):
            if store.captures.claim(capture.case, capture.id, capture.tries, deps.clock() + HELD_FOR):
                claimed = replace(capture, tries=capture.tries + 1)
                done = done.and_one(await _take(claimed, watches, deps))
    if only is None:
        await complete_left(case, deps)
    return done


async def _take(capture: Capture, watches: Mapping[str, Watch], deps: Dependencies) -> CaptureState:
    sightings = _open_ones(capture, deps)
    closed = deps.store.sightings.closed_addresses(capture.case)
    if not sightings or closed_among([capture.page_url], capture.case, deps.store):
        return _end(capture, CaptureState.GIVEN_UP, PAGE_CLOSED if sightings else NOTHING_LEFT, deps)
    by_hand = [one for one in sightings if one.is_by_hand]
    if by_hand:  # the person wrote its addresses herself
        deps.fetcher.allow_ports_of({capture.page_url, *(one.place.image_url for one in by_hand)} - {""})
    watch = watch_of(sightings[0], watches, deps)
    page = await look_at_page_again(capture.page_url, watch, deps)
    page = await without_a_page(page, deps) if by_hand else page
    if page.outcome is OutcomeKind.OFFLINE:
        return _again(replace(capture, tries=capture.tries - 1), "This computer has no network.", deps)
    came = [await _ask(one, page, watch, closed, deps) for one in sightings]
    if not _brings(capture, page, came):
        return _again(capture, page.why or next((one.why for one in came if one.why), ""), deps)
    return await _keep(capture, page, came, deps)


def _open_ones(capture: Capture, deps: Dependencies) -> list[Sighting]:
    found = deps.store.sightings.of_ids(capture.case, capture.sightings)
    return [one for one in found if not one.under_18 and one.decision is not Decision.NOT_MINE]


async def _ask(sighting: Sighting, page: PageSeen, watch: Watch, closed: Collection[str], deps: Dependencies) -> Came:
    """Its picture: as the page gave it, else asked for. Only what is the picture still is kept."""
    if is_yet_to_be_told(sighting):
        hers = await find_hers(sighting, page, watch, closed, deps)
        return Came(with_hers(sighting, hers, deps.store), hers.image, hers.why, hers.failed in FOR_NOW, hers)
    url = sighting.place.image_url
    if not url or not keeps_picture(sighting, sighting.match) or url in closed:
        return Came(sighting, None, NO_ADDRESS)
    image = page.gave(url) or page.inline.get(url)
    if image is None:
        if url.startswith("data:"):
            return Came(sighting, None, "It was written into the page, and is not there any more.")
        request = part_of(watch, sighting.place.page_url, url, Purpose.IMAGE, page.jar)
        image = await fetch_as_person(request, login_of(watch, deps.store), deps.fetcher)
    saw, why = await what_came(sighting, image, deps)
    if saw is Saw.THERE and image.body:
        return Came(sighting, image)
    why_not = f"It did not come: {why or image.outcome.message or 'nothing that can be read'}"
    return Came(sighting, None, why_not, image.outcome.kind in FOR_NOW)


def _brings(capture: Capture, page: PageSeen, came: Sequence[Came]) -> bool:
    """Whether anything of what it is for has come."""
    has_page, has_image = page.fetched is not None, any(one.image is not None for one in came)
    wanted = {one.kind for one in capture.missing}
    if wanted == {EvidenceKind.IMAGE}:
        return has_image
    if wanted and wanted <= {EvidenceKind.PAGE, EvidenceKind.SERVED}:
        return has_page
    return has_page or has_image


async def _keep(capture: Capture, page: PageSeen, came: Sequence[Came], deps: Dependencies) -> CaptureState:
    """Sealed first, then one short transaction, as of any find."""
    sealing, now = Sealing(deps), deps.clock()
    if page.fetched is not None:
        sealing.is_of(capture.id, capture.case, page.fetched)
    kept = await sealing.seal([_to_seal(capture, page, one, deps, now) for one in came])
    if why := _hindered(capture, kept):
        sealing.drop(file for one in kept for file in one.files)
        return _again(replace(capture, tries=_tries_for_us(capture)), why, deps)
    named, shots = frozenset[Sealed](), list[ToShoot]()
    try:
        with deps.store.transaction():
            state, written = _write(capture, came, kept, page, sealing, shots)
        named = written
        sealing.are_named(named)
        draw(shots)
    finally:
        sealing.drop(file for one in kept for file in one.files if file not in named)
    await complete(sealing)
    return state


def _to_seal(capture: Capture, page: PageSeen, one: Came, deps: Dependencies, now: datetime) -> ToSeal:
    """What goes on with an earlier look keeps nothing twice."""
    goes_on = bool(capture.missing) or capture.cause is CaptureCause.SEEN
    return ToSeal(
        capture.id,
        one.sighting,
        one.sighting.match,
        one.sighting.place,
        one.image,
        page.fetched,
        now,
        no_image=one.why,
        no_page=page.why if page.is_picture or not page.why else f"It did not come: {page.why}",
        named=_named(one, page),
        there=_there(one.sighting, deps.store) if goes_on else (),
    )


def _hindered(capture: Capture, kept: Sequence[KeptOfFind]) -> str:
    """Why nothing of what it is for could be written; '' where something was."""
    done = {kind for one in kept for kind in (*one.had, *(file.kind for file in one.files))}
    wanted = {one.kind for one in capture.missing} or done
    return "" if done & wanted else next((one.failed for one in kept if one.failed), "")


def _write(
    capture: Capture,
    came: Sequence[Came],
    kept: Sequence[KeptOfFind],
    page: PageSeen,
    sealing: Sealing,
    shots: list[ToShoot],
) -> tuple[CaptureState, frozenset[Sealed]]:
    """In the transaction: what was decided meanwhile holds. shots: screenshots that are to be made are added."""
    store, now, named = sealing.deps.store, sealing.deps.clock(), set[Sealed]()
    current = store.captures.get(capture.case, capture.id)
    if current is None or current.state is not CaptureState.WANTED:
        return (current.state if current else CaptureState.CLOSED), frozenset()
    asked, still = current, {one.id for one in _open_ones(current, sealing.deps)}
    if not still or closed_among([current.page_url], current.case, store):
        return _end(current, CaptureState.GIVEN_UP, NOTHING_LEFT, sealing.deps), frozenset()
    if asked.missing:  # what is still missing then is said anew
        store.captures.save(replace(asked, missing=()))
    for one, files in zip(came, kept, strict=True):
        if one.sighting.id in still:
            _save_hers(one, store)
            files = replace(files, missing=(*files.missing, NO_PAGE_TO_DRAW)) if page.is_picture else files
            items, written = keep_capture(current.id, one.sighting, page.fetched, files, sealing, now)
            named |= written
            if not asked.missing or not _is_shown(one.sighting, store):
                shots += _shots_of(one, page, items, sealing.deps)
            current = store.captures.get(current.case, current.id) or current
    of_open = [(one, files) for one, files in zip(came, kept, strict=True) if one.sighting.id in still]
    if (rest := rest_of(replace(asked, tries=max(asked.tries, 1)), page, of_open, now)) is not None:
        store.captures.save(rest)
    return current.state, frozenset(named)


def _there(sighting: Sighting, store: Store) -> tuple[EvidenceItem, ...]:
    return tuple(item for item in store.evidence.all(sighting.case, sighting.id) if not item.is_withheld)


def _is_shown(sighting: Sighting, store: Store) -> bool:
    return any(item.kind is EvidenceKind.SCREENSHOT for item in _there(sighting, store))


def rest_of(asked: Capture, page: PageSeen, came: Sequence[tuple[Came, KeptOfFind]], now: datetime) -> Capture | None:
    """An intent for what could not be written, or failed for the moment, and for nothing else; after the last gap
    none: what was kept says what is missing, and why."""
    lost_page = f"It did not come: {page.why}" if page.fetched is None and page.outcome in FOR_NOW else ""
    missing, whose = [Missing(EvidenceKind.PAGE, lost_page)] if lost_page else [], list[SightingId]()
    for one, kept in came:
        lacks = [Missing(kind, kept.failed) for kind in kept.unwritten]
        lacks += [Missing(EvidenceKind.IMAGE, one.why)] if one.is_for_now else []
        missing += lacks
        if lacks or lost_page:
            whose.append(one.sighting.id)
    if any(kept.unwritten for _, kept in came):
        asked = replace(asked, tries=_tries_for_us(asked))
    if not whose or asked.tries > len(GAPS):
        return None
    return replace(
        asked,
        id=CaptureId(new_id(now)),
        state=CaptureState.WANTED,
        taken_at=None,
        retry_at=now + GAPS[asked.tries - 1],
        why=missing[0].why,
        missing=tuple({one.kind: one for one in missing}.values()),
        sightings=tuple(sorted(whose)),
    )


def _tries_for_us(capture: Capture) -> int:
    """What our own disk does not take is not given up, however long that lasts."""
    return min(capture.tries, len(GAPS))


def _save_hers(one: Came, store: Store) -> None:
    """As it stands now: she may have said more of it meanwhile."""
    current = store.sightings.get(one.sighting.case, one.sighting.id)
    if one.hers is not None and current is not None:
        store.sightings.save(with_hers(current, one.hers, store))


def _shots_of(one: Came, page: PageSeen, items: Sequence[EvidenceItem], deps: Dependencies) -> Sequence[ToShoot]:
    return expected(
        one.sighting, page.fetched, one.image, items, deps, named=_named(one, page), is_last=not one.is_for_now
    )


def _named(one: Came, page: PageSeen) -> tuple[str, ...]:
    """By which addresses the page names it."""
    return page.named_as(one.sighting.place.image_url) or (one.hers.named if one.hers is not None else ())


def _again(capture: Capture, why: str, deps: Dependencies) -> CaptureState:
    """With a longer gap each time; after the last one it is given up."""
    if capture.tries > len(GAPS):
        return _end(capture, CaptureState.GIVEN_UP, why, deps)
    gap = GAPS[max(capture.tries - 1, 0)]
    waits = replace(capture, retry_at=deps.clock() + gap, why=why)
    return _save(waits, deps)


def _end(capture: Capture, state: CaptureState, why: str, deps: Dependencies) -> CaptureState:
    return _save(replace(capture, state=state, retry_at=None, why=why), deps)


def _save(capture: Capture, deps: Dependencies) -> CaptureState:
    """What was decided meanwhile holds: a closed one is not wanted again."""
    with deps.store.transaction():
        current = deps.store.captures.get(capture.case, capture.id)
        if current is None or current.state is not CaptureState.WANTED:
            return current.state if current else CaptureState.CLOSED
        deps.store.captures.save(replace(capture, sightings=current.sightings))
    return capture.state
