"""The style sheets of a page: CSS backgrounds in those that it links and in those that they bring in. A sheet may
change while its page does not, so it is remembered by itself, and asked again when its own time has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from monitor.crawl.freshness import ask_again_at
from monitor.model.candidate import SeenUrl
from monitor.model.page import Fetched, ImageRef, OutcomeKind, PageContent, ParseJob, Parser, Purpose
from monitor.pipeline.remembered_page import Remembered, pack, unpack
from monitor.pipeline.state import Pass

MAX_SHEETS_FETCHED = 5  # of one page


@dataclass(frozen=True, slots=True)
class Sheets:
    """What the sheets of a page name. changed: one of them is not as it was at the last look. urls: their own."""

    images: tuple[ImageRef, ...] = ()
    changed: bool = False
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sheet:
    content: PageContent
    changed: bool


async def sheets_of(run: Pass, content: PageContent, done: set[str], loaded: Iterable[Fetched] = ()) -> Sheets:
    """done: those that the pass has read already; these are added. loaded: those that a browser had for the page,
    which are not asked for a second time."""
    images, sheets, changed = list[ImageRef](), list(content.stylesheets), False
    came = {one.request.url: one for one in loaded}
    for one in came.values():
        run.beside.sheet(one)
    for place, url in enumerate(sheets):  # grows on the way
        if place >= MAX_SHEETS_FETCHED:
            break
        if url in done:
            continue
        done.add(url)
        sheet = await _sheet(run, url, came.get(url), referrer=content.url)
        if sheet is not None:
            changed = changed or sheet.changed
            images.extend(sheet.content.images)
            sheets.extend(_further(sheet.content.stylesheets, sheets))
    return Sheets(tuple(images), changed, tuple(sheets))


def _further(urls: Iterable[str], known: list[str]) -> list[str]:
    return [url for url in urls if url not in known]


async def _sheet(run: Pass, url: str, loaded: Fetched | None, *, referrer: str) -> _Sheet | None:
    """As it was, where it is not yet due or cannot be had now. loaded: it came already."""
    now = run.deps.clock()
    seen = run.deps.store.seen.get(run.watch.case, [url]).get(url)
    remembered = unpack(seen.remembered) if seen is not None else None
    if seen is None or remembered is None:
        seen, remembered = None, None
    elif loaded is None and seen.ask_again_at is not None and now < seen.ask_again_at:
        return _Sheet(remembered.content, changed=False)
    fetched = loaded or await _fetch(run, url, seen, referrer)
    if remembered is not None and seen is not None and _is_as_before(fetched, seen):
        run.deps.store.seen.save(run.watch.case, _again(run, seen, fetched))
        return _Sheet(remembered.content, changed=False)
    if fetched.outcome.kind is not OutcomeKind.OK:
        return _Sheet(remembered.content, changed=False) if remembered is not None else None
    content = await run.deps.reader.page(ParseJob(Parser.CSS, fetched.url), fetched.body)
    fresh = SeenUrl(
        url=url,
        etag=None,
        last_modified=None,
        digest=fetched.digest,
        checked_at=now,
        outcome=fetched.outcome.kind.value,
        remembered=pack(Remembered(content, "", now)),
        same_since=now,
    )
    run.deps.store.seen.save(run.watch.case, _again(run, run.way.noted(fresh, fetched), fetched))
    return _Sheet(content, changed=True)


async def _fetch(run: Pass, url: str, seen: SeenUrl | None, referrer: str) -> Fetched:
    request = run.part_of(referrer, url, Purpose.STYLE)
    fetched = await run.deps.fetcher.fetch(run.way.conditional(request, seen) if seen is not None else request)
    run.budget.took(fetched)
    if fetched.body:
        run.beside.sheet(fetched)
    return fetched


def _is_as_before(fetched: Fetched, seen: SeenUrl) -> bool:
    if fetched.outcome.kind is OutcomeKind.NOT_MODIFIED:
        return True
    return fetched.outcome.kind is OutcomeKind.OK and fetched.digest == seen.digest


def _again(run: Pass, seen: SeenUrl, fetched: Fetched) -> SeenUrl:
    now = run.deps.clock()
    since = seen.same_since or now
    due = ask_again_at(fetched.headers, now, same_since=since, is_changing=True, passed_on=bool(fetched.redirects))
    return replace(seen, checked_at=now, ask_again_at=due, same_since=since)
