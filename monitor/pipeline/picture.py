"""One picture: from its address to what it is. What became of it is returned; only what went wrong is noted on the
way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.crawl.freshness import ask_again_at, names_what_changes
from monitor.errors import UnreadableImage
from monitor.model.candidate import Candidate, SeenUrl
from monitor.model.fingerprint import Detail, ImageReading
from monitor.model.ids import ContentDigest
from monitor.model.match import Match, Tier
from monitor.model.page import Fetched, ImageRef
from monitor.model.sighting import Place, Sighting
from monitor.model.watch import Kind
from monitor.pipeline.closely import look_closely
from monitor.pipeline.places import media_of, page_of, place_of
from monitor.pipeline.recording import Find
from monitor.pipeline.state import Look, Pass

ELSEWHERE = "elsewhere"  # SeenUrl.outcome: the bytes came from another address than this one


@dataclass(frozen=True, slots=True, eq=False)
class Became:
    """What became of one picture. ref: as the page names it. find: to be recorded. stands: sightings that it is named
    for again; given: those of them whose own picture came with this look. candidate, seen: to be remembered. is_unseen:
    it could not be had or read. is_settled: nothing is left to do with it while it stays as it is. is_planted: it is
    the one that the person put there herself. beside: what other addresses came to by which the page shows it.
    looked_at: what it was compared as; had: the address that gave it. due: when it is asked for again."""

    ref: ImageRef
    find: Find | None = None
    stands: tuple[Sighting, ...] = ()
    given: tuple[Sighting, ...] = ()
    candidate: Candidate | None = None
    seen: SeenUrl | None = None
    is_unseen: bool = False
    is_settled: bool = True
    is_planted: bool = False
    beside: tuple[Became, ...] = ()
    due: datetime | None = None
    looked_at: Candidate | None = None
    had: str = ""

    @property
    def is_matched(self) -> bool:
        return bool(self.stands) or self.is_planted or (self.find is not None and self.find.match.tier is Tier.MATCH)


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """What was known of a page's pictures before this look. seen: by address. candidates: by digest."""

    seen: Mapping[str, SeenUrl]
    candidates: Mapping[ContentDigest, Candidate]

    def of(self, url: str) -> tuple[SeenUrl, Candidate] | None:
        seen = self.seen.get(url)
        candidate = self.candidates.get(seen.digest) if seen is not None else None
        return (seen, candidate) if seen is not None and candidate is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A picture whose bytes are in hand."""

    ref: ImageRef
    fetched: Fetched
    reading: ImageReading
    match: Match


def is_settled(run: Pass, candidate: Candidate) -> bool:
    """Nothing new would come of decoding these bytes again."""
    if candidate.unreadable:
        return True
    if candidate.planted and candidate.planted not in run.planted:
        return False  # to this watch it is a find
    wanted = (Detail.FEATURES,) if run.deps.settings.match.features else (Detail.FEATURES, Detail.HASHES)
    return candidate.matched_against == run.deps.compared_with and candidate.detail in wanted


async def hashes_of(run: Pass, fetched: Fetched) -> ImageReading | UnreadableImage:
    try:
        reading = await run.deps.reader.image(fetched.body, Detail.HASHES)
    except UnreadableImage as error:
        return error
    run.tally.new_images += 1
    run.beside.picture(fetched.request.url, reading.width, reading.height)
    return reading


async def look_closer(run: Pass, look: Look, looked: Looked) -> Became:
    """With the detector."""
    try:
        close = await look_closely(looked.fetched.body, run.deps.reader, run.deps.matcher)
    except UnreadableImage as error:
        run.tally.unreadable(looked.ref.url, error)
        return concluded(run, look, looked, run.deps.matcher.full(looked.reading), Detail.FEATURES)
    if close.fell is not None:
        run.tally.unreadable(looked.ref.url, close.fell)
    if close.not_looked_at:
        run.tally.left_inside(looked.ref.url, close.not_looked_at)
    return concluded(run, look, looked, close.match, Detail.FEATURES)


def concluded(run: Pass, look: Look, looked: Looked, match: Match, detail: Detail) -> Became:
    """detail: how closely was looked, as `Candidate.detail` has it."""
    ref, fetched, reading = looked.ref, looked.fetched, looked.reading
    candidate = replace(
        candidate_of(run, look, ref, fetched), frames=tuple(frame.to_keep() for frame in reading.frames), detail=detail
    )
    find, is_planted = None, run.watch.is_planted(match) and match.tier is Tier.MATCH
    if is_planted:
        # Remembered like its neighbours: a site that is asked for one picture at each visit learns whose it is.
        candidate = replace(candidate, planted=match.reference or "")
    elif match.tier is not Tier.NONE and not run.watch.is_planted(match):
        frame = reading.frames[match.frame] if match.frame < len(reading.frames) else None
        place = find_place(run, look, ref, media_of(look, ref, fetched))
        turns = frame.pdq_turns if frame else ()
        find = Find(
            run.watch,
            match,
            place,
            fetched.digest,
            turns=turns,
            image=fetched,
            page=look.fetched,
            post=ref.post,
            named=ref.variants,
            beside=run.beside,
        )
    seen = seen_of(run, ref, fetched, candidate)
    return Became(
        ref,
        find=find,
        candidate=candidate,
        seen=seen,
        is_planted=is_planted,
        due=seen.ask_again_at,
        looked_at=candidate,
        had=fetched.request.url,
    )


def candidate_of(run: Pass, look: Look, ref: ImageRef, fetched: Fetched) -> Candidate:
    now = run.deps.clock()
    return Candidate(
        digest=fetched.digest,
        case=run.watch.case,
        first_seen=now,
        last_seen=now,
        page_url=page_of(look, ref),
        image_url=media_of(look, ref, fetched),
        watch=run.watch.name,
        matched_against=run.deps.compared_with,
    )


def find_place(run: Pass, look: Look, ref: ImageRef, image: str) -> Place:
    """Of a search, with the engine's page that led here, for delisting; that itself when the picture stands on it."""
    if run.watch.kind is not Kind.SEARCH:
        return place_of(look, ref, image)
    if look.entry.depth:
        return place_of(look, ref, image, result_url=look.entry.referrer)
    page = page_of(look, ref)
    return place_of(look, ref, image, result_url=look.entry.request.url if page == ref.post_url else page)


