"""The pages of a pass: which to visit, what each is, and what is remembered of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from monitor.clock import within
from monitor.crawl.freshness import is_page_asked_whole
from monitor.crawl.frontier import FrontierEntry
from monitor.crawl.outcome import outcome_of_page
from monitor.crawl.page_data import with_data
from monitor.crawl.refresh import sent_on_to
from monitor.crawl.routes import is_always_rendered
from monitor.crawl.urls import canonical_url
from monitor.domains import domain_of
from monitor.model.candidate import SeenUrl
from monitor.model.observation import Noted, RunTrouble
from monitor.model.page import Fetched, Outcome, OutcomeKind, PageContent, Parser, Purpose, Request
from monitor.model.run import LimitKind
from monitor.model.watch import Render
from monitor.pipeline.blindness import emptied
from monitor.pipeline.embedded_pictures import holds_pictures, take_out
from monitor.pipeline.following import frontier_of, note_followed, returning
from monitor.pipeline.images import PageImages
from monitor.pipeline.known_pictures import known_images
from monitor.pipeline.login import as_logged_in, as_whom, with_remedy
from monitor.pipeline.places import shown_at
from monitor.pipeline.remembered_page import Remembered, pack, read_for, unpack
from monitor.pipeline.state import Look, Pass
from monitor.pipeline.stylesheets import sheets_of

RENDERED_ANEW_AFTER = timedelta(hours=44)
"""What a page's scripts brought nothing to is tried again two days later: they may bring something by then."""
NOTED_WHOLE = timedelta(hours=12)  # how exactly it is kept when an unchanged page last came whole
EVER = datetime(1970, 1, 1, tzinfo=UTC)
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
        run.tally.limit(LimitKind.PAGES, run.watch.follow.max_pages, left_out=returning(frontier))
    note_followed(run, frontier)


async def look_at_page(run: Pass, entry: FrontierEntry, sheets_read: set[str]) -> Look | Outcome:
    """Why not, where it could not be read; which is noted. sheets_read: style sheets that the pass has read; those
    of this page are added."""
    run.tally.pages += 1
    run.budget.ask_page()
    answer = await ask_for(run, entry, browser=_needs_browser(run, entry.request.url))
    if answer.is_empty_without_browser:  # remembered: the next pass renders at once
        run.deps.store.rendering.save(_as_met(run, entry.request.url), run.deps.clock(), needs_browser=True)
        answer = await ask_for(run, entry, browser=True)
    if answer.problem is not None:
        run.tally.failed(entry.request.url, with_remedy(answer.problem, answer.request, run.watch))
        return answer.problem
    run.tally.good_looks += 1
    _note(run, entry, answer.content)
    fetched, shown = answer.fetched, shown_at(answer.fetched, answer.content)
    sheets = await sheets_of(run, answer.content, sheets_read, fetched.styles)
    run.beside.named[fetched.url] = sheets.urls
    if answer.is_unchanged:
        run.tally.not_modified += 1
    own, inline = take_out(answer.content, run.deps.clock())
    return Look(
        entry,
        fetched,
        replace(own, images=(*own.images, *sheets.images)) if sheets.images else own,
        shown,
        answer.seen,
        answer.remembered,
        inline=inline,
        own=own,
        sheets_changed=sheets.changed,
    )


def _note(run: Pass, entry: FrontierEntry, content: PageContent) -> None:
    """What the reader observed."""
    for noted in content.noted:
        if noted.kind is RunTrouble.NO_ENTRIES and entry.request.referrer:
            continue  # a list ends with an empty page
        observed = run.tally.words_of(noted, entry.request.url)
        run.tally.observe(as_logged_in(observed, run.watch) if run.login is not None else observed)


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


async def ask_for(run: Pass, entry: FrontierEntry, *, browser: bool) -> CameBack:
    url = entry.request.url
    seen = run.deps.store.seen.get(run.watch.case, [url]).get(url)
    remembered = _remembered(run, seen, entry.depth)
    request = _request(run, entry, seen, remembered, browser=browser)
    fetched = await _fetch(run, request)
    if remembered is not None and _is_unchanged(fetched, seen):
        if not browser and _is_rendered_anew(run, entry, remembered):
            found = await _try_rendering(run, entry, request)
            if found is not None:
                return CameBack(request, *found, None, seen)
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
    request = replace(
        entry.request,
        browser=browser,
        ignore_robots=run.watch.ignore_robots,
        jar=run.jar,
        visitor=as_whom(run.watch, run.login, entry.request),
    )
    if seen is not None and remembered is not None:
        if not browser and not _is_asked_whole(run, entry, remembered):
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
    """render = "auto": a page that the watch names, with words and scripts but without one picture, is rendered to see
    whether the scripts bring any, and again after two days. Given back as it came when they do not."""
    is_known = _is_known_to_need_browser(run, request.url) is not None
    if not _may_be_rendered_on_trial(entry) or is_known or b"<script" not in fetched.body:
        return fetched, content
    return await _try_rendering(run, entry, request) or (fetched, content)


