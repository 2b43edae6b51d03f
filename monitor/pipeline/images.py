"""The images of a page: which are known, what the others are, and what is remembered of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from monitor.clock import within
from monitor.errors import UnreadableImage
from monitor.matching import pdq
from monitor.model.candidate import Candidate, CandidateFrame, SeenUrl
from monitor.model.fingerprint import ImageReading
from monitor.model.match import Match, Tier
from monitor.model.page import Fetched, ImageRef, OutcomeKind, Purpose, Request
from monitor.model.sighting import Place, Sighting, Status
from monitor.model.watch import Kind
from monitor.pipeline.login import fetch_as_person
from monitor.pipeline.places import media_of, page_of, place_of
from monitor.pipeline.recording import Find, record, see_again
from monitor.pipeline.remembered_page import Remembered
from monitor.pipeline.retroactive import reading_of, turns_of
from monitor.pipeline.state import Look, Looked, Pass
from monitor.ports import Detail

ELSEWHERE = "elsewhere"  # SeenUrl.outcome: the bytes came from another address than this one
ASK_AGAIN_AFTER = timedelta(days=30)  # a known media URL may have been given another picture
STANDING_AT_ONCE = 200  # sightings whose time is moved on in one transaction


def images_of(run: Pass, look: Look) -> list[ImageRef]:
    """The images of this page that are still to be looked at. One that an earlier page of this pass showed to be
    nobody's is not looked at again; one that matched is, since this is another place."""
    fresh = []
    for ref in look.content.images:
        if ref.url in run.forbidden:
            run.closed += 1
            continue
        if ref.url in run.done and not any(url in run.by_image for url in (ref.url, *ref.alternatives)):
            continue
        run.done.add(ref.url)
        run.tally.images += 1
        fresh.append(ref)
    return fresh


def split_known(run: Pass, images: Sequence[ImageRef]) -> tuple[list[tuple[ImageRef, Candidate]], list[ImageRef]]:
    """Images whose bytes need not be asked for, and the rest. Known is what was read at the wanted detail, compared
    with today's references, and asked for within the last 30 days."""
    store, case, now = run.parts.store, run.watch.case, run.parts.clock()
    run.seen = store.seen.get(case, [ref.url for ref in images])
    kept = store.candidates.get(case, {seen.digest for seen in run.seen.values() if seen.digest})
    known, unknown = [], []
    for ref in images:
        before = run.seen.get(ref.url)
        candidate = kept.get(before.digest) if before else None
        if (
            before is not None
            and candidate is not None
            and is_settled(run, candidate)
            and within(ASK_AGAIN_AFTER, before.checked_at, now)
        ):
            known.append((ref, candidate))
        else:
            unknown.append(ref)
    return known, unknown


def within_cap(run: Pass, unknown: Sequence[ImageRef]) -> Sequence[ImageRef]:
    """Those that may still be asked for in this run. Known ones cost nothing and do not count: so a place with more
    pictures than the cap is seen whole, a part in each run."""
    kept = unknown[: run.images_left()]
    run.asked += len(kept)
    if len(kept) < len(unknown):
        if run.asked >= run.watch.images.max_images:
            run.tally.limit("images", run.watch.images.max_images)
        else:
            run.site_spent(run.site, "images")
        run.leave_out(len(unknown) - len(kept))
    return kept


def known_images(run: Pass, remembered: Remembered) -> tuple[str, ...]:
    """What a browser need not load again of a page: known pictures, and what it loaded beside them."""
    known, unknown = split_known(run, remembered.content.images)
    wanted = {url for ref in unknown for url in (ref.url, *ref.alternatives)}
    here = (url for ref, _ in known for url in (ref.url, *ref.alternatives))
    return tuple(url for url in dict.fromkeys((*here, *remembered.loaded)) if url not in wanted)


