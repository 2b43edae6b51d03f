"""A window in which the person logs in by hand. Nothing is typed, clicked or solved for them; what the browser then
holds of the watch's own site is handed back. As confined as every other visit: the same Chromium, proxy and guard."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from monitor.crawl.login import LoginState, of_browser, sites_of
from monitor.errors import NeedsUser, WorkFailed
from monitor.hosts import host_of
from monitor.model.settings import Settings
from monitor.outbound.browser.chromium import Chromium
from monitor.outbound.browser.context import open_page
from monitor.outbound.browser.forward_proxy import ForwardProxy
from monitor.outbound.dial import Dialler
from monitor.outbound.guard import AddressRules, SystemResolver

MAX_WINDOW_BYTES = 512 * 1024 * 1024
LOOK_S = 0.3  # how often the window is looked at
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


async def log_in(
    urls: tuple[str, ...],
    settings: Settings,
    *,
    until: Callable[[Page], Awaitable[None]],
    before: LoginState | None = None,
    visible: bool = True,
) -> LoginState:
    """Opens the first address and waits until the window is closed or `until` returns. before: a log-in that still
    stands is shown as it is. Raises NeedsUser without a display, NoBrowser, and WorkFailed when nothing was kept."""
    if visible and not any(os.environ.get(name) for name in DISPLAYS):
        raise NeedsUser(
            "no window can be opened: there is no display here",
            remedy="Log in on a computer with a screen (pipx run playwright open --save-storage=state.json ADDRESS), "
            "bring the file here, and: reupload-monitor watch login NAME --state state.json",
        )
    rules = AddressRules.of(settings.network)
    rules.allow_ports_of(urls)
    sites, resolve = sites_of(urls), SystemResolver()
    proxy = ForwardProxy(Dialler(rules, resolve, settings.network.proxy))
    await proxy.start()
    try:
        chromium = await Chromium.start(
            settings.crawl.browser_path, proxy.url, settings.network.user_agent, visible=visible
        )
        try:
            state = await _in_window(chromium, proxy, urls[0], settings, until, before, visible, sites)
        finally:
            await chromium.aclose()
    finally:
        await proxy.aclose()
        resolve.close()
    if state.is_empty:
        raise WorkFailed(
            f"nothing was kept: the browser holds no cookie of {' or '.join(sites)}",
            remedy="Log in, wait until the page shows you as logged in, then close the window.",
        )
    return state


async def _in_window(
    chromium: Chromium,
    proxy: ForwardProxy,
    url: str,
    settings: Settings,
    until: Callable[[Page], Awaitable[None]],
    before: LoginState | None,
    visible: bool,
    sites: tuple[str, ...],
) -> LoginState:
    load = proxy.open_load(url, max_bytes=MAX_WINDOW_BYTES)
    try:
        async with open_page(chromium, proxy, load, settings.network, login=before, in_window=visible) as opened:
            opened.context.on("request", lambda request: load.name(host_of(request.url)))
            page = opened.page
            page.on("dialog", lambda dialog: None)  # theirs to answer
            with contextlib.suppress(PlaywrightError):  # the window tells what is wrong, and they may go elsewhere
                await page.goto(url, wait_until="commit")
            waiting = asyncio.ensure_future(until(page))
            try:
                return of_browser(await _once_over(opened.context, waiting), sites)
            finally:
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
    except PlaywrightError as error:
        raise WorkFailed(f"the browser broke off: {error.message[:200]}", remedy="Run the command again.") from error
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
