"""Pictures whose bytes need not be asked for: where they were sighted, they are seen again; on a page where they were
not, that is a find."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from monitor.clock import within
from monitor.crawl.freshness import HALF_MADE
from monitor.model.candidate import Candidate, SeenUrl
from monitor.model.ids import NO_DIGEST, ContentDigest
from monitor.model.match import Tier
from monitor.model.page import Fetched, ImageRef, OutcomeKind
from monitor.model.sighting import Sighting, Status
from monitor.pipeline.picture import ELSEWHERE, Became, Before, asked_again, find_place, is_settled, seen_of
from monitor.pipeline.places import media_of, page_of
from monitor.pipeline.recording import Find
from monitor.pipeline.remembered_page import Remembered
from monitor.pipeline.retroactive import reading_of, turns_of
from monitor.pipeline.state import Look, Pass

Key = TypeVar("Key", bound=Hashable)

ASK_AGAIN_AFTER = timedelta(days=30)  # a known media URL may have been given another picture


Sighted = Mapping[Key, Sequence[Sighting]]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A picture whose hashes are kept. seen: what was known of its address; now: what is to be remembered of it, where
    the site was asked. fetched: its bytes, where they are in hand all the same."""

    ref: ImageRef
    candidate: Candidate
    seen: SeenUrl | None
    now: SeenUrl | None = None
    fetched: Fetched | None = None


def known_images(run: Pass, remembered: Remembered) -> tuple[str, ...]:
    """What a browser need not load again of a page: known pictures, and what it loaded beside them."""
    refs = remembered.content.images
    known, unknown = split_known(run, refs, known_before(run, refs))
    wanted = {url for ref in unknown for url in ref.variants}
    here = (url for one in known for url in one.ref.variants)
    return tuple(url for url in dict.fromkeys((*here, *remembered.loaded)) if url not in wanted)


def known_before(run: Pass, refs: Sequence[ImageRef]) -> Before:
    store, case = run.deps.store, run.watch.case
    seen = store.seen.get(case, [url for ref in refs for url in (ref.url, *ref.shown)])
    return Before(seen, store.candidates.get(case, {one.digest for one in seen.values() if one.digest}))


def split_known(run: Pass, refs: Sequence[ImageRef], before: Before) -> tuple[list[Known], list[ImageRef]]:
    """Images whose bytes need not be asked for, and the rest. Known is what was read at the wanted detail, compared
    with today's references, and asked for within the last 30 days; some of it may be due (`is_due`)."""
    known, unknown, now = [], [], run.deps.clock()
    for ref in refs:
        seen, candidate = before.of(ref.url) or (None, None)
        if seen and candidate and is_settled(run, candidate) and within(ASK_AGAIN_AFTER, seen.checked_at, now):
            known.append(Known(ref, candidate, seen))
        else:
            unknown.append(ref)
    return known, unknown


def next_asked_at(seen: SeenUrl | None) -> datetime | None:
    """When an address is asked again."""
    if seen is None:
        return None
    return seen.ask_again_at or seen.checked_at + ASK_AGAIN_AFTER


def take_due(run: Pass, known: Sequence[Known]) -> tuple[list[Known], list[ImageRef]]:
    """Those that are left as they are known, and those that are asked again, for they may not be what they were: within
    what the pass has for doubts, those first that could not be read, then those that wait longest."""
    now = run.deps.clock()
    waiting = {one.ref.url: due for one in known if (due := next_asked_at(one.seen)) is not None and due <= now}
    if not waiting:
        return list(known), []
    due_ones = sorted(
        (one for one in known if one.ref.url in waiting),
        key=lambda one: (one.candidate.unreadable not in HALF_MADE, waiting[one.ref.url]),
    )
    taken = {one.ref.url for one in due_ones[: run.budget.take_doubts(len(due_ones))]}
    return [one for one in known if one.ref.url not in taken], [one.ref for one in known if one.ref.url in taken]


def known_in_hand(
    run: Pass, before: Before, had: Sequence[tuple[ImageRef, Fetched]]
) -> tuple[list[Known], list[tuple[ImageRef, Fetched]]]:
    """Of pictures that were asked for, those that turn out to be known, and the rest: the same bytes are not decoded
    twice, unless they match and no find has them."""
    case, store = run.watch.case, run.deps.store
    kept = store.candidates.get(case, {fetched.digest for _, fetched in had if fetched.digest})
    found = {sighting.image_digest for sighting in store.sightings.of_digests(case, kept)}
    known, new, now = list[Known](), list[tuple[ImageRef, Fetched]](), run.deps.clock()
    for ref, fetched in had:
        asked = fetched.request.url if fetched.outcome.kind is OutcomeKind.NOT_MODIFIED else ref.url
        seen, candidate = before.of(asked) or (before.seen.get(ref.url), None)
        same = kept.get(fetched.digest)
        if fetched.outcome.kind is OutcomeKind.NOT_MODIFIED and seen is not None and candidate is not None:
            again = asked_again(run, replace(seen, checked_at=now), fetched, candidate, seen)
            if asked != ref.url:  # another address of it was asked, and that is as it was
                again = replace(again, url=ref.url, etag=None, last_modified=None, outcome=ELSEWHERE)
            known.append(Known(ref, candidate, again, again))
        elif same is not None and is_settled(run, same) and (same.digest in found or not _matches(run, same)):
            known.append(Known(ref, same, seen, seen_of(run, ref, fetched, same, before.seen.get(ref.url)), fetched))
        else:
            new.append((ref, fetched))
    return known, new