def is_settled(run: Pass, candidate: Candidate) -> bool:
    """Nothing new would come of decoding these bytes again."""
    if candidate.unreadable:
        return True
    if candidate.planted and candidate.planted not in run.planted:
        return False  # to this watch it is a find
    wanted = ("features",) if run.parts.settings.match.features else ("features", "hashes")
    return candidate.matched_against == run.parts.revision and candidate.detail in wanted


def stand_still(
    run: Pass, look: Look, known: Sequence[tuple[ImageRef, Candidate]], image: Fetched | None = None
) -> None:
    """Known pictures: where they were sighted, they are seen again; on a page where they were not, that is a find.
    image: the bytes, where they are in hand all the same."""
    for ref, candidate in known:
        run.tally.not_modified += 1
        if candidate.unreadable:
            run.tally.image_unseen(candidate.unreadable)
        if run.watch.planted and not run.planted_seen:
            run.planted_seen = candidate.planted in run.planted or _shows_planted(run, candidate)
        here = sighted_here(run, look, ref, candidate)
        for sighting in here:
            stand_at(run, sighting)
        elsewhere = [s for s in run.by_digest.get(candidate.digest, ()) if not s.under_18]
        if not here and elsewhere:
            match = max(elsewhere, key=lambda sighting: sighting.match.score).match
            turns = turns_of(candidate, match.frame)
            place = find_place(run, look, ref, given_by(run, look, ref, candidate, image))
            keep(run, Find(match, place, candidate.digest, turns=turns, image=image, page=look.fetched))


def sighted_here(run: Pass, look: Look, ref: ImageRef, candidate: Candidate) -> list[Sighting]:
    """By the address that the page names; of a picture that another address gave, by its bytes."""
    found = {s.id: s for url in (ref.url, *ref.alternatives) for s in run.by_image.get(url, ())}
    before = run.seen.get(ref.url)
    if before is not None and before.outcome == ELSEWHERE:
        found.update({s.id: s for s in run.by_digest.get(candidate.digest, ())})
    page = page_of(look, ref)
    return [sighting for sighting in found.values() if sighting.place.page_url == page]


def given_by(run: Pass, look: Look, ref: ImageRef, candidate: Candidate, image: Fetched | None) -> str:
    if image is not None:
        return media_of(look, ref, image)
    before = run.seen.get(ref.url)
    return candidate.image_url if before is not None and before.outcome == ELSEWHERE else ref.url


def _shows_planted(run: Pass, candidate: Candidate) -> bool:
    """Known from before it was planted, or from another watch."""
    match = run.parts.matcher.fast(reading_of(candidate))
    return match.tier is not Tier.NONE and run.watch.is_planted(match)


def stand_at(run: Pass, sighting: Sighting) -> None:
    if run.watch.is_planted(sighting.match):  # found before the watch was told that it is planted
        run.planted_seen = True
    elif sighting.id not in run.stood:
        run.stood.add(sighting.id)
        run.standing.add(sighting.id)
        run.tally.matches += sighting.match.tier is Tier.MATCH
        if sighting.status is Status.REMOVED or len(run.standing) == STANDING_AT_ONCE:  # that one is back is news
            note_standing(run)


def note_standing(run: Pass) -> None:
    """What still stands, in one transaction. Read anew: the person may have decided meanwhile."""
    store = run.parts.store
    with store.transaction():
        for sighting in store.sightings.all(run.watch.case) if run.standing else ():
            if sighting.id in run.standing:
                see_again(sighting, run.watch, run.parts)
    run.standing.clear()


