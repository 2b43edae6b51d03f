"""What the results of a search show of its finds: the one thing that says so, and all that it says."""

from __future__ import annotations

from monitor.crawl.urls import canonical_url
from monitor.model.presence import Glance, Saw, Truth
from monitor.model.watch import Kind
from monitor.pipeline.state import Look, Pass
from monitor.pipeline.telling import record_observed

SHOWN = (Glance(Truth.SEARCH, Saw.THERE),)
NO_MORE_SHOWN = (Glance(Truth.SEARCH, Saw.GONE, "the search does not show it any more"),)


class SearchResults:
    """Of one pass of a search; of any other watch nothing is gathered."""

    def __init__(self) -> None:
        self._shown: set[str] = set()  # pages and pictures that results name
        self._lists: set[str] = set()  # where the pages of results stand

    def hear(self, run: Pass, look: Look) -> None:
        if run.watch.kind is not Kind.SEARCH or look.entry.depth:
            return
        self._lists.add(_path(look.entry.request.url))
        images = (url for ref in look.content.images for url in (*ref.variants, ref.post_url, *ref.also_in))
        self._shown |= {canonical_url(url) for url in (*look.content.links, *images) if url.startswith("http")}

    def settle(self, run: Pass) -> None:
        """Where a page of results could not be read, what the others do not show may stand on it."""
        if not self._lists:
            return
        is_whole = all(_path(error.url) not in self._lists for error in run.tally.errors)
        store = run.deps.store
        with store.transaction():
            for sighting in store.sightings.searched_by(run.watch.case, run.watch.name):
                names = map(canonical_url, (*sighting.media_urls, sighting.place.page_url))
                is_shown = not self._shown.isdisjoint(names)
                if is_shown or is_whole:
                    record_observed(sighting, SHOWN if is_shown else NO_MORE_SHOWN, run.watch, run.deps)


def _path(url: str) -> str:
    return url.partition("?")[0]
