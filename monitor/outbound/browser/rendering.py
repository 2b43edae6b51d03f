"""Renders pages that need their scripts: one Chromium, a fresh context for each page load, our own proxy its only way
out.

No wall is climbed: a cookie dialog is refused where a known button does, nothing else is clicked but "load
more".
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from playwright.async_api import BrowserContext, CDPSession, Response
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from monitor.clock import monotonic
from monitor.crawl import login as login_state
from monitor.crawl.login import LoginState, of_browser
from monitor.crawl.outcome import outcome_of_body, outcome_of_status
from monitor.hosts import host_of
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.rendered import BrowserStood, Rendered, ToRender
from monitor.outbound.browser.chromium import Chromium, started_browser
from monitor.outbound.browser.context import open_page
from monitor.outbound.browser.finding import NoBrowser, not_begun, room_for_browser, without_room
from monitor.outbound.browser.forward_proxy import ForwardProxy, PageLoad
from monitor.outbound.browser.net_errors import outcome_of_net_error
from monitor.outbound.browser.page_script import LOAD_MORE, REFUSE_CONSENT, SCROLL, html_of, run_script
from monitor.outbound.browser.subresources import (
    announced,
    data_of,
    exchanges_of,
    images_of,
    proofs_of,
    redirects,
    served_of,
    styles_of,
)
from monitor.outbound.browser.traffic import Traffic, narrow
from monitor.outbound.dialling import Dialler
from monitor.room import lack_in
from monitor.tracking.falls import AT_WORK, FallingPart, Falls

LOADS_AT_ONCE = 2
CHROMIUM_IDLE_S = 60.0  # Chromium is closed when nothing was rendered for so long: it takes 400 MB
MAX_LOADS = 100  # of one Chromium; then a fresh one: they grow
MAX_MEMORY = 2_500 * 1024 * 1024  # of all its processes; an ordinary page takes 400 MB
MAX_WIRE_BYTES = 96 * 1024 * 1024  # of one load
SCROLLS = 8
CLICKS = 4  # on "load more"
BRIEF_S = 0.1  # the same after a scroll or a click: what they bring is asked for at once
UNFOLD_S = 8.0  # for scrolling and clicking, about
UTF8_MARK = b"\xef\xbb\xbf"  # a page as rendered is UTF-8, whatever it and its headers said of what was sent
HUNG_OR_ATE = "it hung, or took more memory than it may, and was ended"
NOTHING = "<html><head></head><body></body></html>"  # what a browser makes of no bytes at all


class PageRendering:
    """Chromium starts with the first load."""

    def __init__(self, *, at_once: int = LOADS_AT_ONCE) -> None:
        self.proxy = ForwardProxy()
        self._chromium: Chromium | None = None
        self._started_for = ("", "")
        self._starting = asyncio.Lock()
        self._places, self._at_once = at_once, asyncio.Semaphore(at_once)
        self._open: set[PageLoad] = set()
        self._one_alone = asyncio.Lock()
        self._resting: asyncio.Task[None] | None = None
        self._starts, self._work = (
            Falls(FallingPart.BROWSER, name="starting"),
            Falls(FallingPart.BROWSER, AT_WORK, name="loading"),
        )

    async def aclose(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            await asyncio.gather(self._resting, return_exceptions=True)
        async with self._starting:
            if self._chromium is not None:
                await self._chromium.aclose()
                self._chromium = None
        await self.proxy.aclose()

    async def render(self, asked: ToRender, dialler: Dialler) -> Rendered:
        """dialler: the load's way out. Never raises for what a site does."""
        try:
            async with self._at_once:
                return (await self._look(asked, dialler)).whole()
        except _FellOver:  # perhaps by the page beside it, so once more with nobody beside it
            async with self._alone():
                return (await self._look(asked, dialler)).whole()

    async def _look(self, asked: ToRender, dialler: Dialler) -> _Seen:
        """Raises _FellOver."""
        timeout = asked.limits.timeout_s
        load = self.proxy.open_load(asked.url, dialler, max_bytes=MAX_WIRE_BYTES)
        seen = _Seen(asked, load)
        watching: asyncio.Task[None] | None = None
        try:
            with room_for_browser():
                chromium = await self._running(asked, load)
            watching = asyncio.create_task(_watch_memory(chromium))
            try:
                async with asyncio.timeout(timeout):
                    fetched = await _unless_stopped(load, self._load(chromium, seen))
                if fetched is not None:
                    self._work.worked()
                    seen.stood, seen.fetched = BrowserStood.WORKED, fetched
                    return seen
                why = _said(load, asked) or load.stopped
            except TimeoutError:
                why = _said(load, asked) or Outcome(OutcomeKind.TIMEOUT, f"not rendered within {timeout:g} seconds")
            except PlaywrightError as error:
                why = _why(error, load, asked, chromium)
            except Exception as error:  # whatever Playwright makes of what a page does: it is the page's doing
                why = _said(load, asked) or _of_fault(error)
            seen.fetched = seen.failure(why)
        except NoBrowser as error:
            seen.stood = BrowserStood.ABSENT if error.is_absent else BrowserStood.NOT_STARTED
            seen.why = str(error)
            seen.fetched = seen.failure(not_begun(error))
        finally:
            if watching is not None:
                watching.cancel()
            self._note_fall(seen)
            await self.proxy.close_load(load)
            self._over(load)
        return seen

    def _note_fall(self, seen: _Seen) -> None:
        """Once: it hung, or ate the memory."""
        if self._chromium is not None and self._chromium.killed and seen.stood is not BrowserStood.FELL:
            seen.stood, seen.why = BrowserStood.FELL, HUNG_OR_ATE
            self._work.fell(monotonic(), HUNG_OR_ATE)

    # -- one load

    async def _load(self, chromium: Chromium, seen: _Seen) -> Fetched:
        asked, load, at, limits = seen.asked, seen.load, seen.asked.at, seen.asked.limits
        login = login_state.state_from(asked.login) if asked.login else None
        known = frozenset(asked.known_images)
        async with open_page(chromium, self.proxy, load, limits, login=login, known=known) as opened:
            page, session = opened.page, opened.session
            traffic = Traffic(load, page, known, limits.cap(asked.purpose))
            await narrow(opened.context, page, session, traffic)
            first = await traffic.go(asked.url)
            if first is None:
                return seen.failure(Outcome(OutcomeKind.EMPTY, "the answer is empty"))
            await traffic.settle()
            response = traffic.shown or first
            if _status(response, at).is_good_look and _is_page(response):
                await self._unfold(session, traffic)
            astray = traffic.gone_astray()
            if astray is not None:
                return seen.failure(astray)
            response = traffic.shown or first
            body, status = await _body(asked, session, traffic, response)
            served = await served_of(session, traffic, response) if body and _is_page(response) else None
            proofs = await proofs_of(session, traffic)
            images: tuple[Fetched, ...] = ()
            data: tuple[Fetched, ...] = ()
            styles: tuple[Fetched, ...] = ()
            if status.is_good_look:
                images = await images_of(traffic, at, limits.max_image_bytes, proofs)
                data = await data_of(traffic, at)
                styles = await styles_of(traffic, at, proofs)
            if login is None and asked.wants_cookies:  # what a log-in holds stays with the browser
                with contextlib.suppress(PlaywrightError):
                    seen.cookies = tuple({**cookie} for cookie in await opened.context.cookies())
            if login is not None and status.is_good_look:
                seen.login = await _renewed(opened.context, login)
            return Fetched.of(
                seen.request,
                outcome_of_body(asked.purpose, status, body) if body else status,
                traffic.url,
                at,
                status=response.status,
                headers=tuple(response.headers.items()),
                body=body,
                ip=load.ips.get(host_of(page.url), ""),
                redirects=redirects(response.request),
                wire_bytes=load.bytes,
                styles=styles,
                hops=exchanges_of(traffic, response, at, proofs),
                served=served,
                subresources=images,
                data=data,
            )

    async def _unfold(self, session: CDPSession, traffic: Traffic) -> None:
        """What shows only on scrolling, and behind "load more", within bounds. A script that fails ends it."""
        with contextlib.suppress(PlaywrightError):
            if await run_script(session, traffic.frame, REFUSE_CONSENT) is True:
                await traffic.settle()
            clicks, end = 0, monotonic() + UNFOLD_S
            for _ in range(SCROLLS):
                if monotonic() > end:
                    break  # it never rests: looked at as far as it came
                before = traffic.count
                await run_script(session, traffic.frame, SCROLL)
                await traffic.settle(BRIEF_S)
                if traffic.count == before:
                    if clicks == CLICKS or await run_script(session, traffic.frame, LOAD_MORE) is not True:
                        break
                    clicks += 1
                    await traffic.settle(BRIEF_S)

    # -- the browser

    async def _running(self, asked: ToRender, load: PageLoad) -> Chromium:
        """Raises NoBrowser."""
        async with self._starting:
            old, wanted = self._chromium, (asked.limits.browser_path, asked.limits.user_agent)
            worn = old is not None and (not old.is_running or old.loads >= MAX_LOADS or self._started_for != wanted)
            if old is not None and worn and not self._open:
                await old.aclose()
                self._chromium = None
            if self._chromium is None:
                if not self.proxy.is_listening:
                    await self.proxy.start()
                path, name = self._started_for = wanted
                self._chromium = await started_browser(self._starts, self._work, path, self.proxy.url, name)
            if self._resting is not None:
                self._resting.cancel()
            self._open.add(load)
            for one in self._open:
                one.beside = one.beside or len(self._open) > 1
            self._chromium.loads += 1
            return self._chromium

    def _over(self, load: PageLoad) -> None:
        """A load has ended: when no other comes, Chromium is not kept waiting in memory."""
        self._open.discard(load)
        if not self._open:
            self._resting = asyncio.ensure_future(self._close_after(CHROMIUM_IDLE_S))

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        async with self._one_alone, contextlib.AsyncExitStack() as places:
            for _ in range(self._places):
                await places.enter_async_context(self._at_once)
            yield

    async def _close_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        async with self._starting:
            if self._chromium is not None and not self._open:
                chromium, self._chromium = self._chromium, None
                await chromium.aclose()


