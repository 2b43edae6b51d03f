"""One pass over one watch. `scan` tells the story; every other function is a step that it names."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import unquote_to_bytes

from monitor.crawl.frontier import Frontier, Visit
from monitor.crawl.outcome import outcome_of_page
from monitor.errors import UnreadableImage
from monitor.model.candidate import Candidate, CandidateFrame, SeenUrl
from monitor.model.fingerprint import ImageReading
from monitor.model.match import Match, Tier
from monitor.model.page import Fetched, ImageRef, Outcome, OutcomeKind, PageContent, ParseJob, Purpose, Request
from monitor.model.run import RunReport
from monitor.model.sighting import Place, Sighting, Status
from monitor.model.watch import Kind, Render, Watch
from monitor.pipeline import memory
from monitor.pipeline.finds import Find, record, see_again
from monitor.pipeline.parts import Parts
from monitor.pipeline.report import Tally
from monitor.ports import Detail, Source

ASK_AGAIN_AFTER = timedelta(days=30)  # a known media URL may have been given another picture
MAX_STYLESHEETS = 5  # of one page
PDQ_DIALECT = "reduced"


@dataclass
class Pass:
    """The state of one pass: nothing of it outlives `scan`."""

    watch: Watch
    source: Source
    parts: Parts
    tally: Tally
    started: float
    done: set[str] = field(default_factory=set)  # image URLs already looked at in this pass
    feature_seconds: float = 0.0
    by_image: dict[str, list[Sighting]] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)  # closed as under 18: never fetched again

    @property
    def seconds(self) -> float:
        return self.parts.monotonic() - self.started


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A page as this pass sees it. fetched has no body when the page was unchanged."""

    visit: Visit
    fetched: Fetched
    content: PageContent
    unchanged: bool = False


async def scan(watch: Watch, source: Source, parts: Parts) -> RunReport:
    """One pass over one watch, in order. Never raises for what a site does: that is in the report."""
    run = begin(watch, source, parts)
    async for look in pages(run):
        images = [ref for ref in images_of(run, look) if ref.url not in run.forbidden]
        known, unknown = split_known(run, look, images)
        stand_still(run, look, known)
        undecided = []
        for looked in await asyncio.gather(*(look_at(run, look, ref) for ref in unknown)):
            if looked is not None and not conclude(run, look, looked):
                undecided.append(looked)
        for looked in undecided:  # fast path first: an untouched copy is told of before the detector begins
            await look_closer(run, look, looked)
        remember_page(run, look)
    report = run.tally.finish(parts.clock())
    parts.store.runs.save(report)
    return report


def begin(watch: Watch, source: Source, parts: Parts) -> Pass:
    run = Pass(watch, source, parts, Tally(watch, parts.clock()), parts.monotonic())
    for sighting in parts.store.sightings.all(watch.case):
        if sighting.under_18:
            run.forbidden.update((sighting.place.image_url, sighting.place.page_url))
        run.by_image.setdefault(sighting.place.image_url, []).append(sighting)
    return run


# -- pages


async def pages(run: Pass) -> AsyncIterator[Look]:
    """Every page of this pass that could be read; what could not is noted, and the pass goes on."""
    frontier = Frontier(run.source.seeds(run.watch), run.watch.follow)
    crawl = run.parts.settings.crawl
    while (visit := frontier.next()) is not None:
        if run.seconds > crawl.max_run_seconds:
            run.tally.limit("seconds", crawl.max_run_seconds)
            break
        if run.tally.bytes > crawl.max_run_bytes:
            run.tally.limit("bytes", crawl.max_run_bytes)
            break
        if visit.request.url in run.forbidden:
            continue
        look = await look_at_page(run, visit)
        if look is None:
            continue
        frontier.add(look.content, visit)
        yield look
    if frontier.left_out:
        run.tally.limit("pages", run.watch.follow.max_pages)