def _matches(run: Pass, candidate: Candidate) -> bool:
    """By its hashes, and it is not the one that the person put there."""
    if candidate.unreadable or candidate.planted:
        return False
    return run.deps.matcher.fast(reading_of(candidate)).tier is not Tier.NONE


def became_of_known(run: Pass, look: Look, known: Sequence[Known]) -> list[Became]:
    """For each, the sightings that it stands for; where there is none on this page but elsewhere, it is a find."""
    if not known:
        return []
    sightings, case = run.deps.store.sightings, run.watch.case
    by_image = grouped(
        sightings.of_images(case, {url for one in known for url in one.ref.variants}),
        lambda sighting: sighting.place.image_url,
    )
    by_digest = grouped(
        sightings.of_digests(case, {one.candidate.digest for one in known}), lambda sighting: sighting.image_digest
    )
    return _once([_became(run, look, one, by_image, by_digest) for one in known])


def grouped(sightings: Iterable[Sighting], key: Callable[[Sighting], Key]) -> Mapping[Key, Sequence[Sighting]]:
    groups: dict[Key, list[Sighting]] = {}
    for sighting in sightings:
        groups.setdefault(key(sighting), []).append(sighting)
    return groups


def _became(run: Pass, look: Look, one: Known, by_image: Sighted[str], by_digest: Sighted[ContentDigest]) -> Became:
    given_by = one.fetched.request.url if one.fetched is not None else _given_by(look, one)
    became = Became(
        one.ref,
        seen=one.now,
        is_unseen=bool(one.candidate.unreadable),
        looked_at=one.candidate,
        had=given_by,
        due=next_asked_at(one.now or one.seen),
    )
    here = _sighted_here(look, one, by_image, by_digest)
    if here:
        stands = tuple(sighting for sighting in here if not run.watch.is_planted(sighting.match))
        given = tuple(sighting for sighting in stands if _came_now(one, sighting))
        became = replace(became, stands=stands, given=given, is_planted=len(stands) < len(here))
        if one.now is None or given or became.is_planted:
            return became  # else another known picture stands at its address now
    elsewhere = [sighting for sighting in by_digest.get(one.candidate.digest, ()) if not sighting.under_18]
    if not elsewhere:
        return became
    match = max(elsewhere, key=lambda sighting: sighting.match.score).match
    if run.watch.is_planted(match):
        return replace(became, is_planted=match.tier is Tier.MATCH)
    turns = turns_of(one.candidate, match.frame)
    place = find_place(run, look, one.ref, _given_by(look, one))
    find = Find(
        run.watch,
        match,
        place,
        one.candidate.digest,
        turns=turns,
        image=one.fetched,
        page=look.fetched,
        post=one.ref.post,
        named=one.ref.variants,
        beside=run.beside,
    )
    return replace(became, find=find)


def _came_now(one: Known, sighting: Sighting) -> bool:
    """The site was asked, and gave the very bytes that matched: another picture can stand at an address by now."""
    return one.now is not None and one.candidate.digest == sighting.image_digest


def _once(became: Sequence[Became]) -> list[Became]:
    """Two addresses of one picture are one find, where both got it from the same third."""
    met, once = set[tuple[str, str]](), []
    for one in became:
        if one.find is not None:
            place = (one.find.place.page_url, one.find.place.image_url)
            one = replace(one, find=None) if place in met else one
            met.add(place)
        once.append(one)
    return once


def _sighted_here(look: Look, one: Known, by_image: Sighted[str], by_digest: Sighted[ContentDigest]) -> list[Sighting]:
    """By the address that the page names; of a picture that another address gave, by its bytes. Under an address
    at which it stood once it is a find, which is assigned to it."""
    found = {sighting.id: sighting for url in one.ref.variants for sighting in by_image.get(url, ())}
    if _is_from_elsewhere(one):
        found.update({sighting.id: sighting for sighting in by_digest.get(one.candidate.digest, ())})
    page = page_of(look, one.ref)
    here = [sighting for sighting in found.values() if sighting.place.page_url == page]
    return [sighting for sighting in here if not _is_of_other_bytes(sighting, one)]


def _is_of_other_bytes(sighting: Sighting, one: Known) -> bool:
    """What was dismissed is so for its bytes: others that only name its address are judged by themselves."""
    is_dismissed = sighting.status is Status.DISMISSED and sighting.image_digest != NO_DIGEST
    return is_dismissed and sighting.image_digest != one.candidate.digest


def _given_by(look: Look, one: Known) -> str:
    if one.fetched is not None:
        return media_of(look, one.ref, one.fetched)
    return one.candidate.image_url if _is_from_elsewhere(one) else one.ref.url


def _is_from_elsewhere(one: Known) -> bool:
    return one.seen is not None and one.seen.outcome == ELSEWHERE


def shows_planted(run: Pass, candidate: Candidate) -> bool:
    """Also when it is known from before it was planted, or from another watch."""
    if candidate.planted in run.planted:
        return True
    match = run.deps.matcher.fast(reading_of(candidate))
    return match.tier is not Tier.NONE and run.watch.is_planted(match)
