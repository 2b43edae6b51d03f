"""Composition root, the part that has to do with the outside: who uses the network and renders pages. In processes of
their own where the app was given `parts`, which are asked over links; else in this one, behind the same ports."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.clock import Clock, to_the_second
from monitor.model.settings import Settings
from monitor.ports import Paper, Reader, Screenshots, Store

if TYPE_CHECKING:  # heavy or only sometimes needed: imported where they are used
    from monitor.outbound.dial_ways import DialWays
    from monitor.outbound.polite import PoliteFetcher
    from monitor.parts.link import Link
    from monitor.parts.starting import ProgramParts
    from monitor.services.logins import LoginService


class Outside:
    """The links of one app, each made when first asked for: a process is started with its first question."""

    def __init__(self, parts: ProgramParts) -> None:
        self.parts = parts
        self._links: list[Link] = []

    @cached_property
    def fetcher(self) -> Link:
        from monitor.parts.link import Link
        from monitor.parts.messages.fetching import FetcherSetup
        from monitor.parts.starting import ProgramPart

        return self.kept(Link(self.parts, ProgramPart.FETCHER, FetcherSetup))

    @cached_property
    def dial_ways(self) -> DialWays:
        from monitor.outbound.dial_ways import LinkDialWays

        return LinkDialWays(self.fetcher)

    def kept(self, link: Link) -> Link:
        """It is closed with the others."""
        self._links.append(link)
        return link

    async def aclose(self) -> None:
        """May be called twice."""
        while self._links:
            await self._links.pop().aclose()


class OutsideParts:
    """Of the app, which sets these."""

    settings: Settings
    store: Store
    outside: Outside | None
    _exact: Clock
    _opened: AsyncExitStack

    if TYPE_CHECKING:

        @property
        def reader(self) -> Reader: ...

    @cached_property
    def fetcher(self) -> PoliteFetcher:
        from monitor.outbound.guard import AddressRules
        from monitor.outbound.polite import open_fetcher

        wire, browser, rules = None, None, AddressRules.of(self.settings.network)
        if self.outside is not None:
            from monitor.outbound.browser_link import LinkBrowser
            from monitor.outbound.link_wire import LinkWire

            wire = LinkWire(self.outside.fetcher)
            browser = LinkBrowser(
                self._browser_link("pages"),
                self.outside.dial_ways,
                self.settings,
                rules,
                clock=to_the_second(self._exact),
                logins=self.store.logins,
            )
        fetcher = open_fetcher(
            self.settings,
            self.store.hosts,
            self.store,
            reader=self.reader,
            clock=self._exact,
            wire=wire,
            browser=browser,
            rules=rules,
        )
        self._opened.push_async_callback(fetcher.aclose)
        return fetcher

    async def network_state(self) -> str:
        """Changes when this machine's network does; '' where it cannot be known."""
        return await self.fetcher.network_state()

    @cached_property
    def screenshots(self) -> Screenshots:
        if self.outside is not None:
            from monitor.outbound.browser_link import LinkScreenshots

            return LinkScreenshots(self._drawing, self.settings.crawl.browser_path)
        from monitor.outbound.browser.still import BrowserScreenshots

        screenshots = BrowserScreenshots(self.settings.crawl.browser_path)
        self._opened.push_async_callback(screenshots.aclose)
        return screenshots

    @cached_property
    def paper(self) -> Paper:
        if self.outside is not None:
            from monitor.outbound.browser_link import LinkPaper

            return LinkPaper(self._drawing, self.settings.crawl.browser_path)
        from monitor.outbound.browser.paper import BrowserPaper

        return BrowserPaper(self.settings.crawl.browser_path)

    @cached_property
    def logins(self) -> LoginService:
        from monitor.services.logins import LoginService

        if self.outside is None:
            return LoginService(self.store, self.settings)
        from monitor.outbound.browser_link import LinkWindow
        from monitor.outbound.window import screen_files

        link = self._browser_link("window", screen_files)
        return LoginService(self.store, self.settings, LinkWindow(link, self.outside.dial_ways).log_in)

    @cached_property
    def _drawing(self) -> Link:
        """For screenshots and reports on paper: it is never given a way out, and what shows her picture does not share
        a process with what a site sends."""
        return self._browser_link("drawing")

    def _browser_link(self, name: str, screen: Callable[[], tuple[str, ...]] = tuple) -> Link:
        from monitor.outbound.browser_link import open_browser_link
        from monitor.parts.messages.browsing import BrowserSetup

        def setup() -> BrowserSetup:
            return BrowserSetup(browser_path=self.settings.crawl.browser_path, screen=screen())

        assert self.outside is not None  # noqa: S101  # asked for where there are parts
        return self.outside.kept(open_browser_link(self.outside.parts, setup, name=name))