async def look_at(run: Pass, look: Look, lot: Sequence[ImageRef]) -> list[Looked]:
    """Fetch, decode, compare by hashes. Left out is what there is nothing more to do with; why is noted."""
    answers = await asyncio.gather(*(fetch_image(run, look, ref) for ref in lot))
    in_hand = [(ref, fetched) for ref, fetched in zip(lot, answers, strict=True) if fetched is not None]
    kept = run.parts.store.candidates.get(run.watch.case, {fetched.digest for _, fetched in in_hand})
    new = []
    for ref, fetched in in_hand:
        known = kept.get(fetched.digest)
        if known is not None and is_settled(run, known):  # the same bytes are never decoded twice
            remember_image(run, ref, fetched, known)
            stand_still(run, look, [(ref, known)], fetched)
        else:
            new.append((ref, fetched))
    readings = await asyncio.gather(*(read_image(run, look, ref, fetched) for ref, fetched in new))
    return [
        Looked(ref, fetched, reading, run.parts.matcher.fast(reading))
        for (ref, fetched), reading in zip(new, readings, strict=True)
        if reading is not None
    ]


async def read_image(run: Pass, look: Look, ref: ImageRef, fetched: Fetched) -> ImageReading | None:
    try:
        reading = await run.parts.reader.image(fetched.body, Detail.HASHES)
    except UnreadableImage as error:
        run.tally.image_unreadable(ref.url, error)
        remember_image(run, ref, fetched, _candidate(run, look, ref, fetched, unreadable=error.kind))
        return None
    run.tally.new_images += 1
    return reading


async def fetch_image(run: Pass, look: Look, ref: ImageRef) -> Fetched | None:
    """The largest variant that can be had: the browser's own copy, a data: URI, else over the network."""
    problem: Fetched | None = None
    for url in (ref.url, *ref.alternatives):
        fetched = _already_here(look, url)
        if fetched is None:
            request = Request(url, Purpose.IMAGE, ignore_robots=run.watch.ignore_robots, referrer=look.content.url)
            fetched = await fetch_as_person(_conditional(run, request), run.login, run.parts.fetcher)
            run.tally.fetched(fetched)
        if fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:
            _confirm_unchanged(run, look, ref)
            return None
        if fetched.outcome.kind is OutcomeKind.OK:
            return fetched
        problem = problem or fetched
    if problem is not None:
        run.tally.image_failed(problem.request.url, problem.outcome)
        run.page_settled = False
    return None


def _conditional(run: Pass, request: Request) -> Request:
    """Asks only for what changed, where the kept hashes are all that is needed of an unchanged picture."""
    seen = run.seen.get(request.url)
    if seen is None or not seen.digest:
        return request
    candidate = run.parts.store.candidates.get(run.watch.case, [seen.digest]).get(seen.digest)
    if candidate is None or not is_settled(run, candidate):
        return request
    return run.way.conditional(request, seen)


def _confirm_unchanged(run: Pass, look: Look, ref: ImageRef) -> None:
    store, case = run.parts.store, run.watch.case
    seen = run.seen.get(ref.url)
    if seen is None:
        return
    store.seen.save(case, replace(seen, checked_at=run.parts.clock()))
    stand_still(run, look, [(ref, candidate) for candidate in store.candidates.get(case, [seen.digest]).values()])


def _already_here(look: Look, url: str) -> Fetched | None:
    for sub in look.fetched.subresources:
        if url in (sub.request.url, sub.url) and sub.outcome.kind is OutcomeKind.OK:
            return sub
    return look.inline.get(url)


def conclude(run: Pass, look: Look, looked: Looked) -> bool:
    """True when hashes were enough to decide."""
    if run.parts.matcher.wants_features(looked.reading, looked.match):
        return False
    decided(run, look, looked, looked.match, "features" if run.parts.settings.match.features else "hashes")
    return True


async def look_closer(run: Pass, look: Look, looked: Looked) -> None:
    """The detector, within the run's budget; what is left over is looked at in the next run. What hashes suspect is
    looked at in any case: those are few, and until then they are not told."""
    budget = run.parts.settings.match.budget_seconds
    if run.feature_seconds >= budget and looked.match.tier is Tier.NONE:
        run.tally.limit("features", budget)
        run.page_settled = False
        with deciding(run):
            decided(run, look, looked, looked.match, "hashes")
        return
    try:
        reading = await run.parts.reader.image(looked.fetched.body, Detail.FEATURES)
    except UnreadableImage as error:
        run.tally.unreadable(looked.ref.url, error)
        match = run.parts.matcher.full(looked.reading)
    else:  # Beside the loop: meanwhile a reader looks at the next picture, and other watches go on.
        match = await asyncio.to_thread(run.parts.matcher.full, reading)
    with deciding(run):
        decided(run, look, looked, match, "features")