async def look_at_page(run: Pass, visit: Visit) -> Look | None:
    watch, store = run.watch, run.parts.store
    url = visit.request.url
    seen = store.seen.get(watch.case, [url]).get(url)
    remembered = memory.unpack(seen.remembered) if seen else None
    request = replace(visit.request, browser=_needs_browser(run, url), ignore_robots=watch.ignore_robots)
    if seen is not None and remembered is not None and not request.browser:
        request = replace(request, etag=seen.etag, last_modified=seen.last_modified)
    fetched = await run.parts.fetcher.fetch(request)
    run.tally.pages += 1
    run.tally.fetched(fetched)
    if remembered is not None and _is_unchanged(fetched, seen):
        run.tally.good_looks += 1
        run.tally.not_modified += 1
        return Look(visit, fetched, remembered, unchanged=True)
    if fetched.outcome.kind is not OutcomeKind.OK:
        run.tally.failed(url, fetched.outcome)
        return None
    content = await run.parts.reader.page(_job(run, visit, fetched), fetched.body)
    if content.needs_browser and watch.render is Render.AUTO and not request.browser:
        store.notes.set(_browser_note(url), "1")  # remembered: the next pass renders at once
        return await look_at_page(run, visit)
    problem = content.problem or outcome_of_page(content, fetched)
    if problem is not None:
        run.tally.failed(url, problem)
        return None
    run.tally.good_looks += 1
    return Look(visit, fetched, await _with_stylesheets(run, content))


def _is_unchanged(fetched: Fetched, seen: SeenUrl | None) -> bool:
    if fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:
        return True
    return seen is not None and fetched.outcome.kind is OutcomeKind.OK and fetched.digest == seen.digest != ""


def _job(run: Pass, visit: Visit, fetched: Fetched) -> ParseJob:
    return run.source.job(run.watch, fetched, visit.depth)


def _browser_note(url: str) -> str:
    return f"browser:{hashlib.sha256(url.split('?')[0].encode()).hexdigest()[:24]}"


def _needs_browser(run: Pass, url: str) -> bool:
    if run.watch.render is Render.AUTO:
        return run.parts.store.notes.get(_browser_note(url)) is not None
    return run.watch.render is Render.BROWSER


async def _with_stylesheets(run: Pass, content: PageContent) -> PageContent:
    """CSS backgrounds in linked stylesheets, each sheet once a pass."""
    images = list(content.images)
    for url in content.stylesheets[:MAX_STYLESHEETS]:
        if url in run.done:
            continue
        run.done.add(url)
        fetched = await run.parts.fetcher.fetch(Request(url, ignore_robots=run.watch.ignore_robots))
        run.tally.fetched(fetched)
        if fetched.outcome.kind is OutcomeKind.OK:
            sheet = await run.parts.reader.page(ParseJob("css", fetched.url), fetched.body)
            images.extend(sheet.images)
    return replace(content, images=tuple(images))


def remember_page(run: Pass, look: Look) -> None:
    """Only now: a crash while its images were looked at has the whole page looked at again."""
    if look.unchanged:
        return
    fetched = look.fetched
    run.parts.store.seen.save(
        run.watch.case,
        SeenUrl(
            url=look.visit.request.url,
            etag=fetched.header("etag") or None,
            last_modified=fetched.header("last-modified") or None,
            digest=fetched.digest,
            checked_at=run.parts.clock(),
            outcome=fetched.outcome.kind.value,
            remembered=memory.pack(look.content),
        ),
    )


# -- images


def images_of(run: Pass, look: Look) -> list[ImageRef]:
    """The images of this page that this pass has not looked at yet, up to the watch's cap."""
    cap = run.watch.images.max_images
    fresh = []
    for ref in look.content.images:
        if run.tally.images >= cap:
            run.tally.limit("images", cap)
            break
        known_here = any(s.place.page_url == look.content.url for s in run.by_image.get(ref.url, ()))
        if ref.url in run.done and not known_here and ref.url not in run.by_image:
            continue
        run.done.add(ref.url)
        run.tally.images += 1
        fresh.append(ref)
    return fresh


def split_known(
    run: Pass, look: Look, images: Sequence[ImageRef]
) -> tuple[list[tuple[ImageRef, Candidate]], list[ImageRef]]:
    """Images whose bytes need not be asked for, and the rest. Known is what was read at the wanted detail, compared
    with today's references, and asked for within the last 30 days."""
    store, case, now = run.parts.store, run.watch.case, run.parts.clock()
    seen = store.seen.get(case, [ref.url for ref in images])
    known, unknown = [], []
    for ref in images:
        before = seen.get(ref.url)
        candidate = store.candidates.get(case, before.digest) if before and before.digest else None
        if (
            before is not None
            and candidate is not None
            and is_settled(run, candidate)
            and now - before.checked_at < ASK_AGAIN_AFTER
        ):
            known.append((ref, candidate))
        else:
            unknown.append(ref)
    return known, unknown


