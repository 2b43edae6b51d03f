"""A copy turned up: seal what is in hand, then write sighting, capture, evidence rows and alert in one short
transaction.

What is decided of a find before it is sealed is decided again in that transaction: the person, or another watch, may
have been there meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.domains import domain_of
from monitor.errors import NoWriting
from monitor.model.ids import NO_DIGEST, CaptureId, CaseId, ContentDigest, ReferenceId, SightingId, new_id
from monitor.model.match import Match, Tier
from monitor.model.page import Fetched
from monitor.model.sighting import Place, Sighting
from monitor.model.watch import Watch
from monitor.pipeline.assigning import Assigned, Here, assign, found_of, told_as
from monitor.pipeline.beside import Beside
from monitor.pipeline.capturing import keep_capture, want_the_rest
from monitor.pipeline.closed_pages import closed_among, pages_of, without_words
from monitor.pipeline.contents import PAGE_IS_CLOSED, ToSeal
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.screenshots import ToShoot, draw, expected
from monitor.pipeline.sealing import NOTHING_KEPT, KeptOfFind, Sealed, Sealing
from monitor.pipeline.telling import tell_find
from monitor.pipeline.writing_finds import write_find
from monitor.ports import Store
from monitor.tracking import sighting_life
from monitor.tracking.addresses import seen_at
from monitor.tracking.dismissed import is_covered
from monitor.tracking.presence import observed, of_a_find
from monitor.tracking.reconcile import Found

log = logging.getLogger(__name__)


TRIES = 3  # to seal what another decision took away meanwhile; then the find is recorded without it


@dataclass(frozen=True, slots=True, eq=False)
class Find:
    """A picture that matched, with what is in hand of it. watch: the one that saw it. turns: the picture's own PDQ in
    its eight turns, for lasting dismissals.
    image, page: None when only known by what was kept of an earlier look. post, named: which of the page's posts it
    stands in, and every address that the page names it by."""

    watch: Watch
    match: Match
    place: Place
    digest: ContentDigest
    turns: tuple[bytes, ...] = ()
    image: Fetched | None = None
    page: Fetched | None = None
    post: int = 0
    named: tuple[str, ...] = ()
    beside: Beside = field(default_factory=Beside)


@dataclass(frozen=True, slots=True)
class Recorded:
    """copy: which copy of its page it is, as `Found.copy` has it. more_addresses: it was found at one more than was
    known."""

    sighting: Sighting
    is_new: bool
    copy: Hashable
    more_addresses: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """What a find comes to, as the store has it now. is_news: to be told. is_fact: worth evidence of its own; what is
    sealed already is not sealed again, a picture that came back is a new fact. copy: as `Recorded` has it. other_bytes:
    that it had before these."""

    sighting: Sighting
    is_new: bool
    is_news: bool
    is_fact: bool
    copy: Hashable = None
    more_addresses: bool = False
    other_bytes: ContentDigest = NO_DIGEST


@dataclass(frozen=True, slots=True)
class Closed:
    """photos: taken away since the pass began, as with what is closed as under 18. pages: on which a find was closed:
    their text is not kept, for other finds neither. media: addresses of pictures that any case has closed meanwhile."""

    photos: frozenset[str]
    pages: frozenset[str]
    media: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Prepared:
    """own_id: of the sighting, if it is a new one. capture: the look that it was found in. sighting: that the files
    tell of, None where nothing was to seal. is_page_closed: as that was when they were sealed."""

    own_id: SightingId
    capture: CaptureId
    sighting: SightingId | None = None
    kept: KeptOfFind = NOTHING_KEPT
    is_page_closed: bool = False


class _Overtaken(Exception):
    """What was sealed is not what is to be recorded any more."""


async def record(
    finds: Sequence[Find],
    deps: Dependencies,
    sealing: Sealing | None = None,
    *,
    here: Here | None = None,
    beside: Callable[[], None] | None = None,
) -> tuple[Recorded | None, ...]:
    """All of them, or none. None in place of a find when the person has said that this picture is not to be spoken of
    again, put it there herself, or took away the photo that it shows. sealing: the run's own, so that what several
    finds have in common is sealed once. here: what the look knows of their place; None where there is none. beside:
    saves what is to be saved with them or not at all; in the transaction, which may be begun again."""
    sealing, store, finds = sealing or Sealing(deps), deps.store, _as_known(finds, deps)
    ids = [SightingId(new_id(deps.clock())) for _ in finds]
    async with sealing.turn:
        for tries in range(1, TRIES + 1):
            prepared = await _prepare(finds, ids, here, deps, sealing)
            used, shots = frozenset[Sealed](), list[ToShoot]()
            try:
                with store.transaction():
                    closed = _closed(finds, deps)
                    recorded, files = _write(
                        finds, prepared, here, closed, deps, sealing, shots, is_last=tries == TRIES
                    )
                    if beside is not None:
                        beside()
                    _forget_closed(finds, closed, store)
                used = files
                sealing.are_named(used)
                draw(shots)
                return recorded
            except _Overtaken:
                continue
            except NoWriting as error:  # nothing of it was saved
                if not error.made_room or tries == TRIES:
                    raise
                continue
            finally:
                sealing.drop(one for each in prepared for one in each.kept.files if one not in used)
    raise AssertionError("the last try is not overtaken")


async def _prepare(
    finds: Sequence[Find], ids: Sequence[SightingId], here: Here | None, deps: Dependencies, sealing: Sealing
) -> tuple[Prepared, ...]:
    wanted: dict[SightingId, ToSeal] = {}
    looks = [sealing.capture_of(find.watch.case, find.page) for find in finds]
    closed = _closed(finds, deps)
    finds = _without_words(finds, closed)
    for find, look, own_id, decided in zip(finds, looks, ids, _decide_all(finds, ids, here, closed, deps), strict=True):
        now = deps.clock()
        if decided is not None and decided.is_fact:
            is_closed = not closed.pages.isdisjoint(pages_of(find.place))
            wanted[own_id] = ToSeal(
                look,
                decided.sighting,
                find.match,
                find.place,
                find.image,
                find.page,
                now,
                is_page_closed=is_closed,
                named=find.named,
                beside=find.beside,
            )
    kept = dict(zip(wanted, await sealing.seal(tuple(wanted.values())), strict=True))
    return tuple(
        Prepared(own_id, look, wanted[own_id].sighting.id, kept[own_id], is_page_closed=wanted[own_id].is_page_closed)
        if own_id in wanted
        else Prepared(own_id, look)
        for own_id, look in zip(ids, looks, strict=True)
    )


def _write(
    finds: Sequence[Find],
    prepared: Sequence[Prepared],
    here: Here | None,
    closed: Closed,
    deps: Dependencies,
    sealing: Sealing,
    shots: list[ToShoot],
    *,
    is_last: bool,
) -> tuple[tuple[Recorded | None, ...], frozenset[Sealed]]:
    """In the transaction. With the files that rows now name. shots: screenshots that are to be made are added. is_last:
    what is not there any more is done without, else raises _Overtaken."""
    recorded: list[Recorded | None] = []
    named = set[Sealed]()
    ids = [ready.own_id for ready in prepared]
    finds = _without_words(finds, closed)
    for find, ready, decided in zip(finds, prepared, _decide_all(finds, ids, here, closed, deps), strict=True):
        now = deps.clock()
        if decided is None:
            recorded.append(None)
            continue
        is_closed = not closed.pages.isdisjoint(pages_of(find.place))
        sighting = decided.sighting
        kept = _kept(decided, ready, deps, sealing, is_last=is_last, is_page_closed=is_closed)
        is_back = write_find(sighting, is_new=decided.is_new, store=deps.store, now=now)
        if decided.other_bytes:
            _forget_former(decided.other_bytes, sighting.case, deps.store)
        if decided.is_fact:
            items, files = keep_capture(
                ready.capture, sighting, find.page, kept, sealing, now, is_page_closed=is_closed
            )
            sighting = replace(sighting, evidence=sighting.evidence + tuple(item.id for item in items))
            named |= files
            if not is_closed:
                shots += expected(sighting, find.page, find.image, items, deps, named=find.named, beside=find.beside)
                want_the_rest(sighting, find.page, find.image, kept, sealing, now)
        if decided.is_news and sighting.match.tier is Tier.MATCH:
            tell_find(sighting, find.watch, deps, now, is_back=is_back)
        recorded.append(Recorded(sighting, decided.is_new, decided.copy, decided.more_addresses))
    return tuple(recorded), frozenset(named)


def _kept(
    decided: Decided, ready: Prepared, deps: Dependencies, sealing: Sealing, *, is_last: bool, is_page_closed: bool
) -> KeptOfFind:
    if not decided.is_fact or deps.vault is None:
        return NOTHING_KEPT
    is_of_it = ready.sighting == decided.sighting.id and ready.is_page_closed == is_page_closed
    there = tuple(one for one in ready.kept.files if is_of_it and sealing.is_there(one))
    if not is_last and (not is_of_it or len(there) < len(ready.kept.files)):
        raise _Overtaken
    missing = ready.kept.missing if ready.is_page_closed == is_page_closed else (PAGE_IS_CLOSED,)
    return replace(ready.kept, files=there, missing=missing)


def _decide_all(
    finds: Sequence[Find], ids: Sequence[SightingId], here: Here | None, closed: Closed, deps: Dependencies
) -> list[Decided | None]:
    """Writes nothing. None where nothing is to be recorded. What several finds are one copy of is decided once: the
    others stand by it."""
    open_finds = [at for at, find in enumerate(finds) if _is_open(find, closed)]
    decided: list[Decided | None] = [None] * len(finds)
    once: dict[Hashable, Decided | None] = {}
    for case in dict.fromkeys(finds[at].watch.case for at in open_finds):
        of_case = [at for at in open_finds if finds[at].watch.case == case]
        values = [(_found(finds[at]), finds[at].place) for at in of_case]
        for at, assigned in zip(of_case, assign(case, values, here, deps.store), strict=True):
            which = assigned.copy
            if which in once:
                first = once[which]
                again = first and replace(first, is_new=False, is_news=False, is_fact=False, copy=assigned.seen_as)
                decided[at] = again
                continue
            decided[at] = once[which] = _decide(finds[at], ids[at], assigned, here, deps, deps.clock())
    return decided


def unsure(finds: Sequence[Find], here: Here, deps: Dependencies) -> list[bool]:
    """Which of them would be assigned to a find that may yet be met elsewhere in their list. Writes nothing."""
    finds = _as_known(finds, deps)
    closed = _closed(finds, deps)
    open_finds = [at for at, find in enumerate(finds) if _is_open(find, closed)]
    values = [(_found(finds[at]), finds[at].place) for at in open_finds]
    done = assign(finds[0].watch.case, values, here, deps.store) if finds else ()
    are = {at for at, assigned in zip(open_finds, done, strict=True) if assigned.is_unsure}
    return [at in are for at in range(len(finds))]


def _as_known(finds: Sequence[Find], deps: Dependencies) -> list[Find]:
    def told(find: Find) -> Match:
        return told_as(find.match, find.place, find.digest, find.watch.case, deps.store, deps.matcher)

    return [replace(find, match=told(find)) for find in finds]


def _is_open(find: Find, closed: Closed) -> bool:
    if find.match.reference is None or find.match.tier is Tier.NONE or find.watch.is_planted(find.match):
        return False
    return find.match.reference not in closed.photos and find.place.image_url not in closed.media


def _found(find: Find) -> Found:
    return found_of(find.match, find.place, find.digest, named=find.named, post=find.post, turns=find.turns)


def _decide(
    find: Find, own_id: SightingId, assigned: Assigned, here: Here | None, deps: Dependencies, now: datetime
) -> Decided | None:
    reference, store, case, earlier = find.match.reference, deps.store, find.watch.case, assigned.earlier
    if assigned.is_closed or reference is None:
        return None
    if earlier is None and _is_dismissed(find, reference, case, store):
        return None
    # Which of the two came for this find: what was kept of an earlier look says nothing of today.
    seen = of_a_find(find.place, with_page=find.page is not None, with_media=find.image is not None)
    if earlier is None:
        sighting = sighting_life.first_seen(
            find.match,
            find.place,
            sighting_id=own_id,
            incident=store.incident_id(case, domain_of(find.place.page_url)),
            case=case,
            watch=find.watch.name,
            digest=find.digest,
            now=now,
            glances=seen,
        )
        sighting = seen_at(sighting, assigned.places, now=now)
        is_news = sighting_life.is_news(None, sighting)
        many = sighting.addresses_seen > 1
        return Decided(
            sighting, is_new=True, is_news=is_news, is_fact=is_news, copy=assigned.seen_as, more_addresses=many
        )
    is_met = here is not None and earlier.id in here.met  # it stands where this pass has met it
    sighting = observed(seen_at(earlier, assigned.places, now=now, stays=is_met), seen, now=now)
    is_surer = sighting_life.is_surer(earlier, find.match)
    if is_surer:
        sighting = replace(sighting, match=find.match, later_until=None)  # she put aside what said less
    if is_surer or (find.image is not None and sighting_life.is_encoded_anew(earlier, find.match)):
        sighting = replace(sighting, image_digest=find.digest)
    is_news = sighting_life.is_news(earlier, sighting)
    more, is_fact = sighting.addresses_seen > earlier.addresses_seen, is_news or is_surer
    return Decided(
        sighting,
        is_new=False,
        is_news=is_news,
        is_fact=is_fact,
        copy=assigned.seen_as,
        more_addresses=more,
        other_bytes=earlier.image_digest if sighting.image_digest != earlier.image_digest else NO_DIGEST,
    )


def _closed(finds: Sequence[Find], deps: Dependencies) -> Closed:
    store, photos = deps.store, set[str]()
    for case in {find.watch.case for find in finds}:
        if store.references.revision(case) != deps.revision:
            shown = {find.match.reference for find in finds if find.watch.case == case} - {None}
            photos |= {one for one in shown if one is not None and store.references.get(case, one) is None}
    pages = set[str]()
    for case in {find.watch.case for find in finds}:
        seen = {url for find in finds if find.watch.case == case for url in pages_of(find.place)}
        pages |= closed_among(seen, case, store)
    media = store.closed_for_all.media_among({find.place.image_url for find in finds})
    return Closed(frozenset(photos), frozenset(pages), media)


def _without_words(finds: Sequence[Find], closed: Closed) -> list[Find]:
    """Of pages on which another was closed."""
    return [
        find if closed.pages.isdisjoint(pages_of(find.place)) else replace(find, place=without_words(find.place))
        for find in finds
    ]


def _forget_closed(finds: Sequence[Find], closed: Closed, store: Store) -> None:
    """Of a picture that was closed while it was in hand neither digest nor hash stays."""
    for find in finds:
        if find.match.reference in closed.photos or find.place.image_url in closed.media:
            store.candidates.forget(find.watch.case, find.digest)
            store.seen.forget(find.watch.case, [find.place.image_url])


def _forget_former(digest: ContentDigest, case: CaseId, store: Store) -> None:
    """Bytes that no find has any more: where they come again they are compared anew, and nothing of them is left over
    when the find is closed."""
    if not store.sightings.of_digests(case, [digest]):
        store.candidates.forget(case, digest)


def _is_dismissed(find: Find, reference: ReferenceId, case: CaseId, store: Store) -> bool:
    known = store.dismissals.of(case, reference)
    if not known:
        return False
    photo = store.references.get(case, reference)
    return is_covered(
        known,
        digest=find.digest,
        tier=find.match.tier,
        turns=find.turns,
        photo=photo.fingerprint.pdq.bits if photo else None,
    )
