"""What a page asks for while it is looked at, and what it is not let do."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, CDPSession, Dialog, Frame, Page, Response
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request as PageRequest

from monitor.clock import monotonic
from monitor.hosts import host_of
from monitor.model.limits import MAX_URL_CHARS
from monitor.model.page import Outcome, OutcomeKind
from monitor.outbound.browser.forward_proxy import PageLoad
from monitor.outbound.browser.network_log import NetworkLog, Served, take_as_it_comes
from monitor.parts.messages.fetching import MAX_CERTIFICATES

GRACE_S = 1.0  # for the browser to say by itself what came of a broken answer
QUIET_S = 0.25  # without a request under way, a page has settled
SETTLE_S = 4.0  # at most, after each step
MAX_REQUESTS = 2_000  # of one load; what asks for more does it to harm
MAX_MOVES = 8  # of the page itself, by its scripts or "refresh"
MAX_DATA = 40  # JSON answers kept of one load, and each is small
WENT_ON = "Execution context was destroyed"  # as Playwright has it of a page that went on while it was read
# Not needed to see pictures, so never asked for. Patterns of the DevTools protocol.
BLOCKED = [
    f"*.{ending}{tail}" for ending in "woff woff2 ttf otf eot mp4 webm m3u8 mp3 ogg wav".split() for tail in ("", "?*")
]


@dataclass(eq=False)
class Traffic:
    """What the page asks for. known: pictures that are not to be loaded. max_bytes: of the page itself, unpacked.
    images: pictures that came. data: JSON that its scripts were given, which may name pictures that are not shown yet.
    shown: the answer that the page now shows, which need not be the first. sheets: style sheets that came. following:
    what is asked to have the page's bytes as they come."""

    load: PageLoad
    page: Page
    known: frozenset[str]
    max_bytes: int
    images: list[Response] = field(default_factory=list)
    data: list[Response] = field(default_factory=list)
    under_way: set[PageRequest] = field(default_factory=set)
    count: int = 0  # of requests so far
    moves: int = 0
    shown: Response | None = None
    _answer: Response | None = None  # the last one for the page itself
    _document: tuple[str, int] = ("", 0)  # which request, and how much came of it
    frame: str = ""  # the page's main one, as DevTools calls it
    log: NetworkLog = field(default_factory=NetworkLog)
    sheets: list[Response] = field(default_factory=list)
    following: set[asyncio.Future[None]] = field(default_factory=set)
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
        except PlaywrightError as error:
            if "ERR_ABORTED" in error.message and self._went_on():
                raise PlaywrightError(WENT_ON) from error
            raise
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)

    def _went_on(self) -> bool:
        """Chromium calls it aborted, too, when a page goes on to another before it has come whole."""
        headers = self._answer.headers if self._answer is not None else {}
        is_page = headers.get("content-type", "").startswith("text/html") and "content-disposition" not in headers
        return self.moves > 1 and is_page

    @property
    def url(self) -> str:
        """Of what is shown. Scripts may give themselves addresses of megabytes."""
        here = self.page.url
        return self.shown.url if self.shown is not None and len(here) > MAX_URL_CHARS else here

    def gone_astray(self) -> Outcome | None:
        """Where the page itself has left what can be looked at. Raises PlaywrightError where it failed to get to."""
        if self.page.url.startswith(("http://", "https://")):
            return None
        if self.page.url.startswith("chrome-error:"):
            raise PlaywrightError(self.broken.result() if self.broken.done() else "it went on to what is not there")
        return Outcome(OutcomeKind.MOVED, "sent on to something that is not http or https")

    def asked(self, request: PageRequest) -> None:
        self.load.name(host_of(request.url))
        if request.url.startswith("http"):
            self.under_way.add(request)
            self.count += 1
        if self.count > MAX_REQUESTS:
            self.load.stop(Outcome(OutcomeKind.TOO_LARGE, f"too large: it asks for more than {MAX_REQUESTS} things"))
        if self._is_page_itself(request) and request.redirected_from is None:
            self.moves += 1
            if self.moves > MAX_MOVES + 1:
                self.load.stop(Outcome(OutcomeKind.MOVED, "sent on in circles: the page never stays where it is"))

    def _is_page_itself(self, request: PageRequest) -> bool:
        if request.is_navigation_request():
            with contextlib.suppress(PlaywrightError):  # a pop-up's, which has no frame yet
                return request.frame == self.page.main_frame
        return False

    def done(self, request: PageRequest) -> None:
        self.under_way.discard(request)

    def failed(self, request: PageRequest) -> None:
        self.under_way.discard(request)
        if not self.broken.done() and self._is_page_itself(request):
            self.broken.set_result(request.failure or "no reason given")

    def answered(self, response: Response) -> None:
        request = response.request
        if self._is_page_itself(request):
            self.load.document = (response.url, response.status, response.headers)
            self._answer = response
        if not response.url.startswith("http"):
            return
        if request.resource_type == "image" and response.url not in self.known:
            self.images.append(response)
        elif request.resource_type == "stylesheet":
            self.sheets.append(response)
        elif request.resource_type in ("fetch", "xhr") and _is_json(response) and len(self.data) < MAX_DATA:
            self.data.append(response)

    def moved(self, frame: Frame) -> None:
        """The main frame shows something else by now: perhaps the last answer, perhaps the same page under another
        address."""
        answer = self._answer
        if frame == self.page.main_frame and answer is not None:
            if frame.url.partition("#")[0] == answer.url.partition("#")[0]:
                self.shown = answer

    def begins(self, event: dict[str, Any], session: CDPSession) -> None:
        """DevTools' Network.responseReceived. An answer that says it is too large is not waited for."""
        if event["type"] == "Document" and event.get("frameId") == self.frame:
            self._document = (event["requestId"], 0)
            self.log.served = Served(event["requestId"], event["response"]["url"].partition("#")[0])
            if "html" in event["response"]["mimeType"]:
                self.following.add(asyncio.ensure_future(take_as_it_comes(session, self.log.served)))
            length = {name.lower(): value for name, value in event["response"]["headers"].items()}.get(
                "content-length", ""
            )
            self._grows(int(length[:20]) if length.isdecimal() else 0)

    def grows(self, event: dict[str, Any]) -> None:
        """Network.dataReceived."""
        if event["requestId"] == self._document[0]:
            self._document = (event["requestId"], self._document[1] + event["dataLength"])
            self.log.served.grows(event)
            self._grows(self._document[1])

    def _grows(self, size: int) -> None:
        if size > self.max_bytes:
            self.load.stop(Outcome(OutcomeKind.TOO_LARGE, f"too large: more than {self.max_bytes} bytes"))

    async def settle(self, quiet_s: float = QUIET_S) -> None:
        """Until nothing has been under way for a moment; a page that never rests is looked at as it is."""
        end, quiet_since = monotonic() + SETTLE_S, monotonic()
        while monotonic() < end:
            await asyncio.sleep(0.05)
            if self.under_way:
                quiet_since = monotonic()
            elif monotonic() - quiet_since >= quiet_s:
                return


