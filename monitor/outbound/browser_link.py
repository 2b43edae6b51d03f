"""A browser in a process of its own, as the rest of the program knows it: the same ports, asked over its link. Imports
nothing of what drives a browser."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec

from monitor.clock import Clock, monotonic
from monitor.crawl.login import LoginState, dump, of_browser, sites_of, state_from
from monitor.errors import HowLost, PartLost, WorkFailed
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.rendered import BrowserLimits, BrowserStood, Rendered, ToRender
from monitor.model.screenshot import SavedPage, Screenshot
from monitor.model.settings import Settings
from monitor.outbound.browser.finding import NoBrowser, advice_told, not_begun, tried_too_often
from monitor.outbound.browser.png import SIGNATURE
from monitor.outbound.browser.running import RUNNING
from monitor.outbound.browser.telling import MostTold, draw_told, heard_of, limits_told
from monitor.outbound.dial_ways import DialWays, line_terms
from monitor.outbound.guard import AddressRules
from monitor.outbound.identities import Identities, once
from monitor.outbound.rendered import rendered_for
from monitor.outbound.window import kept_of, screen_for_alone
from monitor.parts.body_room import body_room
from monitor.parts.frames import BadMessage
from monitor.parts.link import Link
from monitor.parts.messages import OneOf, packed
from monitor.parts.messages.browsing import (
    MAX_DRAWN_BYTES,
    MAX_KNOWN_SHOWN,
    MAX_LOGIN_CHARS,
    MAX_PNGS,
    BrowserFound,
    BrowserSetup,
    CloseWindow,
    Draw,
    DrawFile,
    Drawn,
    FindBrowser,
    OpenWindow,
    PageTold,
    PaperPrinted,
    PieceDrawn,
    PrintPaper,
    RenderBeside,
    RenderOver,
    RenderPage,
    ServedTold,
    WindowClosed,
    most_of_paper,
)
from monitor.parts.starting import ProgramPart, ProgramParts
from monitor.parts.talk import Talk, TalkOver
from monitor.ports.facts import Logins
from monitor.tracking.falls import AT_WORK, FallingPart, Falls

WINDOW_WIRE_BYTES = 512 * 1024 * 1024
LOAD_WIRE_BYTES = 97 * 1024 * 1024  # a little more than its own proxy lets through
LOAD_DIALS = 4_000
WINDOW_DIALS = 50_000
"""Of one line. What takes more is cut off by whoever dials."""

BROWSER_IDLE_S = 90.0
DRAWS_WITHIN_S = 400.0
"""Of a screenshot, from asking to its last piece: others may be before it, and a browser that hangs is ended by its own
process much sooner."""
PRINTS_WITHIN_S = 300.0
FINDS_WITHIN_S = 130.0
_AGAIN = "It is started anew for the next request; what failed is tried again."

_RENDER = OneOf[PageTold | ServedTold | RenderOver](PageTold, ServedTold, RenderOver)
_DRAW = OneOf[PieceDrawn | Drawn](PieceDrawn, Drawn)


def open_browser_link(
    parts: ProgramParts,
    setup: Callable[[], BrowserSetup] = BrowserSetup,
    *,
    name: str = "",
    idle_s: float = BROWSER_IDLE_S,
) -> Link:
    """name: which, where there are several: each is a process of its own."""
    return Link(parts, ProgramPart.BROWSER, setup, idle_s=idle_s, name=name)


class LinkBrowser:
    """`outbound.polite.Browser`. ways: where the lines lead by which it dials. rules: those of the other requests."""

    def __init__(
        self,
        link: Link,
        ways: DialWays,
        settings: Settings,
        rules: AddressRules,
        *,
        clock: Clock,
        logins: Logins | None = None,
    ) -> None:
        self._link, self._ways, self._settings, self._rules = link, ways, settings, rules
        self._clock, self._logins = clock, logins
        self._identities = Identities.by(settings.network.proxy)
        self._health = _Health(FallingPart.BROWSER, "loading")
        self._endable = Endings(link)

    async def aclose(self) -> None:
        await self._link.aclose()

    async def fetch(self, request: Request) -> Fetched:
        """Never raises for what a site does, nor where the browser's process is lost."""

        async def render(asked: ToRender) -> Rendered:
            try:
                await self._health.check()
                rendered = await self._rendered(asked, self._identities.of(request, request.url))
            except NoBrowser as error:
                return _not_rendered(asked, not_begun(error))
            except PartLost as lost:
                self._health.lost(lost)
                return _not_rendered(asked, Outcome(OutcomeKind.PART, str(lost)))
            except BadMessage:  # the question itself has no end: nothing went out
                why = Outcome(OutcomeKind.TOO_LARGE, "too large: its address has no end")
                return _not_rendered(asked, why)
            self._health.noted(rendered.stood, rendered.why)
            return rendered

        limits = BrowserLimits.of(self._settings)
        return await rendered_for(request, limits, self._clock(), self._logins, render)

    async def _rendered(self, asked: ToRender, identity: str) -> Rendered:
        """Raises PartLost."""
        network = self._settings.network
        beside = msgspec.msgpack.encode(RenderBeside(asked.login, asked.known_images[:MAX_KNOWN_SHOWN]))
        opening = RenderPage(
            url=asked.url,
            limits=limits_told(asked.limits),
            at=asked.at,
            purpose=asked.purpose,
            wants_cookies=asked.wants_cookies,
        )
        packed(opening)  # an address without end is not the browser's fault
        terms = line_terms(
            self._rules, network.proxy, max_bytes=LOAD_WIRE_BYTES, max_dials=LOAD_DIALS, identity=identity
        )
        within_s = 3 * network.timeout_s + 240  # it waits for its turn, may start a browser, may be looked at twice
        most = MostTold.by(asked.limits)
        async with body_room().taken(most.in_all), _within_limits(self._link):
            async with self._ways.line(terms) as line:
                async with self._link.talk(
                    opening,
                    beside,
                    (line.take(),),
                    heard=_RENDER,
                    max_body=most.at_once,
                    max_bodies=most.in_all,
                ) as talk:
                    rendered = await heard_of(talk, asked.at, within_s, self._clock, LOAD_WIRE_BYTES)
            if line.is_bad:
                raise BadMessage("it dialled as no browser does")
        if line.lost is not None and not rendered.fetched.outcome.is_good_look:
            raise line.lost
        return rendered


