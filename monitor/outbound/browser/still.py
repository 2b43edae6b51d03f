"""A screenshot of a saved page: a Chromium of its own without any way out, a fresh context for each, scripts off, every
request answered from memory.

The page is drawn by DevTools' own capture, which waits for nothing that a page can hold back. Above each piece stands
a strip that a page of ours makes.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import socket
from dataclasses import dataclass

from playwright.async_api import BrowserContext, CDPSession, Page, Route
from playwright.async_api import Error as PlaywrightError

from monitor.clock import monotonic
from monitor.model.rendered import BrowserStood
from monitor.model.screenshot import SavedPage, Screenshot
from monitor.outbound.browser.chromium import Chromium, started_browser
from monitor.outbound.browser.context import new_offline, open_offline
from monitor.outbound.browser.finding import NoBrowser, room_for_browser
from monitor.outbound.browser.png import NoPng, above
from monitor.outbound.browser.still_given import Given, InHand
from monitor.outbound.browser.strip import STRIP_POLICY, STRIP_URL, notes_of, strip_page
from monitor.tracking.falls import AT_WORK, FallingPart, Falls

log = logging.getLogger(__name__)

WINDOW_WIDTH = 1366  # pixels
LEAST_HEIGHT = 900
MOST_WIDTH = 2 * WINDOW_WIDTH  # of a page that is wider than a window
PIECE_HEIGHT = 8_000  # pixels high; Chromium draws no more than 16,384 at once
MOST_HEIGHT = 60_000
MOST_STRIP = 1_000
LOAD_S = 20.0  # all is in memory: whoever takes longer is drawn as far as it came
WHOLE_S = 90.0  # of one screenshot; on a busy machine an ordinary one takes 10
IDLE_S = 30.0  # Chromium is closed when nothing was drawn for so long
MAX_SHOTS = 50  # of one Chromium; then a fresh one
MOST_MEMORY = 2_500 * 1024 * 1024  # bytes, of all its processes
_USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """pieces: PNG files, equally wide."""

    pieces: tuple[bytes, ...]
    width: int
    height: int
    cut_at: int


@dataclass  # no slots: Playwright notes its handlers in who has them
class _Strips:
    """Our own page, in a context where theirs never is, as long as its Chromium runs."""

    page: Page
    session: CDPSession
    told: bytes = b""

    @classmethod
    async def of(cls, chromium: Chromium) -> _Strips:
        """Raises PlaywrightError."""
        context = await new_offline(chromium, width=WINDOW_WIDTH, height=1)
        page = await context.new_page()
        strips = cls(page, await context.new_cdp_session(page))
        await context.route("**/*", strips._asked)
        return strips

    async def draw(self, told: bytes, width: int) -> bytes:
        """PNG, so wide. Raises PlaywrightError."""
        self.told = told
        await self.page.set_viewport_size({"width": width, "height": 1})
        await self.page.goto(STRIP_URL, wait_until="load", timeout=LOAD_S * 1000)
        _, height = await _size(self.session)
        return await _capture(self.session, 0, width, min(height, MOST_STRIP))

    async def _asked(self, route: Route) -> None:
        given = Given("text/html; charset=utf-8", self.told, {"Content-Security-Policy": STRIP_POLICY})
        await _give(route, given if route.request.url == STRIP_URL else None)


class BrowserScreenshots:
    """`ports.Screenshots`, one at a time. Chromium starts with the first. browser_path: as `[crawl] browser_path`."""

    def __init__(self, browser_path: str = "") -> None:
        self._browser_path = browser_path
        self._chromium: Chromium | None = None
        self._nowhere: socket.socket | None = None
        self._turn = asyncio.Lock()
        self._resting: asyncio.Task[None] | None = None
        self._strips: _Strips | None = None
        self._starts = Falls(FallingPart.SCREENSHOTS, name="starting")
        self._work = Falls(FallingPart.SCREENSHOTS, AT_WORK, name="drawing")
        self.stood, self.why = BrowserStood.SAYS_NOTHING, ""  # as of the last one

    async def aclose(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            await asyncio.gather(self._resting, return_exceptions=True)
        async with self._turn:
            await self._end()
            if self._nowhere is not None:
                self._nowhere.close()
                self._nowhere = None

    async def make(self, saved: SavedPage) -> Screenshot:
        """Never raises for what is in the page, nor where there is no browser."""
        async with self._turn:
            if self._resting is not None:
                self._resting.cancel()
            self.stood, self.why = BrowserStood.SAYS_NOTHING, ""
            try:
                with room_for_browser():
                    chromium = await self._running()
                return await self._watched(chromium, saved)
            except NoBrowser as error:
                self.stood = BrowserStood.ABSENT if error.is_absent else BrowserStood.NOT_STARTED
                self.why = str(error)
                return Screenshot(why_not=f"no browser is here: {error}")
            finally:
                self._resting = asyncio.ensure_future(self._close_after(IDLE_S))

    async def _watched(self, chromium: Chromium, saved: SavedPage) -> Screenshot:
        watching = asyncio.create_task(_watch_memory(chromium))
        try:
            async with asyncio.timeout(WHOLE_S):
                made = await self._made(chromium, saved)
            self._work.worked()
            self.stood = BrowserStood.WORKED
            return made
        except TimeoutError:
            chromium.kill()  # a page hangs it: the next one gets a fresh one
            self.stood, self.why = BrowserStood.FELL, f"it did not finish drawing within {WHOLE_S:g} s and was ended"
            self._work.fell(monotonic(), self.why)
            return Screenshot(why_not=f"the browser did not finish drawing it within {WHOLE_S:g} seconds")
        except (PlaywrightError, NoPng) as error:
            log.info("no screenshot", extra={"action": "no_screenshot", "error": str(error)[:200]})
            return Screenshot(why_not=_why(chromium, error))
        finally:
            watching.cancel()

    async def _made(self, chromium: Chromium, saved: SavedPage) -> Screenshot:
        """Raises PlaywrightError, NoPng."""
        hand = InHand(saved)
        async with open_offline(chromium, width=WINDOW_WIDTH, height=LEAST_HEIGHT) as context:
            drawn = await _drawn(context, saved, hand)
        greyed, refused = len(hand.greyed) + len(hand.drawings), len(hand.refused) + len(hand.sheets_refused)
        notes = notes_of(saved, hand, cut_at=drawn.cut_at, height=drawn.height)
        if self._strips is None:
            self._strips = await _Strips.of(chromium)
        pieces = []
        for number, piece in enumerate(drawn.pieces, start=1):
            told = strip_page(saved, part=number, parts=len(drawn.pieces), notes=notes)
            strip = await self._strips.draw(told, drawn.width)
            pieces.append(await asyncio.to_thread(above, strip, piece))
        return Screenshot(tuple(pieces), drawn.width, drawn.height, drawn.cut_at, greyed, refused)

    async def _running(self) -> Chromium:
        """Raises NoBrowser."""
        if self._chromium is not None and (not self._chromium.is_running or self._chromium.loads >= MAX_SHOTS):
            await self._end()
        if self._chromium is None:
            if self._nowhere is None:  # taken, and never listening: whoever connects to it is refused
                self._nowhere = socket.socket()
                self._nowhere.bind(("127.0.0.1", 0))
            proxy = f"http://127.0.0.1:{self._nowhere.getsockname()[1]}"
            self._chromium = await started_browser(
                self._starts, self._work, self._browser_path, proxy, _USER_AGENT, is_for_saved=True
            )
        self._chromium.loads += 1
        return self._chromium

    async def _end(self) -> None:
        if self._chromium is not None:
            await self._chromium.aclose()
        self._chromium, self._strips = None, None

    async def _close_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        async with self._turn:
            await self._end()


async def _drawn(context: BrowserContext, saved: SavedPage, hand: InHand) -> _Drawn:
    page = await context.new_page()
    is_open = False

    async def asked(route: Route) -> None:
        nonlocal is_open
        request = route.request
        is_page = request.is_navigation_request()
        is_own = is_page and request.frame == page.main_frame
        if is_own and is_open:  # it wants to lead elsewhere
            hand.refused.add(request.url)
            await _give(route, None)
            return
        is_open = is_open or is_own
        answer = hand.give(request.url, request.resource_type, is_first=is_own, is_frame=is_page and not is_own)
        await _give(route, answer)

    await context.route("**/*", asked)
    await _open(page, saved.url)
    session = await context.new_cdp_session(page)
    width, height = await _size(session)
    width, shown = min(max(width, WINDOW_WIDTH), MOST_WIDTH), min(height, MOST_HEIGHT)
    pieces = [
        await _capture(session, top, width, min(PIECE_HEIGHT, shown - top)) for top in range(0, shown, PIECE_HEIGHT)
    ]
    return _Drawn(tuple(pieces), width, height, shown if height > shown else 0)


async def _open(page: Page, url: str) -> None:
    """As far as it comes: a page whose parts do not end is drawn without them. Raises PlaywrightError."""
    try:
        await page.goto(url, wait_until="load", timeout=LOAD_S * 1000)
    except PlaywrightError:
        if page.is_closed() or page.url.partition("#")[0] in ("about:blank", ""):
            raise


async def _size(session: CDPSession) -> tuple[int, int]:
    """Width and height, pixels, at least 1."""
    content = (await session.send("Page.getLayoutMetrics"))["cssContentSize"]
    return max(int(content["width"]), 1), max(int(content["height"]), 1)


async def _capture(session: CDPSession, top: int, width: int, height: int) -> bytes:
    clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
    given = await session.send("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip})
    return base64.b64decode(given["data"])


async def _give(route: Route, answer: Given | None) -> None:
    """None: nothing."""
    with contextlib.suppress(PlaywrightError):  # the page was left meanwhile
        if answer is None:
            await route.abort("blockedbyclient")
            return
        origin = route.request.headers.get("origin", "*")
        headers = {
            "Content-Type": answer.media_type,
            "Access-Control-Allow-Origin": origin,
            "Cross-Origin-Resource-Policy": "cross-origin",
            **({"Access-Control-Allow-Credentials": "true"} if origin != "*" else {}),
            **answer.headers,
        }
        await route.fulfill(status=200, headers=headers, body=answer.body)


def _why(chromium: Chromium, error: Exception) -> str:
    if chromium.killed:
        return "the page takes more memory than it may"
    if not chromium.is_running or "crashed" in str(error):
        return "the page made the browser fall over"
    return "the browser could not draw it"


async def _watch_memory(chromium: Chromium) -> None:
    while not chromium.killed:
        await asyncio.sleep(1.0)
        if await asyncio.to_thread(chromium.memory_bytes) > MOST_MEMORY:
            chromium.kill()