def decided(run: Pass, look: Look, looked: Looked, match: Match, detail: str) -> None:
    candidate = _candidate(run, look, looked.ref, looked.fetched, reading=looked.reading, detail=detail)
    if run.watch.is_planted(match) and match.tier is Tier.MATCH:
        # Remembered like its neighbours: a site that is asked for one picture at each visit learns whose it is.
        run.planted_seen = True
        candidate = replace(candidate, planted=match.reference or "")
    elif match.tier is not Tier.NONE:
        frame = looked.reading.frames[match.frame] if match.frame < len(looked.reading.frames) else None
        keep(
            run,
            Find(
                match,
                find_place(run, look, looked.ref, media_of(look, looked.ref, looked.fetched)),
                looked.fetched.digest,
                turns=frame.pdq_turns if frame else (),
                image=looked.fetched,
                page=look.fetched,
            ),
        )
    remember_image(run, looked.ref, looked.fetched, candidate)


def keep(run: Pass, find: Find) -> None:
    if run.watch.is_planted(find.match):
        run.planted_seen = run.planted_seen or find.match.tier is Tier.MATCH
        return
    recorded = record(find, run.watch, run.parts, run.sealing)
    if find.match.tier is Tier.MATCH:
        run.tally.matches += 1
    if recorded is not None:
        run.add(recorded.sighting)
        run.stood.add(recorded.sighting.id)
        run.tally.new_sightings += recorded.is_new


def find_place(run: Pass, look: Look, ref: ImageRef, image: str) -> Place:
    return place_of(look, ref, image, result_url=result_page(look) if run.watch.kind is Kind.SEARCH else "")


def result_page(look: Look) -> str:
    """The engine's page that led here, for delisting; the page itself when the picture stands on it."""
    return look.visit.referrer if look.visit.depth else look.visit.request.url


def _candidate(
    run: Pass,
    look: Look,
    ref: ImageRef,
    fetched: Fetched,
    *,
    reading: ImageReading | None = None,
    detail: str = "hashes",
    unreadable: str = "",
) -> Candidate:
    now = run.parts.clock()
    frames = reading.frames if reading else ()
    return Candidate(
        digest=fetched.digest,
        case=run.watch.case,
        first_seen=now,
        last_seen=now,
        page_url=page_of(look, ref),
        image_url=media_of(look, ref, fetched),
        watch=run.watch.name,
        frames=tuple(CandidateFrame(b"".join(f.pdq_turns), f.pdq_quality, f.phash, pdq.DIALECT) for f in frames),
        detail=detail,
        matched_against=run.parts.revision,
        unreadable=unreadable,
    )


def remember_image(run: Pass, ref: ImageRef, fetched: Fetched, candidate: Candidate) -> None:
    """Its hashes and its address; its pixels are forgotten here."""
    seen = SeenUrl(
        url=ref.url,
        etag=None,
        last_modified=None,
        digest=fetched.digest,
        checked_at=run.parts.clock(),
        outcome=fetched.outcome.kind.value if candidate.image_url == ref.url else ELSEWHERE,
    )
    run.noted.append((candidate, run.way.noted(seen, fetched)))


@contextmanager
def deciding(run: Pass) -> Iterator[None]:
    """Finds, and what is remembered of every picture that was decided meanwhile, are saved together or not at all."""
    store = run.parts.store
    with store.transaction():
        yield
        store.candidates.save(*(candidate for candidate, _ in run.noted))
        store.seen.save(run.watch.case, *(seen for _, seen in run.noted))
    run.noted.clear()