class LinkScreenshots:
    """`ports.Screenshots`. link: to a browser that is never given a line: it has no way out at all."""

    def __init__(self, link: Link, browser_path: str = "") -> None:
        self._link, self._browser_path = link, browser_path
        self._health = _Health(FallingPart.SCREENSHOTS, "drawing")
        self._endable = Endings(link)

    async def aclose(self) -> None:
        await self._link.aclose()

    async def make(self, saved: SavedPage) -> Screenshot:
        """Never raises for what is in the page, nor where there is no browser."""
        try:
            await self._health.check()
            return await self._drawn(saved)
        except NoBrowser as error:
            return Screenshot(why_not=f"no browser is here: {error}")
        except PartLost as lost:
            self._health.lost(lost)
            return Screenshot(why_not="the part of the program that draws it ended")
        except BadMessage:  # what is asked has no end, and not what came
            return Screenshot(why_not="the page is too large to be drawn")

    async def _drawn(self, saved: SavedPage) -> Screenshot:
        """Raises PartLost; BadMessage where it does not fit into what may be asked."""
        opening, beside, files = draw_told(saved, self._browser_path)
        packed(opening)
        async with body_room().taken(MAX_DRAWN_BYTES), _within_limits(self._link):
            drawn, pieces = await self._heard(opening, beside, files)
        self._health.noted(drawn.stood, drawn.why)
        return Screenshot(
            () if drawn.why_not else tuple(pieces),
            drawn.width,
            drawn.height,
            drawn.cut_at,
            drawn.greyed,
            drawn.refused,
            drawn.why_not,
        )

    async def _heard(self, opening: Draw, beside: bytes, files: tuple[bytes, ...]) -> tuple[Drawn, list[bytes]]:
        """Raises PartLost, BadMessage."""
        pieces = list[bytes]()
        most = MAX_DRAWN_BYTES
        async with self._link.talk(opening, beside, heard=_DRAW, max_body=most, max_bodies=most) as talk:
            for one in files:
                await talk.say(DrawFile(), one)
            while True:
                said = await talk.hear(DRAWS_WITHIN_S)
                if isinstance(said.message, Drawn):
                    return said.message, pieces
                pieces.append(said.body)
                if len(pieces) > MAX_PNGS or not said.body.startswith(SIGNATURE):
                    raise BadMessage("what is no piece of a picture")


@dataclass(frozen=True, slots=True)
class LinkPaper:
    """`ports.Paper`."""

    link: Link
    browser_path: str = ""

    async def print(self, html: str) -> bytes:
        asked, body = PrintPaper(browser_path=self.browser_path), html.encode("utf-8", "replace")
        most = most_of_paper(len(body))
        try:
            async with body_room().taken(most):
                said = await self.link.ask(asked, body, answer=PaperPrinted, within_s=PRINTS_WITHIN_S, max_body=most)
        except BadMessage as error:
            raise WorkFailed("the report is too large to be printed") from error
        if said.message.why_not:
            raise WorkFailed(said.message.why_not, remedy=advice_told(said.message.remedy))
        return said.body


async def find_by_link(link: Link, configured: str, *, starts: bool = False) -> str:
    """Path of the Chromium that the browser's process finds, which may see other files; '' where there is none.
    starts: it is tried too. Raises NoBrowser, PartLost."""
    said = await link.ask(
        FindBrowser(browser_path=configured, starts=starts), answer=BrowserFound, within_s=FINDS_WITHIN_S
    )
    if said.message.why_not:
        raise NoBrowser(said.message.why_not, remedy=advice_told(said.message.remedy))
    return said.message.path


