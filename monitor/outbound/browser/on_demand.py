"""The browser, in this process: Playwright is imported, and Chromium started, with the first page that needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.model.page import Fetched, Request
from monitor.model.settings import Settings
from monitor.outbound.guard import AddressRules, Resolve, SystemResolver
from monitor.ports.facts import Logins

if TYPE_CHECKING:
    from monitor.outbound.browser.fetcher import BrowserFetcher


class BrowserOnDemand:
    """resolve: None = the system's."""

    def __init__(
        self, settings: Settings, rules: AddressRules, resolve: Resolve | None, logins: Logins, clock: Clock
    ) -> None:
        self._settings, self._rules, self._logins, self._clock = settings, rules, logins, clock
        self._system = SystemResolver()  # its threads start with the first name
        self._resolve = resolve or self._system
        self._browser: BrowserFetcher | None = None

    async def fetch(self, request: Request) -> Fetched:
        if self._browser is None:
            from monitor.outbound.browser.fetcher import BrowserFetcher

            self._browser = BrowserFetcher(
                self._settings, self._rules, self._resolve, logins=self._logins, clock=self._clock
            )
        return await self._browser.fetch(request)

    async def aclose(self) -> None:
        if self._browser is not None:
            await self._browser.aclose()
        self._system.close()