async def narrow(context: BrowserContext, page: Page, session: CDPSession, traffic: Traffic) -> None:
    """Refuses pop-ups and dialogs, blocks what shows no picture, and listens."""
    context.on("request", traffic.asked)
    context.on("requestfinished", traffic.done)
    context.on("requestfailed", traffic.failed)
    context.on("response", traffic.answered)
    context.on("page", _close)  # ours was opened before
    page.on("dialog", _dismiss)
    page.on("framenavigated", traffic.moved)
    traffic.frame = (await session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
    traffic.log.listen(session)
    session.on("Network.responseReceived", lambda event: traffic.begins(event, session))
    session.on("Network.dataReceived", traffic.grows)
    await session.send("Network.enable")
    await session.send("Network.setBlockedURLs", {"urls": BLOCKED})


async def chain_of(session: CDPSession, url: str) -> tuple[bytes, ...]:
    """DER of what the server of the page that is shown proved itself with, its own first, as the browser put the chain
    together; () where there was none."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return ()
    try:
        told = await session.send("Network.getCertificate", {"origin": f"https://{parts.netloc}"})
        return tuple(base64.b64decode(one, validate=True) for one in (told.get("tableNames") or [])[:MAX_CERTIFICATES])
    except (PlaywrightError, binascii.Error):
        return ()  # evidence says that there is none


def _is_json(response: Response) -> bool:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return response.status == 200 and (kind.endswith(("/json", "+json")) or kind == "text/x-json")


async def _close(page: Page) -> None:
    with contextlib.suppress(PlaywrightError):
        await page.close()


async def _dismiss(dialog: Dialog) -> None:
    with contextlib.suppress(PlaywrightError):
        await dialog.dismiss()
