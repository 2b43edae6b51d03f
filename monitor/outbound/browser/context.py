"""The one way to open a page in Chromium: a context of its own, our own proxy its only way out, nothing downloaded,
under the name that the person set. For what is looked at, and for the window in which a person logs in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import BrowserContext, CDPSession, Page, ViewportSize
from playwright.async_api import Error as PlaywrightError

from monitor.crawl.login import LoginState
from monitor.model.rendered import BrowserLimits
from monitor.outbound.browser.chromium import Chromium
from monitor.outbound.browser.forward_proxy import ForwardProxy, PageLoad
from monitor.outbound.browser.interception import hold_up
from monitor.outbound.browser.naming import name_browser

CLOSE_S = 5.0  # for what one page load opened
VIEWPORT: ViewportSize = {"width": 1366, "height": 1600}


@dataclass(frozen=True, slots=True)
class OpenPage:
    """Blank, and ready to go. session: of the DevTools protocol, for this page."""

    context: BrowserContext
    page: Page
    session: CDPSession


@asynccontextmanager
async def open_page(
    chromium: Chromium,
    proxy: ForwardProxy,
    load: PageLoad,
    limits: BrowserLimits,
    *,
    login: LoginState | None = None,
    known: Set[str] = frozenset(),
    in_window: bool = False,
) -> AsyncIterator[OpenPage]:
    """known: pictures that are not loaded again. in_window: as large as the person makes it. Nothing of it is left
    afterwards. Raises PlaywrightError."""
    storage: Any = login.storage() if login is not None else None
    size: dict[str, Any] = {"no_viewport": True} if in_window else {"viewport": VIEWPORT}
    context = await chromium.browser.new_context(
        **size,
        accept_downloads=False,
        service_workers="block",
        storage_state=storage,
        proxy={"server": proxy.url},
    )
    context.set_default_timeout(limits.timeout_s * 1000)
    try:
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await hold_up(page, session, load, known)
        await name_browser(session, limits.user_agent)
        yield OpenPage(context, page, session)
    finally:
        await _end(chromium, context)


@asynccontextmanager
async def open_offline(chromium: Chromium, *, width: int, height: int) -> AsyncIterator[BrowserContext]:
    """As `new_offline`, and nothing of it is left afterwards. Raises PlaywrightError."""
    context = await new_offline(chromium, width=width, height=height)
    try:
        yield context
    finally:
        await _end(chromium, context)


async def new_offline(chromium: Chromium, *, width: int, height: int) -> BrowserContext:
    """For what was saved: no network, no scripts. width, height: of its window, pixels. Raises PlaywrightError."""
    return await chromium.browser.new_context(
        viewport={"width": width, "height": height},
        offline=True,
        java_script_enabled=False,
        accept_downloads=False,
        service_workers="block",
        reduced_motion="reduce",
    )


async def _end(chromium: Chromium, context: BrowserContext) -> None:
    try:
        async with asyncio.timeout(CLOSE_S):
            await context.close()
    except (TimeoutError, PlaywrightError):
        chromium.kill()  # a page hangs it: the next load starts a fresh one
