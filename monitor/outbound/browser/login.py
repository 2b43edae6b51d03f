"""A window in which the person logs in by hand. Nothing is typed, clicked or solved for them; what the browser then
holds of the watch's own site is handed back. As confined as every other visit: the same Chromium, proxy and guard."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from monitor.crawl.login import LoginState, of_browser, sites_of
from monitor.errors import WorkFailed
from monitor.hosts import host_of
from monitor.model.rendered import BrowserLimits
from monitor.model.settings import Settings
from monitor.outbound.browser.chromium import Chromium
from monitor.outbound.browser.context import open_page
from monitor.outbound.browser.finding import RUN_AGAIN
from monitor.outbound.browser.forward_proxy import ForwardProxy
from monitor.outbound.dial import LocalDialler
from monitor.outbound.dialling import Dialler
from monitor.outbound.guard import AddressRules, SystemResolver
from monitor.outbound.identities import once
from monitor.outbound.window import LoginWindow, kept_of, screen_here

MAX_WINDOW_BYTES = 512 * 1024 * 1024
LOOK_S = 0.3  # how often the window is looked at


async def log_in(
    urls: tuple[str, ...],
    settings: Settings,
    *,
    until: Callable[[Page], Awaitable[None]],
    before: LoginState | None = None,
    visible: bool = True,
) -> LoginState:
    """By a browser of this process. until, before, visible: as `shown_in_window` has them. Raises NeedsUser without a
    display, NoBrowser, and WorkFailed when nothing was kept."""
    screen = screen_here() if visible else None
    rules = AddressRules.of(settings.network)
    rules.allow_ports_of(urls)
    resolve = SystemResolver()
    try:
        window = LoginWindow(urls[0], sites_of(urls), BrowserLimits.of(settings), screen, before)
        dialler = LocalDialler(rules, resolve, settings.network.proxy, once())
        return kept_of(await shown_in_window(window, dialler, until), window.sites)
    finally:
        resolve.close()


async def shown_in_window(
    window: LoginWindow, dialler: Dialler, until: Callable[[Page], Awaitable[None]]
) -> LoginState:
    """Opens the address and waits until the window is closed or `until` returns. Raises NoBrowser, WorkFailed."""
    limits, proxy = window.limits, ForwardProxy()
    await proxy.start()
    try:
        chromium = await Chromium.start(limits.browser_path, proxy.url, limits.user_agent, screen=window.screen)
        try:
            return await _in_window(chromium, proxy, window, dialler, until)
        finally:
            await chromium.aclose()
    finally:
        await proxy.aclose()


async def _in_window(
    chromium: Chromium,
    proxy: ForwardProxy,
    window: LoginWindow,
    dialler: Dialler,
    until: Callable[[Page], Awaitable[None]],
) -> LoginState:
    load = proxy.open_load(window.url, dialler, max_bytes=MAX_WINDOW_BYTES)
    is_seen = window.screen is not None
    try:
        async with open_page(chromium, proxy, load, window.limits, login=window.before, in_window=is_seen) as opened:
            opened.context.on("request", lambda request: load.name(host_of(request.url)))
            page = opened.page
            page.on("dialog", lambda dialog: None)  # theirs to answer
            with contextlib.suppress(PlaywrightError):  # the window tells what is wrong, and they may go elsewhere
                await page.goto(window.url, wait_until="commit")
            waiting = asyncio.ensure_future(until(page))
            try:
                return of_browser(await _once_over(opened.context, waiting), window.sites)
            finally:
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
    except PlaywrightError as error:
        raise WorkFailed(f"the browser broke off: {error.message[:200]}", remedy=RUN_AGAIN) from error
    finally:
        await proxy.close_load(load)


async def _once_over(context: BrowserContext, waiting: asyncio.Future[None]) -> object:
    """What the browser holds at the end. When it was ended as a whole: the cookies of a moment before."""
    cookies: list[Any] = []
    try:
        while context.pages and not waiting.done():
            cookies = [*await context.cookies()]
            await asyncio.wait((waiting,), timeout=LOOK_S)
        if waiting.done():
            waiting.result()
        return await context.storage_state()
    except PlaywrightError:
        if not cookies:
            raise
        return {"cookies": cookies, "origins": []}
