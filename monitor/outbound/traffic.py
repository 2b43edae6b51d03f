"""What a page asks for while it is looked at, and what it is not let do."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, CDPSession, Dialog, Page, Response
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request as PageRequest

from monitor.crawl.identity import host_of
from monitor.outbound.known_images import withhold
from monitor.outbound.proxy import Visit

GRACE_S = 1.0  # for the browser to say by itself what came of a broken answer
QUIET_S = 0.25  # without a request under way, a page has settled
SETTLE_S = 4.0  # at most, after each step
MAX_DATA = 40  # JSON answers kept of one visit, and each is small
# Not needed to see pictures, so never asked for. Patterns of the DevTools protocol.
BLOCKED = [
    f"*.{ending}{tail}" for ending in "woff woff2 ttf otf eot mp4 webm m3u8 mp3 ogg wav".split() for tail in ("", "?*")
]


@dataclass(eq=False)
class Traffic:
    """What the page asks for. images: pictures that came. data: JSON that its scripts were given, which may name
    pictures that are not shown yet."""

    visit: Visit
    page: Page
    known: frozenset[str]
    images: list[Response] = field(default_factory=list)
    data: list[Response] = field(default_factory=list)
    under_way: set[PageRequest] = field(default_factory=set)
    count: int = 0  # of requests so far
    broken: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def go(self, url: str) -> Response | None:
        """Raises PlaywrightError, also for a body that breaks off after its head: `goto` would wait for ever."""
        going = asyncio.ensure_future(self.page.goto(url, wait_until="domcontentloaded"))
        try:
            await asyncio.wait((going, self.broken), return_when=asyncio.FIRST_COMPLETED)
            if not going.done():
                await asyncio.wait((going,), timeout=GRACE_S)
            if not going.done():
                raise PlaywrightError(self.broken.result())
            return going.result()
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)

    def asked(self, request: PageRequest) -> None:
        self.visit.name(host_of(request.url))
        if request.url.startswith("http"):
            self.under_way.add(request)
            self.count += 1

    def done(self, request: PageRequest) -> None:
        self.under_way.discard(request)

    def failed(self, request: PageRequest) -> None:
        self.under_way.discard(request)
        if self.broken.done() or not request.is_navigation_request():
            return
        with contextlib.suppress(PlaywrightError):  # a pop-up's, which has no frame yet
            if request.frame == self.page.main_frame:
                self.broken.set_result(request.failure or "no reason given")

    def answered(self, response: Response) -> None:
        request = response.request
        if request.is_navigation_request():
            with contextlib.suppress(PlaywrightError):  # a pop-up's, which has no frame yet
                if request.frame == self.page.main_frame:
                    self.visit.document = (response.url, response.status, response.headers)
        if not response.url.startswith("http"):
            return
        if request.resource_type == "image" and response.url not in self.known:
            self.images.append(response)
        elif request.resource_type in ("fetch", "xhr") and _is_json(response) and len(self.data) < MAX_DATA:
            self.data.append(response)

    async def settle(self, quiet_s: float = QUIET_S) -> None:
        """Until nothing has been under way for a moment; a page that never rests is looked at as it is."""
        loop = asyncio.get_running_loop()
        end, quiet_since = loop.time() + SETTLE_S, loop.time()
        while loop.time() < end:
            await asyncio.sleep(0.05)
            if self.under_way:
                quiet_since = loop.time()
            elif loop.time() - quiet_since >= quiet_s:
                return


async def narrow(context: BrowserContext, page: Page, traffic: Traffic) -> CDPSession:
    """Refuses pop-ups and dialogs, blocks what shows no picture, and listens. The session is for `certificate`."""
    context.on("request", traffic.asked)
    context.on("requestfinished", traffic.done)
    context.on("requestfailed", traffic.failed)
    context.on("response", traffic.answered)
    context.on("page", _close)  # ours was opened before
    page.on("dialog", _dismiss)
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.setBlockedURLs", {"urls": BLOCKED})
    await withhold(session, traffic.known)
    return session


async def certificate(session: CDPSession, url: str) -> bytes:
    """DER of what the server of the page that is shown proved itself with, b"" where there was none."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return b""
    try:
        told = await session.send("Network.getCertificate", {"origin": f"https://{parts.netloc}"})
        chain = told.get("tableNames") or [""]
        return base64.b64decode(chain[0], validate=True)
    except (PlaywrightError, binascii.Error):
        return b""  # evidence says that there is none


def _is_json(response: Response) -> bool:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return response.status == 200 and (kind.endswith(("/json", "+json")) or kind == "text/x-json")


async def _close(page: Page) -> None:
    with contextlib.suppress(PlaywrightError):
        await page.close()


async def _dismiss(dialog: Dialog) -> None:
    with contextlib.suppress(PlaywrightError):
        await dialog.dismiss()
