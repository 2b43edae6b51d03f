"""One pass over one watch. `scan` tells the story; every other function is a step that it names."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from monitor.clock import within
from monitor.crawl.frontier import Frontier, FrontierEntry
from monitor.crawl.outcome import outcome_of_page
from monitor.crawl.page_data import with_data
from monitor.crawl.urls import canonical_url
from monitor.model.candidate import SeenUrl
from monitor.model.page import Fetched, ImageRef, OutcomeKind, PageContent, ParseJob, Purpose, Request
from monitor.model.run import UNDER_18, Run
from monitor.model.watch import Render, Watch
from monitor.pipeline import claims
from monitor.pipeline.blindness import check_pictures, check_planted, emptied, planted_of, tell_of_evidence
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.embedded_pictures import holds_pictures, take_out
from monitor.pipeline.images import (
    ASK_AGAIN_AFTER,
    conclude,
    deciding,
    images_of,
    known_images,
    look_at,
    look_closer,
    note_standing,
    split_known,
    stand_at,
    stand_still,
    within_cap,
)
from monitor.pipeline.login import login_of, with_remedy
from monitor.pipeline.places import page_of, shown_at
from monitor.pipeline.remembered_page import Remembered, pack, unpack
from monitor.pipeline.runs import save_run
from monitor.pipeline.state import Look, Pass, site_of
from monitor.pipeline.tally import Tally
from monitor.pipeline.way import way_out
from monitor.ports import Source

MAX_STYLESHEETS = 5  # of one page
MAX_LOADED = 1_000  # pictures remembered as loaded by a browser, of one page
IN_HAND = 8  # pictures at once: eight of the largest allowed are 240 MB


async def scan(watch: Watch, source: Source, parts: Dependencies, *, again: bool = False) -> Run:
    """One pass over one watch, in order. Never raises for what a site does: that is in the report. again: the last one
    got no answer, and what says no more than that is not kept."""
    run = begin(watch, source, parts)
    async for look in pages(run):
        await look_through(run, look)
        claims.hear(run, look)
    await look_at_claims(run)
    note_standing(run)
    check_planted(run)
    check_pictures(run)
    tell_of_evidence(run)
    report = run.tally.finish(parts.clock())
    if not (again and (report.is_offline or report.is_unanswered)):
        save_run(report, watch, parts.store)
    return report


async def look_through(run: Pass, look: Look) -> None:
    """Every picture of a page: those that are known stand, the others are looked at."""
    run.page_settled = True
    if is_settled_page(run, look):
        pass_by(run, look)
        remember_way(run, look)
    else:
        images = images_of(run, look)
        unseen = run.tally.unseen
        known, new = split_known(run, images)
        stand_still(run, look, known)
        unknown = within_cap(run, new)
        for at in range(0, len(unknown), IN_HAND):
            if run.spent() or run.site_spent(run.site, "bytes", "seconds"):
                run.leave_out(len(unknown) - at)
                break
            await look_at_lot(run, look, unknown[at : at + IN_HAND])
        if images and run.tally.unseen - unseen == len(known) + len(unknown):
            run.page_settled = False  # not one could be read: known or not, that is no page to pass by
        remember_page(run, look)
    for url in (look.visit.request.url, shown_at(look)):
        run.looked[canonical_url(url)] = (shown_at(look), run.page_settled)


async def look_at_claims(run: Pass) -> None:
    """What lists of other sites only told of. On the claimed page the picture is a find; elsewhere, it is a word."""
    claims.settle_visited(run)
    for visit in claims.visits(run):
        with claims.as_visitor(run):
            run.turn_to(visit.request.url)
            look = await look_at_page(run, visit)
            if look is not None:
                await look_through(run, look)
            is_gone = any(error.kind == OutcomeKind.GONE for error in run.tally.errors)
        complete = run.page_settled if look is not None else is_gone
        claims.settle(run, visit.request.url, shown_at(look) if look is not None else "", complete)


async def look_at_lot(run: Pass, look: Look, lot: Sequence[ImageRef]) -> None:
    """Fast path first: what hashes suspect is looked at closely before the rest."""
    in_hand = await look_at(run, look, lot)
    with deciding(run):
        undecided = [looked for looked in in_hand if not conclude(run, look, looked)]
    undecided.sort(key=lambda looked: -looked.match.score)
    began = run.parts.monotonic()
    await asyncio.gather(*(look_closer(run, look, looked) for looked in undecided))
    run.feature_seconds += run.parts.monotonic() - began


def begin(watch: Watch, source: Source, parts: Dependencies) -> Pass:
    run = Pass(watch, source, parts, Tally(watch, parts.clock()), parts.monotonic(), login_of(watch, parts.store))
    for sighting in parts.store.sightings.all(watch.case):
        run.add(sighting)
    run.way = way_out(parts.settings.network, parts.store.notes)
    if watch.planted:
        run.planted = frozenset(one.id for one in planted_of(run))
    return run


async def pages(run: Pass) -> AsyncIterator[Look]:
    """Every page of this pass that could be read; what could not is noted, and the pass goes on."""
    frontier = Frontier(run.source.seeds(run.watch), run.watch.follow)
    for url in run.watch.urls:
        run.caps.meet(site_of(url))
    while (visit := frontier.next()) is not None:
        if run.spent():
            break
        if visit.request.referrer and run.site_spent(site_of(visit.request.url), "pages", "bytes", "seconds"):
            frontier.skip()  # what the person wrote herself is always visited
            continue
        run.turn_to(visit.request.url)
        if visit.request.url in run.forbidden:
            run.tally.error(
                visit.request.url,
                UNDER_18,
                "this page was closed as under 18 and is not visited any more",
                "Take it out of the watchlist. The services made for this: reupload-monitor guide under-18",
            )
            continue
        look = await look_at_page(run, visit)
        if look is None:
            continue
        frontier.add(look.content, visit)
        yield look
    if frontier.left_out:
        run.tally.limit("pages", run.watch.follow.max_pages)


async def look_at_page(run: Pass, visit: FrontierEntry) -> Look | None:
    watch, store = run.watch, run.parts.store
    url = visit.request.url
    seen = store.seen.get(watch.case, [url]).get(url)
    remembered = unpack(seen.remembered) if seen else None
    if remembered is not None and holds_pictures(remembered.content) and remembered.settled_with != run.settled_with:
        remembered = None  # its pictures come only with the page itself
    request = replace(visit.request, browser=_needs_browser(run, url), ignore_robots=watch.ignore_robots)
    if seen is not None and remembered is not None:
        if not request.browser:
            request = run.way.conditional(request, seen)
        elif run.way.is_of(seen):  # by another one, whoever leaves out what was shown before has been there before
            request = replace(request, known_images=known_images(run, remembered))
    if request.browser and run.login is not None:
        request = replace(request, browser_state=run.login.note)
    fetched = await run.parts.fetcher.fetch(request)
    run.tally.pages += 1
    run.tally.fetched(fetched)
    if remembered is not None and _is_unchanged(fetched, seen):
        run.tally.good_looks += 1
        run.tally.not_modified += 1
        return Look(visit, fetched, remembered.content, remembered)
    if fetched.outcome.kind is not OutcomeKind.OK:
        run.tally.failed(url, with_remedy(fetched.outcome, request, watch))
        return None
    content = await read_page(run, visit, fetched)
    problem = content.problem or outcome_of_page(content, fetched)
    if watch.render is Render.AUTO and not request.browser:
        if content.needs_browser and problem is not None and problem.kind is OutcomeKind.EMPTY:  # no wall, that is
            store.notes.set(_browser_note(url), "1")  # remembered: the next pass renders at once
            run.tally.pages -= 1
            return await look_at_page(run, visit)
        if problem is None and not content.images:
            fetched, content = await rendered_on_trial(run, visit, request, fetched, content)
    problem = problem or emptied(content, remembered, seen, watch)
    if problem is not None:
        run.tally.failed(url, with_remedy(problem, request, watch))
        return None
    run.tally.good_looks += 1
    content, inline = take_out(await _with_stylesheets(run, content), run.parts.clock())
    return Look(visit, fetched, content, inline=inline)


async def read_page(run: Pass, visit: FrontierEntry, fetched: Fetched) -> PageContent:
    job = run.source.job(run.watch, fetched, visit.depth)
    body = with_data(fetched.body, [one.body for one in fetched.data]) if job.parser == "html" else fetched.body
    return await run.parts.reader.page(job, body)


async def rendered_on_trial(
    run: Pass, visit: FrontierEntry, request: Request, fetched: Fetched, content: PageContent
) -> tuple[Fetched, PageContent]:
    """render = "auto": a page that the watch names, with words and scripts but without one picture, is rendered once to
    see whether the scripts bring any. Given back as it came when they do not."""
    note, notes = _browser_note(request.url), run.parts.store.notes
    if visit.request.referrer or request.purpose is not Purpose.PAGE or notes.get(note) is not None:
        return fetched, content
    if b"<script" not in fetched.body:
        return fetched, content
    tried = await run.parts.fetcher.fetch(replace(request, browser=True, etag=None, last_modified=None))
    run.tally.fetched(tried)
    if tried.outcome.kind is not OutcomeKind.OK:  # no browser here, or another trouble of today: tried again
        return fetched, content
    found = await read_page(run, visit, tried)
    if found.problem is not None or not found.images or outcome_of_page(found, tried) is not None:
        notes.set(note, "0")
        return fetched, content
    notes.set(note, "1")
    return tried, found


def _is_unchanged(fetched: Fetched, seen: SeenUrl | None) -> bool:
    if fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:
        return True
    return seen is not None and fetched.outcome.kind is OutcomeKind.OK and fetched.digest == seen.digest != ""


def _browser_note(url: str) -> str:
    return f"browser:{hashlib.sha256(url.split('?')[0].encode()).hexdigest()[:24]}"


def _needs_browser(run: Pass, url: str) -> bool:
    if run.watch.render is Render.AUTO:
        return run.login is not None or run.parts.store.notes.get(_browser_note(url)) == "1"
    return run.watch.render is Render.BROWSER


async def _with_stylesheets(run: Pass, content: PageContent) -> PageContent:
    """CSS backgrounds in linked stylesheets and in those that they bring in, each sheet once a pass."""
    images, sheets = list(content.images), list(content.stylesheets)
    for place, url in enumerate(sheets):  # grows on the way
        if place >= MAX_STYLESHEETS:
            break
        if url in run.done:
            continue
        run.done.add(url)
        fetched = await run.parts.fetcher.fetch(
            Request(url, Purpose.STYLE, ignore_robots=run.watch.ignore_robots, referrer=content.url)
        )
        run.tally.fetched(fetched)
        if fetched.outcome.kind is OutcomeKind.OK:
            sheet = await run.parts.reader.page(ParseJob("css", fetched.url), fetched.body)
            images.extend(sheet.images)
            sheets.extend(further for further in sheet.stylesheets if further not in sheets)
    return replace(content, images=tuple(images))


def is_settled_page(run: Pass, look: Look) -> bool:
    """The page is as it was, every image on it was decided with today's references, and asked for not long ago."""
    before = look.remembered
    if before is None or not before.settled_with:
        return False
    if run.watch.planted and not run.planted_seen:
        return False  # its images are gone through until the planted one is seen
    recent = within(ASK_AGAIN_AFTER, before.images_at, run.parts.clock())
    return recent and before.settled_with == run.settled_with