@dataclass(frozen=True, slots=True)
class LinkWindow:
    """link: to a browser of its own."""

    link: Link
    ways: DialWays

    async def log_in(
        self,
        urls: tuple[str, ...],
        settings: Settings,
        *,
        until: Callable[[object], Awaitable[None]],
        before: LoginState | None = None,
        visible: bool = True,
    ) -> LoginState:
        """As `browser.login.log_in`; `until` sees no page. Raises NeedsUser without a display, NoBrowser, PartLost, and
        WorkFailed when nothing was kept."""
        screen, authority = screen_for_alone() if visible else (None, b"")
        rules = AddressRules.of(settings.network)
        rules.allow_ports_of(urls)
        sites = sites_of(urls)
        opening = OpenWindow(
            url=urls[0],
            sites=sites,
            limits=limits_told(BrowserLimits.of(settings)),
            screen=screen,
            authority=authority,
        )
        terms = line_terms(
            rules, settings.network.proxy, max_bytes=WINDOW_WIRE_BYTES, max_dials=WINDOW_DIALS, identity=once()
        )
        beside = ((dump(before) or "") if before is not None else "").encode("utf-8")
        async with _within_limits(self.link):
            async with (
                self.ways.line(terms) as line,
                self.link.talk(opening, beside, (line.take(),), heard=WindowClosed, max_body=MAX_LOGIN_CHARS) as talk,
            ):
                closing = asyncio.ensure_future(_closed_by(until, talk))
                try:
                    said = await talk.hear()
                finally:
                    closing.cancel()
                    await asyncio.gather(closing, return_exceptions=True)
        if said.message.why_not:
            raise WorkFailed(said.message.why_not, remedy=advice_told(said.message.remedy))
        state = state_from(said.body.decode("utf-8", "replace"))
        return kept_of(of_browser(state.storage(), sites) if state is not None else LoginState(sites=sites), sites)


async def _closed_by(until: Callable[[object], Awaitable[None]], talk: Talk[WindowClosed]) -> None:
    await until(None)
    with contextlib.suppress(PartLost, TalkOver):
        await talk.say(CloseWindow())


class Endings:
    """So that a browser that hangs can be ended by whoever notices."""

    def __init__(self, link: Link) -> None:
        self._link = link
        RUNNING.add(self)

    def kill(self) -> None:
        """What is under way in it fails; the next that asks gets a fresh one."""
        end_now(self._link)


_ENDING: set[asyncio.Task[None]] = set()


def end_now(link: Link) -> None:
    task = asyncio.get_running_loop().create_task(link.renew())
    _ENDING.add(task)
    task.add_done_callback(_ENDING.discard)


@asynccontextmanager
async def _within_limits(link: Link) -> AsyncIterator[None]:
    """What is told outside of them, in whatever order, is told by a browser that is not ours any more: it is ended.
    Raises PartLost."""
    try:
        yield
    except (BadMessage, TalkOver) as error:
        await link.renew()
        why = "it said less than it had to" if isinstance(error, TalkOver) else str(error)
        raise PartLost(
            f"the browser answered outside its limits ({why})", how=HowLost.OUTSIDE_LIMITS, remedy=_AGAIN
        ) from error


class _Health:
    """Of the browser that the part starts, as the part told: its own memory ends with it."""

    def __init__(self, part: FallingPart, name: str) -> None:
        self._starts, self._work = Falls(part, name="starting"), Falls(part, AT_WORK, name=name)

    async def check(self) -> None:
        """Waits as `tracking.falls` says. Raises NoBrowser until the gap is over after which one is started again."""
        if wait := self._starts.wait_s(monotonic()):
            raise tried_too_often(self._starts, wait)
        await asyncio.sleep(self._work.wait_s(monotonic()))

    def noted(self, stood: BrowserStood, why: str) -> None:
        if stood is BrowserStood.NOT_STARTED:
            self._starts.fell(monotonic(), why)
        elif stood is not BrowserStood.ABSENT:
            self._starts.worked()
        if stood is BrowserStood.FELL:
            self._work.fell(monotonic(), why)
        elif stood is BrowserStood.WORKED:
            self._work.worked()

    def lost(self, lost: PartLost) -> None:
        """What its link does not count itself: it went on, and was ended for what it said."""
        if lost.how is HowLost.OUTSIDE_LIMITS:
            self._work.fell(monotonic(), "it answered outside its limits and was ended")


def _not_rendered(asked: ToRender, why: Outcome) -> Rendered:
    request = Request(asked.url, asked.purpose)
    return Rendered(fetched=Fetched.of(request, why, asked.url, asked.at), withheld={})
