"""The state of one pass: nothing of it outlives `scan`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.crawl.caps import Caps, Taken
from monitor.crawl.frontier import FrontierEntry
from monitor.domains import domain_of
from monitor.model.candidate import Candidate, SeenUrl
from monitor.model.fingerprint import ImageReading
from monitor.model.match import Match
from monitor.model.page import Fetched, ImageRef, PageContent
from monitor.model.sighting import Sighting
from monitor.model.watch import Watch
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.login import Login
from monitor.pipeline.remembered_page import Remembered
from monitor.pipeline.sealing import Sealing
from monitor.pipeline.tally import Tally
from monitor.pipeline.way import WayOut
from monitor.ports import Source


@dataclass
class Pass:
    """login: the watch's saved one. way: how requests leave. caps: what the pass and each site may take of it. site:
    whose page is in hand; before: what the pass had taken when it came to it. asked: images that were not known.
    closed: images that are closed as under 18. done: URLs of images and stylesheets this pass has looked at. by_image,
    by_digest: the case's sightings by media URL and by content. stood: sightings this pass has seen standing; standing:
    those of them that are yet to be saved. noted: what is yet to be remembered of pictures. seen: what is known of the
    images of the page in hand, by URL. forbidden: closed as under 18, never fetched again.
    planted_seen: the picture that the person put there herself; planted: the photos that it
    may be. looked: pages, by each of their addresses: what people know them by, and whether they were settled.
    claimed: by address, the sightings that a list seen in this pass says are from there.
    page_settled: every image of the page in hand was decided, so that nothing is left to do while the page
    stays as it is."""

    watch: Watch
    source: Source
    parts: Dependencies
    tally: Tally
    started: float
    login: Login | None = None
    done: set[str] = field(default_factory=set)
    by_image: dict[str, list[Sighting]] = field(default_factory=dict)
    by_digest: dict[str, list[Sighting]] = field(default_factory=dict)
    stood: set[str] = field(default_factory=set)
    standing: set[str] = field(default_factory=set)
    noted: list[tuple[Candidate, SeenUrl]] = field(default_factory=list)
    seen: Mapping[str, SeenUrl] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    planted_seen: bool = False
    planted: frozenset[str] = frozenset()
    way: WayOut = field(default_factory=lambda: WayOut("", is_kept=False))
    feature_seconds: float = 0.0
    page_settled: bool = True
    site: str = ""
    before: Taken = field(default_factory=Taken)
    closed: int = 0
    asked: int = 0
    looked: dict[str, tuple[str, bool]] = field(default_factory=dict)
    claimed: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        crawl, watch = self.parts.settings.crawl, self.watch
        whole = Taken(watch.follow.max_pages, watch.images.max_images, crawl.max_run_bytes, crawl.max_run_seconds)
        self.caps = Caps(whole, crawl.max_site_share)
        self.sealing = Sealing(self.parts)

    @property
    def settled_with(self) -> str:
        """By what the images of a page are decided: the reference set, and which of it is not told of here."""
        return " ".join((self.parts.revision, *sorted(self.planted)))

    @property
    def seconds(self) -> float:
        return self.parts.monotonic() - self.started

    @property
    def taken(self) -> Taken:
        return Taken(self.tally.pages, self.asked, self.tally.bytes, self.seconds)

    def turn_to(self, url: str) -> None:
        """What is taken from here on counts for this address's site."""
        if self.site:
            self.caps.charge(self.site, self.taken.since(self.before))
        self.site, self.before = site_of(url), self.taken
        self.caps.meet(self.site)

    def spent(self) -> bool:
        """Whether the run's bytes or its time are used up; which is noted."""
        crawl = self.parts.settings.crawl
        for what, used, cap in (
            ("seconds", self.seconds, crawl.max_run_seconds),
            ("bytes", self.tally.bytes, crawl.max_run_bytes),
        ):
            if used > cap:
                self.tally.limit(what, cap)
                return True
        return False

    def site_spent(self, site: str, *what: str) -> bool:
        """Whether this site has had its share of what a run may take; which is noted."""
        if len(self.caps.sites) < 2:
            return False
        now = self.taken.since(self.before) if site == self.site else None
        reached = self.caps.reached(site, now, what)
        if reached is not None:
            self.tally.limit(*reached, site)
        return reached is not None

    def leave_out(self, images: int) -> None:
        """Of the page in hand: they are not looked at in this run, nor counted as if they had been."""
        self.tally.images -= images
        self.page_settled = False

    def images_left(self) -> int:
        """That may still be asked for, in this run and of the site in hand."""
        taken = self.caps.sites[self.site].plus(self.taken.since(self.before)).images
        return max(min(self.watch.images.max_images - self.asked, self.caps.of_site("images") - taken), 0)

    def add(self, sighting: Sighting) -> None:
        if sighting.under_18:
            self.forbidden.update((sighting.place.image_url, sighting.place.page_url))
        self.by_image.setdefault(sighting.place.image_url, []).append(sighting)
        if sighting.image_digest:
            self.by_digest.setdefault(sighting.image_digest, []).append(sighting)


def site_of(url: str) -> str:
    """Its registrable domain: one that answers to any name below it is still one site."""
    return domain_of(url)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A page as this pass sees it. remembered: what an earlier pass read in it, where it is unchanged since. inline:
    pictures that were written into it, by the address that `embedded_pictures.take_out` gave them."""

    visit: FrontierEntry
    fetched: Fetched
    content: PageContent
    remembered: Remembered | None = None
    inline: Mapping[str, Fetched] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A picture whose bytes are in hand."""

    ref: ImageRef
    fetched: Fetched
    reading: ImageReading
    match: Match
