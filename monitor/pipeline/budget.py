"""What one pass may take of bytes, time and pictures, and what each site may take of that: the counting, in one
place."""

from __future__ import annotations

from collections.abc import Callable

from monitor.crawl.caps import Caps, Taken
from monitor.domains import domain_of
from monitor.model.page import Fetched
from monitor.model.run import LimitKind
from monitor.model.settings import CrawlSettings
from monitor.model.watch import Watch
from monitor.pipeline.quota import CaseQuota

DOUBTS = 20
"""Known pictures that one pass asks for again, although nothing says that they changed (`docs/watching.md`)."""

Cap = tuple[LimitKind, int, str]
"""What was used up, the cap that it had, and of which site ('': of the whole pass): as `Tally.limit` takes it."""


class Budget:
    """site: whose page is in hand. asked: pictures that were not known, and were asked for. requests: sent,
    redirects too, and what came of what a rendered page asked for; not robots.txt, once a day for a host."""

    def __init__(
        self,
        watch: Watch,
        crawl: CrawlSettings,
        monotonic: Callable[[], float],
        quota: CaseQuota | None = None,
    ) -> None:
        self._quota = quota
        whole = Taken(watch.follow.max_pages, watch.images.max_images, crawl.max_run_bytes, crawl.max_run_seconds)
        self.site = ""
        self.asked = 0
        self.bytes = 0
        self.requests = 0
        self._pages = 0
        self._doubts = 0
        self._caps = Caps(whole, crawl.max_site_share)
        self._whole = whole
        self._monotonic = monotonic
        self._began = monotonic()
        self._before = Taken()  # what the pass had taken when it came to the site in hand
        for url in watch.urls:
            self._caps.meet(domain_of(url))

    def turn_to(self, url: str) -> None:
        """What is taken from here on counts for this address's site."""
        now = self._taken()
        if self.site:
            self._caps.charge(self.site, now.since(self._before))
        self.site, self._before = domain_of(url), now
        self._caps.meet(self.site)

    def ask_page(self) -> None:
        self._pages += 1

    def ask_images(self, count: int) -> None:
        self.asked += count

    def take_doubts(self, wanted: int) -> int:
        """How many of the pictures that nothing but a doubt speaks for may be asked now."""
        given = min(wanted, DOUBTS - self._doubts)
        self._doubts += given
        return given

    def took(self, fetched: Fetched) -> None:
        self.bytes += fetched.wire_bytes
        self.requests += fetched.requests

    def images_left(self) -> int:
        """That may still be asked for, in this pass and of the site in hand."""
        taken = self._caps.sites[self.site].plus(self._taken().since(self._before)).images
        return max(min(self._whole.images - self.asked, self._caps.of_site(LimitKind.IMAGES) - taken), 0)

    def images_cap(self) -> Cap | None:
        """Why no more of them: the pass's cap, or the site's."""
        if self.asked >= self._whole.images:
            return LimitKind.IMAGES, self._whole.images, ""
        return self.site_spent(self.site, LimitKind.IMAGES)

    def spent(self) -> Cap | None:
        """When the pass's bytes or its time are used up, or what its case may ask for in a day."""
        if self._seconds() > self._whole.seconds:
            return LimitKind.SECONDS, int(self._whole.seconds), ""
        if self.bytes > self._whole.bytes:
            return LimitKind.BYTES, self._whole.bytes, ""
        if self._quota is not None and self._quota.is_spent:
            return LimitKind.REQUESTS, self._quota.quota.requests, ""
        return None

    def site_spent(self, site: str, *what: LimitKind) -> Cap | None:
        """When this site has had its share of what a pass may take; a pass over one site has no shares."""
        if len(self._caps.sites) < 2:
            return None
        now = self._taken().since(self._before) if site == self.site else None
        reached = self._caps.reached(site, now, what)
        return (*reached, site) if reached is not None else None

    def _taken(self) -> Taken:
        return Taken(self._pages, self.asked, self.bytes, self._seconds())

    def _seconds(self) -> float:
        return self._monotonic() - self._began