def is_settled(run: Pass, candidate: Candidate) -> bool:
    """Nothing new would come of decoding these bytes again."""
    if candidate.unreadable:
        return True
    wanted = ("features",) if run.parts.settings.match.features else ("features", "hashes")
    return candidate.matched_against == run.parts.revision and candidate.detail in wanted


def stand_still(run: Pass, look: Look, known: Sequence[tuple[ImageRef, Candidate]]) -> None:
    """Known pictures: where they were sighted, they are seen again; on a page where they were not, that is a find."""
    for ref, candidate in known:
        run.tally.not_modified += 1
        sighted = run.by_image.get(ref.url, [])
        here = [s for s in sighted if s.place.page_url == look.content.url]
        for sighting in here:
            see_again(sighting, run.watch, run.parts)
        if not here:
            for sighting in run.parts.store.sightings.by_digest(run.watch.case, candidate.digest)[:1]:
                if not sighting.under_18:
                    keep(run, Find(sighting.match, place_of(run, look, ref), candidate.digest, page=look.fetched))


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A picture whose bytes are in hand."""

    ref: ImageRef
    fetched: Fetched
    reading: ImageReading
    match: Match


async def look_at(run: Pass, look: Look, ref: ImageRef) -> Looked | None:
    """Fetch, decode, compare by hashes. None when there is nothing more to do with it; why is noted."""
    fetched = await fetch_image(run, look, ref)
    if fetched is None:
        return None
    known = run.parts.store.candidates.get(run.watch.case, fetched.digest)
    if known is not None and is_settled(run, known):
        remember_image(run, look, ref, fetched, known)
        stand_still(run, look, [(ref, known)])
        return None  # the same bytes are never decoded twice
    try:
        reading = await run.parts.reader.image(fetched.body, Detail.HASHES)
    except UnreadableImage as error:
        run.tally.unreadable(ref.url, error)
        remember_image(run, look, ref, fetched, _candidate(run, look, ref, fetched, unreadable=error.kind))
        return None
    run.tally.new_images += 1
    return Looked(ref, fetched, reading, run.parts.matcher.fast(reading))


async def fetch_image(run: Pass, look: Look, ref: ImageRef) -> Fetched | None:
    """The largest variant that can be had: the browser's own copy, a data: URI, else over the network."""
    problem: Fetched | None = None
    for url in (ref.url, *ref.alternatives):
        fetched = _already_here(look, url, run)
        if fetched is None:
            request = Request(url, Purpose.IMAGE, ignore_robots=run.watch.ignore_robots, referrer=look.content.url)
            fetched = await run.parts.fetcher.fetch(_conditional(run, request))
            run.tally.fetched(fetched)
        if fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:
            _confirm_unchanged(run, look, ref)
            return None
        if fetched.outcome.kind is OutcomeKind.OK:
            return fetched
        problem = problem or fetched
    if problem is not None:
        run.tally.failed(problem.request.url, problem.outcome)
    return None


def _conditional(run: Pass, request: Request) -> Request:
    """Asks only for what changed, where the kept hashes are all that is needed of an unchanged picture."""
    seen = run.parts.store.seen.get(run.watch.case, [request.url]).get(request.url)
    if seen is None or not seen.digest:
        return request
    candidate = run.parts.store.candidates.get(run.watch.case, seen.digest)
    if candidate is None or not is_settled(run, candidate):
        return request
    return replace(request, etag=seen.etag, last_modified=seen.last_modified)


def _confirm_unchanged(run: Pass, look: Look, ref: ImageRef) -> None:
    store, case = run.parts.store, run.watch.case
    seen = store.seen.get(case, [ref.url]).get(ref.url)
    candidate = store.candidates.get(case, seen.digest) if seen else None
    if seen is not None:
        store.seen.save(case, replace(seen, checked_at=run.parts.clock()))
    if candidate is not None:
        stand_still(run, look, [(ref, candidate)])


def _already_here(look: Look, url: str, run: Pass) -> Fetched | None:
    for sub in look.fetched.subresources:
        if url in (sub.request.url, sub.url) and sub.outcome.kind is OutcomeKind.OK:
            return sub
    if url.startswith("data:"):
        return data_uri(url, run)
    return None


