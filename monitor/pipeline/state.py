"""What every step of a pass is given. What a step notes for later lies in the step's own room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from monitor.crawl.cookies import CookieJar
from monitor.crawl.frontier import FrontierEntry
from monitor.crawl.way import WayOut, way_out
from monitor.model.candidate import SeenUrl
from monitor.model.page import Fetched, Jar, PageContent, Purpose, Request
from monitor.model.run import LimitKind
from monitor.model.visitor import Visitor
from monitor.model.watch import ImageRules, Watch
from monitor.pipeline.beside import Beside
from monitor.pipeline.budget import Budget, Cap
from monitor.pipeline.dependencies import Dependencies
from monitor.pipeline.login import Login, as_whom
from monitor.pipeline.remembered_page import Remembered
from monitor.pipeline.tally import Tally
from monitor.ports import Source


def part_of(watch: Watch, page: str, url: str, purpose: Purpose, jar: Jar) -> Request:
    """What a page shows, as a browser asks for it. jar: with what the page set."""
    return Request(
        url,
        purpose,
        ignore_robots=watch.ignore_robots,
        referrer=page,
        tells_page=watch.tells_page,
        jar=jar,
        visitor=Visitor(watch.case),
    )


def way_of_strangers(deps: Dependencies) -> WayOut:
    way = way_out(deps.settings.network, deps.store.machine)
    return way if deps.common is None else way.shared_by(deps.common.visitor)


@dataclass(frozen=True, slots=True)
class Pass:
    """One go through one watch. login: the watch's saved one. way: how requests leave, as whom the watch is. closed:
    addresses that are closed as under 18, never fetched again. planted: the photos that the watch's planted picture may
    be. jar: the cookies of this visit, which nothing else is ever shown. beside: what screenshots need."""

    watch: Watch
    source: Source
    deps: Dependencies
    tally: Tally
    budget: Budget
    login: Login | None
    way: WayOut
    closed: frozenset[str] = frozenset()
    planted: frozenset[str] = frozenset()
    jar: CookieJar = field(default_factory=CookieJar)
    beside: Beside = field(default_factory=Beside)

    def part_of(self, page: str, url: str, purpose: Purpose) -> Request:
        return replace(part_of(self.watch, page, url, purpose, self.jar), visitor=as_whom(self.watch, self.login))

    @property
    def settled_with(self) -> str:
        """By what the images of a page are decided: references, matcher, what is not told of here, and what is not the
        person's. That is read anew each time: she may take it back while a pass goes on."""
        quiet = self.deps.store.dismissals.revision(self.watch.case)
        return " ".join((self.deps.compared_with, *([f"quiet:{quiet}"] if quiet else []), *sorted(self.planted)))

    def as_visitor(self) -> Pass:
        """For a page that a stranger named, which is not the watch's own: what fails there is no fault of the watch,
        the person's word about the watch's robots.txt, selectors and log-in does not hold there, and it does not count
        as seen. What it takes is taken of the same budget."""
        images = ImageRules(max_images=self.watch.images.max_images)
        watch = replace(self.watch, ignore_robots=False, images=images, planted="", tells_page=False)
        return replace(
            self,
            watch=watch,
            tally=Tally(watch, self.tally.started_at),
            login=None,
            way=way_of_strangers(self.deps),
            jar=CookieJar(),
        )

    def is_spent(self) -> bool:
        """Whether the pass's bytes or its time are used up; which is noted."""
        return self.noted(self.budget.spent())

    def is_site_spent(self, site: str, *what: LimitKind) -> bool:
        """Whether this site has had its share of what a pass may take; which is noted."""
        return self.noted(self.budget.site_spent(site, *what))

    def noted(self, reached: Cap | None, *, left_out: int = 0) -> bool:
        """left_out: pictures that are not looked at for it."""
        if reached is not None:
            self.tally.limit(*reached, left_out=left_out)
        return reached is not None


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A page as this pass sees it. shown: its address, as people know it. seen: what was known of its address.
    remembered: what an earlier pass read in it, where it is unchanged since. inline: pictures that were written into
    it, by the address that `embedded_pictures.take_out` gave them. own: the content without what its style sheets name.
    sheets_changed: one of these is not as it was."""

    entry: FrontierEntry
    fetched: Fetched
    content: PageContent
    shown: str
    seen: SeenUrl | None = None
    remembered: Remembered | None = None
    inline: Mapping[str, Fetched] = field(default_factory=dict)
    own: PageContent | None = None
    sheets_changed: bool = False
