"""Renders pages in this process, for programs that embed it and for tests: everything over the same values that cross
to a browser in a process of its own (`outbound/browser_link.py`)."""

from __future__ import annotations

from dataclasses import replace

from monitor.clock import Clock
from monitor.model.page import Fetched, Request
from monitor.model.rendered import BrowserLimits, Rendered, ToRender
from monitor.model.settings import Settings
from monitor.outbound.browser.rendering import LOADS_AT_ONCE, PageRendering
from monitor.outbound.dial import LocalDialler
from monitor.outbound.guard import AddressRules, Resolve
from monitor.outbound.identities import Identities
from monitor.outbound.rendered import rendered_for
from monitor.ports.facts import Logins


class BrowserFetcher(PageRendering):
    """`ports.Fetcher` for requests with `browser` set. logins: where log-ins are kept."""

    def __init__(
        self,
        settings: Settings,
        rules: AddressRules,
        resolve: Resolve,
        *,
        clock: Clock,
        logins: Logins | None = None,
        at_once: int = LOADS_AT_ONCE,
    ) -> None:
        super().__init__(at_once=at_once)
        self._settings, self._rules, self._logins, self._clock = settings, rules, logins, clock
        self._dialler = LocalDialler(rules, resolve, settings.network.proxy)
        self._identities = Identities.by(settings.network.proxy)

    async def fetch(self, request: Request) -> Fetched:
        """Never raises for what a site does."""
        limits = BrowserLimits.of(self._settings)
        dialler = replace(self._dialler, identity=self._identities.of(request, request.url))

        async def rendered(asked: ToRender) -> Rendered:
            return await self.render(asked, dialler)

        return await rendered_for(request, limits, self._clock(), self._logins, rendered)