def data_uri(url: str, run: Pass) -> Fetched:
    """A picture written into the page itself."""
    head, _, payload = url.partition(",")
    try:
        raw = unquote_to_bytes(payload)
        body = base64.b64decode(raw) if head.endswith(";base64") else raw
    except (binascii.Error, ValueError):
        body = b""
    outcome = Outcome(OutcomeKind.OK) if body else Outcome(OutcomeKind.EMPTY, "a data: URI holds nothing readable")
    digest = hashlib.sha256(body).hexdigest()
    short = f"data:sha256,{digest}"  # what is kept as its address: the picture itself is not kept in a URL
    return Fetched(Request(short, Purpose.IMAGE), outcome, short, run.parts.clock(), 200, (), body, digest)


def conclude(run: Pass, look: Look, looked: Looked) -> bool:
    """True when hashes were enough to decide."""
    undecided = run.parts.matcher.wants_features(looked.reading, looked.match)
    if looked.match.tier is Tier.MATCH or not undecided:
        decided(run, look, looked, looked.match, "hashes" if not undecided else "features")
        return True
    return False


async def look_closer(run: Pass, look: Look, looked: Looked) -> None:
    """The detector, within the run's budget; what is left over is looked at in the next run."""
    budget = run.parts.settings.match.budget_seconds
    if run.feature_seconds >= budget:
        run.tally.limit("features", budget)
        decided(run, look, looked, looked.match, "hashes")
        return
    began = run.parts.monotonic()
    try:
        reading = await run.parts.reader.image(looked.fetched.body, Detail.FEATURES)
    except UnreadableImage as error:
        run.tally.unreadable(looked.ref.url, error)
        decided(run, look, looked, looked.match, "features")
        return
    match = run.parts.matcher.full(reading)
    run.feature_seconds += run.parts.monotonic() - began
    decided(run, look, looked, match, "features")


def decided(run: Pass, look: Look, looked: Looked, match: Match, detail: str) -> None:
    candidate = _candidate(run, look, looked.ref, looked.fetched, reading=looked.reading, detail=detail)
    with run.parts.store.transaction():
        if match.tier is not Tier.NONE:
            frame = looked.reading.frames[match.frame] if match.frame < len(looked.reading.frames) else None
            keep(
                run,
                Find(
                    match,
                    place_of(run, look, looked.ref),
                    looked.fetched.digest,
                    pdq=frame.pdq_turns[0] if frame else None,
                    image=looked.fetched,
                    page=look.fetched,
                ),
            )
        remember_image(run, look, looked.ref, looked.fetched, candidate)


def keep(run: Pass, find: Find) -> None:
    recorded = record(find, run.watch, run.parts)
    if find.match.tier is Tier.MATCH:
        run.tally.matches += 1
    if recorded is not None:
        run.by_image.setdefault(find.place.image_url, []).append(recorded.sighting)
        run.tally.new_sightings += recorded.is_new


def place_of(run: Pass, look: Look, ref: ImageRef) -> Place:
    return Place(
        page_url=look.content.url,
        image_url=ref.url if not ref.url.startswith("data:") else data_uri(ref.url, run).url,
        account=ref.account,
        title=look.content.title,
        posted_at=ref.posted_at,
        result_url=look.visit.referrer if run.watch.kind is Kind.SEARCH else "",
    )


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
        page_url=look.content.url,
        image_url=fetched.request.url,
        watch=run.watch.name,
        frames=tuple(
            CandidateFrame(b"".join(f.pdq_turns), f.pdq_quality, f.phash, PDQ_DIALECT) for f in frames
        ),
        detail=detail,
        matched_against=run.parts.revision,
        unreadable=unreadable,
    )


def remember_image(run: Pass, look: Look, ref: ImageRef, fetched: Fetched, candidate: Candidate) -> None:
    """Its hashes and its address; its pixels are forgotten here."""
    store, case = run.parts.store, run.watch.case
    with store.transaction():
        store.candidates.save(candidate)
        store.seen.save(
            case,
            SeenUrl(
                url=ref.url if not ref.url.startswith("data:") else fetched.url,
                etag=fetched.header("etag") or None,
                last_modified=fetched.header("last-modified") or None,
                digest=fetched.digest,
                checked_at=run.parts.clock(),
                outcome=fetched.outcome.kind.value,
            ),
        )


__all__ = ["Status", "scan"]