def seen_of(run: Pass, ref: ImageRef, fetched: Fetched, candidate: Candidate, before: SeenUrl | None = None) -> SeenUrl:
    """What is remembered of its address; its pixels are forgotten here. before: what was, by an earlier look."""
    seen = SeenUrl(
        url=ref.url,
        etag=None,
        last_modified=None,
        digest=fetched.digest,
        checked_at=run.deps.clock(),
        outcome=fetched.outcome.kind.value if candidate.image_url == ref.url else ELSEWHERE,
    )
    is_same = before is not None and before.digest == fetched.digest
    return asked_again(run, run.way.noted(seen, fetched), fetched, candidate, before if is_same else None)


def asked_again(run: Pass, seen: SeenUrl, fetched: Fetched, candidate: Candidate, before: SeenUrl | None) -> SeenUrl:
    """When its address is. before: where it is as it was then."""
    now = run.deps.clock()
    since = (before.same_since or before.checked_at) if before is not None else now
    due = ask_again_at(
        fetched.headers,
        now,
        same_since=since,
        is_changing=names_what_changes(seen.url) or _stands_elsewhere(seen, candidate),
        passed_on=bool(fetched.redirects),
        unreadable=candidate.unreadable,
    )
    return replace(seen, ask_again_at=due, same_since=since)


def _stands_elsewhere(seen: SeenUrl, candidate: Candidate) -> bool:
    """The same bytes were had from another address before: they may stand in for what is being made."""
    return seen.outcome != ELSEWHERE and candidate.image_url != seen.url
