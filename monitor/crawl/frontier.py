"""What to visit next: seeds first, then breadth first, every page once, within the watch's depth and page
caps."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from monitor.crawl.urls import canonical_url
from monitor.model.limits import MAX_URL_CHARS
from monitor.model.page import PageContent, Request
from monitor.model.watch import Follow

MAX_WAITING = 10_000  # a link flood must not fill the memory; far more than any `max_pages`


@dataclass(frozen=True, slots=True)
class FrontierEntry:
    """depth: links away from the seeds; next pages of one list do not count. referrer: where it was learnt. list_of: of
    a next page, the first page of its list, as people know it; '' for any other."""

    request: Request
    depth: int
    referrer: str = ""
    list_of: str = ""


class Frontier:
    """`next` until it gives None; `add` what each visited page led to. Which links are in scope (`same_site`)
    was decided when the page was read."""

    def __init__(self, seeds: Sequence[Request], follow: Follow) -> None:
        self._follow = follow
        self._waiting: deque[FrontierEntry] = deque()
        self._seen: set[str] = set()
        self._given = 0
        self.left_out = 0  # pages that were named but lie beyond a cap
        for request in seeds:
            self._offer(FrontierEntry(request, 0))

    def next(self) -> FrontierEntry | None:
        if not self._waiting:
            return None
        if self._given >= self._follow.max_pages:
            self.left_out += len(self._waiting)
            self._waiting.clear()
            return None
        self._given += 1
        return self._waiting.popleft()

    def skip(self) -> None:
        """The visit that was given last is not made: it takes nobody's place."""
        self._given -= 1

    def add(self, content: PageContent, entry: FrontierEntry) -> None:
        """A page's further pages of the same list come before its links: they hold what the watch is
        about."""
        self._seen.add(canonical_url(content.url))
        list_of = entry.list_of or canonical_url(content.url)
        for url in content.next_pages:
            self._offer(FrontierEntry(further(url, entry), entry.depth, entry.referrer, list_of))
        if entry.depth < self._follow.depth:
            for url in content.links:
                request = Request(url, referrer=entry.request.url)
                self._offer(FrontierEntry(request, entry.depth + 1, entry.request.url))

    def _offer(self, entry: FrontierEntry) -> None:
        key = canonical_url(entry.request.url)
        if key in self._seen or len(entry.request.url) > MAX_URL_CHARS:
            return
        if len(self._waiting) >= MAX_WAITING:
            self.left_out += 1
            return
        self._seen.add(key)
        self._waiting.append(entry)


def further(url: str, entry: FrontierEntry) -> Request:
    """Asked for like the page before it (purpose, a source's API key), but only of the same host, port and scheme."""
    if urlsplit(url)[:2] != urlsplit(entry.request.url)[:2]:
        return Request(url, referrer=entry.request.url)
    return replace(entry.request, url=url, etag=None, last_modified=None, referrer=entry.request.url)
