"""What the results of a search show of its finds: the one thing that says so, and all that it says. Each pass of the
search hears it; where its watch does not run any more, a recheck asks the search again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from monitor.crawl.urls import canonical_url
from monitor.errors import WatchlistError
from monitor.model.page import OutcomeKind, PageContent, Request
from monitor.model.presence import Glance, Saw, Truth
from monitor.model.sighting import Sighting
from monitor.model.watch import Kind, Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.login import as_whom, login_of
from monitor.pipeline.look_again import Offline
from monitor.pipeline.state import Look, Pass
from monitor.pipeline.telling import record_observed
from monitor.sources import source_for

SHOWN = (Glance(Truth.SEARCH, Saw.THERE),)
NO_MORE_SHOWN = (Glance(Truth.SEARCH, Saw.GONE, "the search does not show it any more"),)
PASSED_BY = timedelta(days=1)
"""Since a pass of the search told whether it shows it: then it is not asked again."""
MOST_PAGES = 20  # of results


@dataclass(slots=True)
class ShownBySearch:
    """By one look at a search. urls: pages and pictures that its results name. is_whole: all that was to be read was;
    else what is not shown may stand on what is missing. why: what kept it from being read."""

    urls: set[str] = field(default_factory=set)
    is_whole: bool = True
    why: str = ""

    def hear(self, content: PageContent) -> None:
        images = (url for ref in content.images for url in (*ref.variants, ref.post_url, *ref.also_in))
        self.urls |= {canonical_url(url) for url in (*content.links, *images) if url.startswith("http")}

    def glances(self, sighting: Sighting) -> tuple[Glance, ...]:
        """() where it does not say."""
        names = map(canonical_url, filter(None, (*sighting.media_urls, sighting.place.page_url)))
        if not self.urls.isdisjoint(names):
            return SHOWN
        return NO_MORE_SHOWN if self.is_whole else ()


class SearchResults:
    """Of one pass of a search; of any other watch nothing is gathered."""

    def __init__(self) -> None:
        self._shown = ShownBySearch()
        self._lists: set[str] = set()  # where the pages of results stand

    def hear(self, run: Pass, look: Look) -> None:
        if run.watch.kind is not Kind.SEARCH or look.entry.depth:
            return
        self._lists.add(_path(look.entry.request.url))
        self._shown.hear(look.content)

    def settle(self, run: Pass) -> None:
        """Where a page of results could not be read, what the others do not show may stand on it."""
        if not self._lists:
            return
        self._shown.is_whole = all(_path(error.url) not in self._lists for error in run.tally.errors)
        store = run.deps.store
        with store.transaction():
            for sighting in store.sightings.searched_by(run.watch.case, run.watch.name):
                if glances := self._shown.glances(sighting):
                    record_observed(sighting, glances, run.watch, run.deps)


async def look_at_search(
    sighting: Sighting, watch: Watch, deps: Dependencies, searches: dict[str, ShownBySearch]
) -> tuple[Glance, ...]:
    """() where a pass has told lately, or nobody knows any more how it was searched. searches: by watch, those that
    were asked in this round. Raises Offline."""
    told_at = sighting.presence.search.answered_at
    if told_at is not None and timedelta(0) <= deps.clock() - told_at < PASSED_BY:
        return ()
    if watch.kind is not Kind.SEARCH:
        return ()
    shown = searches.get(watch.name)
    if shown is None:
        shown = searches[watch.name] = await _searched(watch, deps)
    found = shown.glances(sighting)
    return found or (Glance(Truth.SEARCH, Saw.UNKNOWN, shown.why),)


async def _searched(watch: Watch, deps: Dependencies) -> ShownBySearch:
    """Every page of results that the watch would read."""
    shown = ShownBySearch()
    try:
        source = source_for(watch, deps.settings)
    except WatchlistError as error:
        return ShownBySearch(is_whole=False, why=error.cause)
    login = login_of(watch, deps.store)
    requests = [replace(one, visitor=as_whom(watch, login, one)) for one in source.seeds(watch)]
    deps.fetcher.allow_ports_of(request.url for request in requests)
    for request in _bounded(requests):
        fetched = await deps.fetcher.fetch(request)
        if fetched.outcome.kind is OutcomeKind.OFFLINE:
            raise Offline
        if fetched.outcome.kind is not OutcomeKind.OK:
            shown.is_whole, shown.why = False, fetched.outcome.message
            continue
        content = await deps.reader.page(source.job(watch, fetched, 0), fetched.body)
        if content.problem is not None:
            shown.is_whole, shown.why = False, content.problem.message
            continue
        shown.hear(content)
        further = [url for url in content.next_pages if all(url != one.url for one in requests)]
        requests += [_page_of(request, url) for url in further]
    return shown


def _bounded(requests: list[Request]) -> Iterator[Request]:
    """It grows while it is gone through."""
    at = 0
    while at < len(requests) and at < MOST_PAGES:
        yield requests[at]
        at += 1


def _page_of(first: Request, url: str) -> Request:
    """The same list, continued: with the same account."""
    return replace(first, url=url)


def _path(url: str) -> str:
    return url.partition("?")[0]