class _FellOver(Exception):
    """The browser ended under a page that was not alone in it."""


@dataclass(eq=False)
class _Seen:
    """What comes of one load, as far as it is known by now."""

    asked: ToRender
    load: PageLoad
    login: str = ""
    cookies: tuple[Mapping[str, Any], ...] = ()
    stood: BrowserStood = BrowserStood.SAYS_NOTHING
    why: str = ""
    fetched: Fetched | None = None

    @property
    def request(self) -> Request:
        return Request(self.asked.url, self.asked.purpose, known_images=self.asked.known_images, browser=True)

    def whole(self) -> Rendered:
        return Rendered(
            fetched=self.fetched or self.failure(None),
            login=self.login,
            cookies=self.cookies,
            withheld=dict(self.load.withheld),
            stood=self.stood,
            why=self.why,
        )

    def failure(self, why: Outcome | None) -> Fetched:
        why = why or Outcome(OutcomeKind.CONNECTION, "not rendered: no reason given")
        return Fetched.of(self.request, why, self.asked.url, self.asked.at, wire_bytes=self.load.bytes)


async def _renewed(context: BrowserContext, login: LoginState) -> str:
    """The log-in as the site has renewed it; '' where it has not."""
    with contextlib.suppress(PlaywrightError):
        now = of_browser(await context.storage_state(), login.sites)
        if not now.is_empty and now != login:
            return login_state.dump(now) or ""
    return ""


