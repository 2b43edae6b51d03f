"""Renders pages that need their scripts: one Chromium, a fresh context a visit, our own proxy its only way
out.

No wall is climbed: a cookie dialog is refused where a known button does, nothing else is clicked but "load
more".
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import BrowserContext, Page, Response
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from monitor.crawl.identity import host_of
from monitor.crawl.login_state import LoginState, from_note, of_browser, to_note
from monitor.crawl.outcome import outcome, outcome_of_body, outcome_of_status
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.settings import Settings
from monitor.outbound.came_along import announced, data_of, images_of, redirects
from monitor.outbound.chromium import INSTALL, Chromium, NoBrowser
from monitor.outbound.dial import Dialler
from monitor.outbound.guard import AddressRules, Resolve
from monitor.outbound.page_script import LOAD_MORE, PAGE_SIZE, REFUSE_CONSENT, SCROLL
from monitor.outbound.proxy import ForwardProxy, Visit
from monitor.outbound.traffic import Traffic, certificate, narrow
from monitor.ports import Notes

log = logging.getLogger(__name__)

VISITS_AT_ONCE = 2
IDLE_S = 60.0  # Chromium is closed when nothing was rendered for so long: it takes 400 MB
MAX_VISITS = 100  # of one Chromium; then a fresh one: they grow
MAX_MEMORY = 2_500 * 1024 * 1024  # of all its processes; an ordinary page takes 400 MB
MAX_WIRE_BYTES = 96 * 1024 * 1024  # of one visit
SCROLLS = 8
CLICKS = 4  # on "load more"
BRIEF_S = 0.1  # the same after a scroll or a click: what they bring is asked for at once
UNFOLD_S = 8.0  # for scrolling and clicking, about
VIEWPORT = {"width": 1366, "height": 1600}
UTF8_MARK = b"\xef\xbb\xbf"  # a page as rendered is UTF-8, whatever it and its headers said of what was sent
NOTHING = b"<html><head></head><body></body></html>"  # what a browser makes of no bytes at all
_NET_ERRORS: tuple[tuple[str, OutcomeKind, str], ...] = (
    ("ERR_NAME_NOT_RESOLVED", OutcomeKind.DNS, "the name is not known"),
    ("ERR_CERT", OutcomeKind.TLS, "its certificate is not accepted"),
    ("ERR_SSL", OutcomeKind.TLS, "no encrypted connection could be made"),
    ("ERR_TOO_MANY_REDIRECTS", OutcomeKind.MOVED, "sent on in circles"),
    ("ERR_TIMED_OUT", OutcomeKind.TIMEOUT, "no answer in time"),
    ("ERR_UNSAFE_PORT", OutcomeKind.REFUSED, "not visited: a port that browsers do not open"),
    ("ERR_UNKNOWN_URL_SCHEME", OutcomeKind.MOVED, "sent on to what is not http or https"),
    ("ERR_UNSAFE_REDIRECT", OutcomeKind.MOVED, "sent on to what is not http or https"),
    ("ERR_INVALID_REDIRECT", OutcomeKind.MOVED, "sent on to what is no address"),
    ("ERR_RESPONSE_HEADERS_TOO_BIG", OutcomeKind.TOO_LARGE, "its headers are too large"),
    ("ERR_INVALID", OutcomeKind.UNREADABLE, "the answer is no proper HTTP"),
    ("ERR_CONTENT_LENGTH_MISMATCH", OutcomeKind.CONNECTION, "the connection ended before the answer did"),
    ("ERR_INCOMPLETE_CHUNKED", OutcomeKind.CONNECTION, "the connection ended before the answer did"),
    ("ERR_CONTENT", OutcomeKind.UNREADABLE, "the packed body is broken"),
    ("ERR_EMPTY_RESPONSE", OutcomeKind.CONNECTION, "the connection ended without an answer"),
    ("ERR_ABORTED", OutcomeKind.UNREADABLE, "a file to save was sent in the place of a page"),
    ("crashed", OutcomeKind.UNREADABLE, "the page made the browser fall over"),
    ("Download is starting", OutcomeKind.UNREADABLE, "a file to save was sent in the place of a page"),
)


class BrowserFetcher:
    """`ports.Fetcher` for requests with `browser` set. Chromium starts with the first visit. notes: where log-ins are
    kept."""

    def __init__(
        self,
        settings: Settings,
        rules: AddressRules,
        resolve: Resolve,
        *,
        notes: Notes | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings, self._rules, self._notes, self._clock = settings, rules, notes, clock
        self.proxy = ForwardProxy(Dialler(rules, resolve, settings.network.proxy))
        self._chromium: Chromium | None = None
        self._starting = asyncio.Lock()
        self._at_once = asyncio.Semaphore(VISITS_AT_ONCE)
        self._open_visits = 0
        self._resting: asyncio.Task[None] | None = None

    async def aclose(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            await asyncio.gather(self._resting, return_exceptions=True)
        async with self._starting:
            if self._chromium is not None:
                await self._chromium.aclose()
                self._chromium = None
        await self.proxy.aclose()

    async def fetch(self, request: Request) -> Fetched:
        """Never raises for what a site does."""
        timeout = self._settings.network.timeout_s
        async with self._at_once:
            at = self._clock()
            try:
                chromium = await self._running()
            except NoBrowser as error:
                return _failed(request, Outcome(OutcomeKind.UNREADABLE, str(error), error.remedy or INSTALL), at)
            visit = self.proxy.open_visit(request.url, max_bytes=MAX_WIRE_BYTES)
            watching = asyncio.create_task(_watch_memory(chromium))
            try:
                async with asyncio.timeout(timeout):
                    return await self._visit(chromium, visit, request, at)
            except TimeoutError:
                why = self._said(visit) or outcome(OutcomeKind.TIMEOUT, f"not rendered within {timeout:g} seconds")
            except PlaywrightError as error:
                why = self._why(error, visit, request, chromium, watching)
            finally:
                watching.cancel()
                await self.proxy.close_visit(visit)
                self._over()
                if visit.withheld:
                    asked = {"requests": sum(visit.withheld.values()), "hosts": len(visit.withheld)}
                    log.info("advertisers were not asked", extra={"action": "ads_withheld", **asked})
            return _failed(request, why, at, visit)

    # -- one visit

    async def _visit(self, chromium: Chromium, visit: Visit, request: Request, at: datetime) -> Fetched:
        login = self._login(request)
        async with self._context(chromium, visit, login) as context:
            page = await context.new_page()
            traffic = Traffic(visit, page, frozenset(request.known_images))
            session = await narrow(context, page, traffic)
            response = await traffic.go(request.url)
            if response is None:
                return _failed(request, outcome(OutcomeKind.EMPTY, "the answer is empty"), at, visit)
            await traffic.settle()
            status = outcome_of_status(response.status, response.headers, conditional=False, now=self._clock())
            if status.is_good_look and _is_page(response):
                await self._unfold(page, traffic)
            body, status = await self._body(request, page, response, status)
            proof = await certificate(session, page.url)
            images: tuple[Fetched, ...] = ()
            data: tuple[Fetched, ...] = ()
            if status.is_good_look:
                images = await images_of(traffic, at, proof, self._settings.network.max_image_bytes)
                data = await data_of(traffic, at)
            if login is not None and status.is_good_look:
                await self._keep(context, request, login)
            return Fetched(
                request,
                outcome_of_body(request.purpose, status, body) if body else status,
                page.url,
                at,
                status=response.status,
                headers=tuple(response.headers.items()),
                body=body,
                digest=hashlib.sha256(body).hexdigest() if body else "",
                ip=visit.ips.get(host_of(page.url), ""),
                certificate=proof,
                redirects=redirects(response.request),
                wire_bytes=visit.bytes,
                subresources=images,
                data=data,
            )

    async def _unfold(self, page: Page, traffic: Traffic) -> None:
        """What shows only on scrolling, and behind "load more", within bounds. A script that fails ends it."""
        with contextlib.suppress(PlaywrightError):
            if await page.evaluate(REFUSE_CONSENT):
                await traffic.settle()
            clicks, end = 0, asyncio.get_running_loop().time() + UNFOLD_S
            for _ in range(SCROLLS):
                if asyncio.get_running_loop().time() > end:
                    break  # it never rests: looked at as far as it came
                before = traffic.count
                await page.evaluate(SCROLL)
                await traffic.settle(BRIEF_S)
                if traffic.count == before:
                    if clicks == CLICKS or not await page.evaluate(LOAD_MORE):
                        break
                    clicks += 1
                    await traffic.settle(BRIEF_S)

    async def _body(self, request: Request, page: Page, response: Response, status: Outcome) -> tuple[bytes, Outcome]:
        """b"" where there is too much of it: of a page that is gone that is not worth telling."""
        network = self._settings.network
        cap = network.max_image_bytes if request.purpose is Purpose.IMAGE else network.max_page_bytes
        too_large = outcome(OutcomeKind.TOO_LARGE, f"too large: more than {cap} bytes")
        if not _is_page(response):
            if announced(response) > cap:
                return b"", too_large if status.is_good_look else status
            body = await response.body()
        else:
            if int(await page.evaluate(PAGE_SIZE)) > cap:
                return b"", too_large if status.is_good_look else status
            body = (await page.content()).encode("utf-8", "replace")
            if body == NOTHING:
                return b"", outcome(OutcomeKind.EMPTY, "the answer is empty") if status.is_good_look else status
            body = UTF8_MARK + body
        if len(body) > cap:
            return b"", too_large if status.is_good_look else status
        return body, status

    def _login(self, request: Request) -> LoginState | None:
        """Only before its own site: nobody else is to see who is looking."""
        if request.browser_state is None or self._notes is None:
            return None
        state = from_note(self._notes.get(request.browser_state))
        return state if state is not None and state.is_for(request.url) else None

    async def _keep(self, context: BrowserContext, request: Request, login: LoginState) -> None:
        """Cookies as the site has renewed them, unless the person logged in or out meanwhile."""
        with contextlib.suppress(PlaywrightError):
            now = of_browser(await context.storage_state(), login.sites)
            note, name = to_note(now), request.browser_state
            if self._notes is None or name is None or note is None or now.is_empty or now == login:
                return
            if from_note(self._notes.get(name)) == login:
                self._notes.set(name, note)

    # -- the browser

    async def _running(self) -> Chromium:
        """Raises NoBrowser."""
        async with self._starting:
            old = self._chromium
            worn = old is not None and (not old.is_running or old.visits >= MAX_VISITS)
            if old is not None and worn and not self._open_visits:
                await old.aclose()
                self._chromium = None
            if self._chromium is None:
                if not self.proxy.is_listening:
                    await self.proxy.start()
                self._chromium = await Chromium.start(self._settings.crawl.browser_path, self.proxy.url)
            if self._resting is not None:
                self._resting.cancel()
            self._open_visits += 1
            self._chromium.visits += 1
            return self._chromium

    def _over(self) -> None:
        """A visit has ended: when no other comes, Chromium is not kept waiting in memory."""
        self._open_visits -= 1
        if not self._open_visits:
            self._resting = asyncio.ensure_future(self._close_after(IDLE_S))

    async def _close_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        async with self._starting:
            if self._chromium is not None and not self._open_visits:
                chromium, self._chromium = self._chromium, None
                await chromium.aclose()

    @asynccontextmanager
    async def _context(
        self, chromium: Chromium, visit: Visit, login: LoginState | None
    ) -> AsyncIterator[BrowserContext]:
        storage: Any = login.storage() if login is not None else None
        context = await chromium.browser.new_context(
            user_agent=self._settings.network.user_agent,
            locale="en-US",
            viewport={"width": VIEWPORT["width"], "height": VIEWPORT["height"]},
            accept_downloads=False,
            service_workers="block",
            storage_state=storage,
            proxy={"server": self.proxy.url, "username": visit.token, "password": "-"},
        )
        context.set_default_timeout(self._settings.network.timeout_s * 1000)
        try:
            yield context
        finally:
            try:
                async with asyncio.timeout(10):
                    await context.close()
            except (TimeoutError, PlaywrightError):
                chromium.kill()  # a page hangs it: the next visit starts a fresh one

    def _why(
        self,
        error: PlaywrightError,
        visit: Visit,
        request: Request,
        chromium: Chromium,
        watching: asyncio.Task[bool],
    ) -> Outcome:
        """What the proxy saw says more than what the browser makes of it."""
        if visit.is_over:
            return outcome(OutcomeKind.TOO_LARGE, f"too large: the page loads more than {MAX_WIRE_BYTES} bytes")
        if watching.done() and not watching.cancelled():
            return outcome(OutcomeKind.TOO_LARGE, "too large: the page takes more memory than it may")
        if isinstance(error, PlaywrightTimeout):
            return outcome(OutcomeKind.TIMEOUT, "not rendered in time")
        if (answered := self._said(visit)) is not None:
            return answered
        for sign, kind, words in _NET_ERRORS:
            if sign in error.message:
                return outcome(kind, words)
        if visit.failures:
            return visit.failures.get(host_of(request.url)) or next(reversed(visit.failures.values()))
        if not chromium.is_running:
            return outcome(OutcomeKind.UNREADABLE, "the page made the browser fall over")
        said = error.message.splitlines()
        return outcome(OutcomeKind.CONNECTION, f"not rendered: {said[0][:160] if said else 'no reason given'}")

    def _said(self, visit: Visit) -> Outcome | None:
        """A page that is gone or forbidden is that, though what came with it has no end or cannot be unpacked. What our
        own proxy answers in the place of a site is told as what it was."""
        if visit.document is None:
            return None
        url, status, headers = visit.document
        host = host_of(url)
        if host in visit.failures:
            return visit.failures[host]
        if host in visit.withheld:
            return outcome(OutcomeKind.MOVED, f"sent on to an advertiser ({host}), which is not visited")
        if status < 400 and status not in (204, 205, 304):
            return None
        return outcome_of_status(status, headers, conditional=False, now=self._clock())


async def _watch_memory(chromium: Chromium) -> bool:
    """Ends only when the browser took too much, and was killed for it."""
    while True:
        await asyncio.sleep(1.0)
        if await asyncio.to_thread(chromium.memory_bytes) > MAX_MEMORY:
            chromium.kill()
            return True


def _is_page(response: Response) -> bool:
    return response.headers.get("content-type", "text/html").startswith(("text/html", "application/xhtml"))


def _failed(request: Request, why: Outcome, at: datetime, visit: Visit | None = None) -> Fetched:
    return Fetched(request, why, request.url, at, wire_bytes=visit.bytes if visit else 0)