def _is_rendered_anew(run: Pass, entry: FrontierEntry, remembered: Remembered) -> bool:
    """Likewise of a page that stays as it is: what its scripts bring may not."""
    if run.watch.render is not Render.AUTO or remembered.content.images or not _may_be_rendered_on_trial(entry):
        return False
    was_tried = run.deps.store.rendering.needs_browser(_as_met(run, entry.request.url), EVER) is False
    return was_tried and _is_known_to_need_browser(run, entry.request.url) is None


def _may_be_rendered_on_trial(entry: FrontierEntry) -> bool:
    return not entry.request.referrer and entry.request.purpose is Purpose.PAGE


async def _try_rendering(run: Pass, entry: FrontierEntry, request: Request) -> tuple[Fetched, PageContent] | None:
    """None where that brings no picture, which is noted."""
    rendering, now = run.deps.store.rendering, run.deps.clock()
    tried = await _fetch(run, replace(request, browser=True, etag=None, last_modified=None))
    if tried.outcome.kind is not OutcomeKind.OK:  # no browser here, or another trouble of today: tried again
        return None
    found = await _read(run, entry, tried)
    brings = found.problem is None and bool(found.images) and outcome_of_page(found, tried) is None
    rendering.save(_as_met(run, request.url), now, needs_browser=brings)
    return (tried, found) if brings else None


def _is_asked_whole(run: Pass, entry: FrontierEntry, remembered: Remembered) -> bool:
    """A page that is "not modified" for ever is not believed for ever."""
    came_at, is_named = remembered.came_at or remembered.images_at, not entry.request.referrer
    return is_page_asked_whole(entry.request.url, run.deps.clock(), came_at=came_at, is_named=is_named)


async def _read(run: Pass, entry: FrontierEntry, fetched: Fetched) -> PageContent:
    job = run.source.job(run.watch, fetched, entry.depth)
    body = with_data(fetched.body, [one.body for one in fetched.data]) if job.parser is Parser.HTML else fetched.body
    return _as_it_came(await run.deps.reader.page(job, body), fetched)


def _as_it_came(content: PageContent, fetched: Fetched) -> PageContent:
    """With what the answer says beside its body: that the visitor is sent on, and that there should have been more."""
    if further := sent_on_to(fetched.header("refresh"), fetched.url, fetched.url):
        content = replace(content, next_pages=tuple(dict.fromkeys((further, *content.next_pages))))
    if fetched.cut:
        content = replace(content, noted=(*content.noted, Noted(RunTrouble.NOT_YET, what="the answer broke off")))
    return content


async def _fetch(run: Pass, request: Request) -> Fetched:
    fetched = await run.deps.fetcher.fetch(request)
    run.budget.took(fetched)
    return fetched


def _needs_browser(run: Pass, url: str) -> bool:
    if run.watch.render is Render.AUTO and not is_always_rendered(url, run.watch.render):
        return run.login is not None or _is_known_to_need_browser(run, url) is True
    return is_always_rendered(url, run.watch.render)


def _is_known_to_need_browser(run: Pass, url: str) -> bool | None:
    return run.deps.store.rendering.needs_browser(_as_met(run, url), run.deps.clock() - RENDERED_ANEW_AFTER)


def _as_met(run: Pass, url: str) -> str:
    """A site may show its scripts to one visitor alone, to know that one again by the browser that comes next time."""
    return f"{as_whom(run.watch, run.login).mark(run.way.id)} {url}"


def remember_look(run: Pass, look: Look, became: PageImages) -> None:
    """Only now: a crash while its images were looked at has the whole page looked at again."""
    if became.passed_by:
        _remember_way(run, look)
    else:
        settled_with = run.settled_with if became.settled else ""
        _remember_page(run, look, settled_with=settled_with, images_due=became.due)


def _remember_way(run: Pass, look: Look) -> None:
    """The page came whole and is as it was, perhaps by another way or with another mark of the site's."""
    if look.seen is None or look.fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:
        return
    seen, now = look.seen, run.deps.clock()
    before = look.remembered
    if before is not None and not within(NOTED_WHOLE, before.came_at or before.images_at, now):
        seen = replace(seen, remembered=pack(replace(before, came_at=now)))
    seen = run.way.noted(seen, look.fetched)
    if seen != look.seen:
        run.deps.store.seen.save(run.watch.case, seen)


def _remember_page(run: Pass, look: Look, *, settled_with: str, images_due: datetime | None) -> None:
    fetched, now = look.fetched, run.deps.clock()
    is_whole = fetched.outcome.kind is not OutcomeKind.NOT_MODIFIED
    came_at = now if is_whole or look.remembered is None else look.remembered.came_at
    shown = (url for sub in fetched.subresources for url in (sub.request.url, sub.url))
    with_page = dict.fromkeys((*shown, *fetched.request.known_images))
    loaded = tuple(url for url in with_page if url not in run.closed)[:MAX_LOADED]
    wanted = read_for(run.watch, look.entry.depth)
    packed = pack(Remembered(look.own or look.content, settled_with, now, loaded, wanted, images_due, came_at))
    if look.seen is not None and not is_whole:  # need not repeat what it stands for
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