def _why(error: PlaywrightError, load: PageLoad, asked: ToRender, chromium: Chromium) -> Outcome:
    """What the proxy saw says more than what the browser makes of it. Raises _FellOver."""
    if (answered := _said(load, asked)) is not None:
        return answered
    if load.is_over:
        return Outcome(OutcomeKind.TOO_LARGE, f"too large: the page loads more than {MAX_WIRE_BYTES} bytes")
    if not chromium.is_running and load.beside:
        raise _FellOver from error
    if chromium.killed:
        return Outcome(OutcomeKind.TOO_LARGE, "too large: the page takes more memory than it may")
    if isinstance(error, PlaywrightTimeout):
        return Outcome(OutcomeKind.TIMEOUT, "not rendered in time")
    if (known := outcome_of_net_error(error.message)) is not None:
        return known
    if load.failures:
        return load.failures.get(host_of(asked.url)) or next(reversed(load.failures.values()))
    if not chromium.is_running:
        return Outcome(OutcomeKind.UNREADABLE, "the page made the browser fall over")
    said = error.message.splitlines()
    return Outcome(OutcomeKind.CONNECTION, f"not rendered: {said[0][:160] if said else 'no reason given'}")


def _of_fault(error: Exception) -> Outcome:
    lack = lack_in(error)
    what = f"not rendered ({type(error).__name__})"
    return not_begun(without_room(lack)) if lack else Outcome(OutcomeKind.UNREADABLE, what)