def pass_by(run: Pass, look: Look) -> None:
    """Costs nothing for its images: what was sighted on it stands where it stood."""
    for ref in look.content.images:
        if ref.url in run.forbidden:
            run.closed += 1
            continue
        if ref.url not in run.done:
            run.done.add(ref.url)
            run.tally.images += 1
            run.tally.not_modified += 1
        known = (s for url in (ref.url, *ref.alternatives) for s in run.by_image.get(url, ()))
        for sighting in known:
            if sighting.place.page_url == page_of(look, ref):
                stand_at(run, sighting)


def remember_way(run: Pass, look: Look) -> None:
    """The page came whole and is as it was, perhaps by another way or with another mark of the site's."""
    if look.fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:
        return
    before = run.parts.store.seen.get(run.watch.case, [look.visit.request.url])[look.visit.request.url]
    now = run.way.noted(before, look.fetched)
    if now != before:
        run.parts.store.seen.save(run.watch.case, now)


def remember_page(run: Pass, look: Look) -> None:
    """Only now: a crash while its images were looked at has the whole page looked at again."""
    url, fetched, now = look.visit.request.url, look.fetched, run.parts.clock()
    shown = (url for sub in fetched.subresources for url in (sub.request.url, sub.url))
    loaded = tuple(dict.fromkeys((*shown, *fetched.request.known_images)))[:MAX_LOADED]
    packed = pack(Remembered(look.content, run.settled_with if run.page_settled else "", now, loaded))
    seen = SeenUrl(
        url=url,
        etag=None,
        last_modified=None,
        digest=fetched.digest,
        checked_at=now,
        outcome=fetched.outcome.kind.value,
        remembered=packed,
    )
    if fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:  # which need not repeat what it stands for
        before = run.parts.store.seen.get(run.watch.case, [url])[url]
        seen = replace(before, checked_at=now, remembered=packed)
    else:
        seen = run.way.noted(seen, fetched)
    run.parts.store.seen.save(run.watch.case, seen)
