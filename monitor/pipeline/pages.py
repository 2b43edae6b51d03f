"""The pages of a pass: which to visit, what each is, and what is remembered of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from monitor.crawl.frontier import FrontierEntry
from monitor.crawl.outcome import outcome_of_page
from monitor.crawl.page_data import with_data
from monitor.crawl.routes import is_always_rendered
from monitor.crawl.urls import canonical_url
from monitor.domains import domain_of
from monitor.model.candidate import SeenUrl
from monitor.model.observation import RunTrouble
from monitor.model.page import Fetched, Outcome, OutcomeKind, PageContent, ParseJob, Parser, Purpose, Request
from monitor.model.run import LimitKind
from monitor.model.watch import Render
from monitor.pipeline.blindness import emptied
from monitor.pipeline.embedded_pictures import holds_pictures, take_out
from monitor.pipeline.following import frontier_of, note_followed
from monitor.pipeline.images import PageImages
from monitor.pipeline.known_pictures import known_images
from monitor.pipeline.login import with_remedy
from monitor.pipeline.places import shown_at
from monitor.pipeline.remembered_page import Remembered, pack, read_for, unpack
from monitor.pipeline.state import Look, Pass

MAX_SHEETS_FETCHED = 5  # of one page
MAX_LOADED = 1_000  # pictures remembered as loaded by a browser, of one page


async def visit_pages(run: Pass) -> AsyncIterator[Look]:
    """Every page of this pass that could be read; what could not is noted, and the pass goes on."""
    frontier, sheets = frontier_of(run), set[str]()
    while (entry := frontier.next()) is not None:
        if run.is_spent():
            break
        url = entry.request.url
        if entry.request.referrer and run.is_site_spent(
            domain_of(url), LimitKind.PAGES, LimitKind.BYTES, LimitKind.SECONDS
        ):
            frontier.skip()  # what the person wrote herself is always visited
            continue
        run.budget.turn_to(url)
        if url in run.closed or canonical_url(url) in run.closed:
            run.tally.error(
                url,
                RunTrouble.UNDER_18,
                "this page was closed as under 18 and is not visited any more",
                "Take it out of the watchlist. The services made for this: reupload-monitor guide under-18",
            )
            continue
        look = await look_at_page(run, entry, sheets)
        if isinstance(look, Look):
            frontier.add(look.content, entry)
            yield look
    if frontier.left_out:
        run.tally.limit(LimitKind.PAGES, run.watch.follow.max_pages)
    note_followed(run, frontier)


async def look_at_page(run: Pass, entry: FrontierEntry, sheets: set[str]) -> Look | Outcome:
    """Why not, where it could not be read; which is noted. sheets: stylesheets that the pass has read already; these of
    this page are added."""
    run.tally.pages += 1
    run.budget.ask_page()
    answer = await ask(run, entry, browser=_needs_browser(run, entry.request.url))
    if answer.is_empty_without_browser:  # remembered: the next pass renders at once
        run.deps.store.rendering.save(entry.request.url, run.deps.clock(), needs_browser=True)
        answer = await ask(run, entry, browser=True)
    if answer.problem is not None:
        run.tally.failed(entry.request.url, with_remedy(answer.problem, answer.request, run.watch))
        return answer.problem
    run.tally.good_looks += 1
    for noted in answer.content.noted:
        if noted.kind is not RunTrouble.NO_ENTRIES or not entry.request.referrer:  # a list ends with an empty page
            run.tally.note(noted, entry.request.url)
    fetched, shown = answer.fetched, shown_at(answer.fetched, answer.content)
    if answer.is_unchanged:
        run.tally.not_modified += 1
        return Look(entry, fetched, answer.content, shown, answer.seen, answer.remembered)
    content, inline = take_out(await _with_stylesheets(run, answer.content, sheets), run.deps.clock())
    return Look(entry, fetched, content, shown, answer.seen, inline=inline)


@dataclass(frozen=True, slots=True, eq=False)
class CameBack:
    """What a page's address gave. problem: why it is not a look; the content is then as far as it could be read. seen,
    remembered: what was known of the page before. is_unchanged: the content is the remembered one."""

    request: Request
    fetched: Fetched
    content: PageContent
    problem: Outcome | None = None
    seen: SeenUrl | None = None
    remembered: Remembered | None = None
    is_unchanged: bool = False
    is_empty_without_browser: bool = False


async def ask(run: Pass, entry: FrontierEntry, *, browser: bool) -> CameBack:
    url = entry.request.url
    seen = run.deps.store.seen.get(run.watch.case, [url]).get(url)
    remembered = _remembered(run, seen, entry.depth)
    request = _request(run, entry, seen, remembered, browser=browser)
    fetched = await _fetch(run, request)
    if remembered is not None and _is_unchanged(fetched, seen):
        return CameBack(request, fetched, remembered.content, None, seen, remembered, is_unchanged=True)
    if fetched.outcome.kind is not OutcomeKind.OK:
        return CameBack(request, fetched, PageContent(url), fetched.outcome)
    content = await _read(run, entry, fetched)
    problem = content.problem or outcome_of_page(content, fetched)
    if run.watch.render is Render.AUTO and not browser:
        if content.needs_browser and problem is not None and problem.kind is OutcomeKind.EMPTY:  # no wall, that is
            return CameBack(request, fetched, content, problem, is_empty_without_browser=True)
        if problem is None and not content.images:
            fetched, content = await _rendered_on_trial(run, entry, request, fetched, content)
    problem = problem or emptied(content, remembered, seen, run.watch)
    return CameBack(request, fetched, content, problem, seen)


def _remembered(run: Pass, seen: SeenUrl | None, depth: int) -> Remembered | None:
    remembered = unpack(seen.remembered) if seen else None
    if remembered is not None and remembered.read_for != read_for(run.watch, depth):
        return None  # the watch asks for other things of a page now, or another watch read it
    if remembered is not None and holds_pictures(remembered.content) and remembered.settled_with != run.settled_with:
        return None  # its pictures come only with the page itself
    return remembered


def _request(
    run: Pass, entry: FrontierEntry, seen: SeenUrl | None, remembered: Remembered | None, *, browser: bool
) -> Request:
    request = replace(entry.request, browser=browser, ignore_robots=run.watch.ignore_robots)
    if seen is not None and remembered is not None:
        if not browser:
            request = run.way.conditional(request, seen)
        elif run.way.is_of(seen):  # by another one, whoever leaves out what was shown before has been there before
            request = replace(request, known_images=known_images(run, remembered))
    if browser and run.closed:  # a picture that is closed as under 18 is not loaded with its page either
        request = replace(request, known_images=(*sorted(run.closed), *request.known_images))
    if browser and run.login is not None:
        request = replace(request, browser_state=run.login.of)
    return request


def _is_unchanged(fetched: Fetched, seen: SeenUrl | None) -> bool:
    if fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:
        return True
    return seen is not None and fetched.outcome.kind is OutcomeKind.OK and fetched.digest == seen.digest != ""


async def _rendered_on_trial(
    run: Pass, entry: FrontierEntry, request: Request, fetched: Fetched, content: PageContent
) -> tuple[Fetched, PageContent]:
    """render = "auto": a page that the watch names, with words and scripts but without one picture, is rendered once to
    see whether the scripts bring any. Given back as it came when they do not."""
    rendering, now = run.deps.store.rendering, run.deps.clock()
    is_known = rendering.needs_browser(request.url) is not None
    if entry.request.referrer or request.purpose is not Purpose.PAGE or is_known:
        return fetched, content
    if b"<script" not in fetched.body:
        return fetched, content
    tried = await _fetch(run, replace(request, browser=True, etag=None, last_modified=None))
    if tried.outcome.kind is not OutcomeKind.OK:  # no browser here, or another trouble of today: tried again
        return fetched, content
    found = await _read(run, entry, tried)
    if found.problem is not None or not found.images or outcome_of_page(found, tried) is not None:
        rendering.save(request.url, now, needs_browser=False)
        return fetched, content
    rendering.save(request.url, now, needs_browser=True)
    return tried, found


async def _read(run: Pass, entry: FrontierEntry, fetched: Fetched) -> PageContent:
    job = run.source.job(run.watch, fetched, entry.depth)
    body = with_data(fetched.body, [one.body for one in fetched.data]) if job.parser is Parser.HTML else fetched.body
    return await run.deps.reader.page(job, body)


async def _with_stylesheets(run: Pass, content: PageContent, done: set[str]) -> PageContent:
    """CSS backgrounds in linked stylesheets and in those that they bring in, each sheet once a pass."""
    images, sheets = list(content.images), list(content.stylesheets)
    for place, url in enumerate(sheets):  # grows on the way
        if place >= MAX_SHEETS_FETCHED:
            break
        if url in done:
            continue
        done.add(url)
        fetched = await _fetch(
            run, Request(url, Purpose.STYLE, ignore_robots=run.watch.ignore_robots, referrer=content.url)
        )
        if fetched.outcome.kind is OutcomeKind.OK:
            sheet = await run.deps.reader.page(ParseJob(Parser.CSS, fetched.url), fetched.body)
            images.extend(sheet.images)
            sheets.extend(further for further in sheet.stylesheets if further not in sheets)
    return replace(content, images=tuple(images))


async def _fetch(run: Pass, request: Request) -> Fetched:
    fetched = await run.deps.fetcher.fetch(request)
    run.budget.took(fetched)
    return fetched


def _needs_browser(run: Pass, url: str) -> bool:
    if run.watch.render is Render.AUTO and not is_always_rendered(url, run.watch.render):
        return run.login is not None or run.deps.store.rendering.needs_browser(url) is True
    return is_always_rendered(url, run.watch.render)


def remember_look(run: Pass, look: Look, became: PageImages) -> None:
    """Only now: a crash while its images were looked at has the whole page looked at again."""
    if became.passed_by:
        _remember_way(run, look)
    else:
        _remember_page(run, look, settled_with=run.settled_with if became.settled else "")


def _remember_way(run: Pass, look: Look) -> None:
    """The page came whole and is as it was, perhaps by another way or with another mark of the site's."""
    if look.seen is None or look.fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:
        return
    now = run.way.noted(look.seen, look.fetched)
    if now != look.seen:
        run.deps.store.seen.save(run.watch.case, now)


def _remember_page(run: Pass, look: Look, *, settled_with: str) -> None:
    fetched, now = look.fetched, run.deps.clock()
    shown = (url for sub in fetched.subresources for url in (sub.request.url, sub.url))
    with_page = dict.fromkeys((*shown, *fetched.request.known_images))
    loaded = tuple(url for url in with_page if url not in run.closed)[:MAX_LOADED]
    packed = pack(Remembered(look.content, settled_with, now, loaded, read_for(run.watch, look.entry.depth)))
    if look.seen is not None and fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:  # need not repeat what it stands for
        seen = replace(look.seen, checked_at=now, remembered=packed)
    else:
        fresh = SeenUrl(
            url=look.entry.request.url,
            etag=None,
            last_modified=None,
            digest=fetched.digest,
            checked_at=now,
            outcome=fetched.outcome.kind.value,
            remembered=packed,
        )
        seen = run.way.noted(fresh, fetched)
    run.deps.store.seen.save(run.watch.case, seen)