def _said(load: PageLoad, asked: ToRender) -> Outcome | None:
    """A page that is gone or forbidden is that, though what came with it has no end or cannot be unpacked. What our own
    proxy answers in the place of a site is told as what it was."""
    if load.document is None:
        return None
    url, status, headers = load.document
    host = host_of(url)
    if host in load.failures:
        return load.failures[host]
    if host in load.withheld:
        return Outcome(OutcomeKind.MOVED, f"sent on to an advertiser ({host}), which is not visited")
    if status < 400 and status not in (204, 205, 304):
        return None
    return outcome_of_status(status, headers, conditional=False, now=asked.at)


async def _body(asked: ToRender, session: CDPSession, traffic: Traffic, response: Response) -> tuple[bytes, Outcome]:
    """b"" where there is too much of it: of a page that is gone that is not worth telling."""
    cap, status = asked.limits.cap(asked.purpose), _status(response, asked.at)
    too_large = Outcome(OutcomeKind.TOO_LARGE, f"too large: more than {cap} bytes") if status.is_good_look else status
    if _kind(response) == "application/pdf" and status.is_good_look:
        return b"", Outcome(OutcomeKind.UNREADABLE, "a PDF file was sent in the place of a page")  # not the viewer
    if not _is_page(response):
        if announced(response) > cap:
            return b"", too_large
        body = await response.body()
    else:
        html = await html_of(session, traffic.frame, cap)
        if html is None:
            return b"", too_large
        if html == NOTHING:
            return b"", Outcome(OutcomeKind.EMPTY, "the answer is empty") if status.is_good_look else status
        body = UTF8_MARK + html.encode("utf-8", "replace")
    return (body, status) if len(body) <= cap else (b"", too_large)


async def _unless_stopped(load: PageLoad, looking: Coroutine[Any, Any, Fetched]) -> Fetched | None:
    """None when the load was stopped."""
    result = asyncio.ensure_future(looking)
    stopped = asyncio.ensure_future(load.stopping.wait())
    try:
        await asyncio.wait((result, stopped), return_when=asyncio.FIRST_COMPLETED)
        return result.result() if result.done() else None
    finally:
        result.cancel()
        stopped.cancel()
        await asyncio.gather(result, stopped, return_exceptions=True)


async def _watch_memory(chromium: Chromium) -> None:
    while not chromium.killed:
        await asyncio.sleep(1.0)
        if await asyncio.to_thread(chromium.memory_bytes) > MAX_MEMORY:
            chromium.kill()


def _status(response: Response, at: datetime) -> Outcome:
    return outcome_of_status(response.status, response.headers, conditional=False, now=at)


def _kind(response: Response) -> str:
    return response.headers.get("content-type", "text/html").partition(";")[0].strip().lower()


def _is_page(response: Response) -> bool:
    return _kind(response).startswith(("text/html", "application/xhtml"))
