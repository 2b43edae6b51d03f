"""What the browser's own process answers: pages that need their scripts, screenshots, reports on paper, the window for
a log-in.

It has no store, no key, and no way out but the line that comes with each page load.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from monitor.crawl.login import dump, state_from
from monitor.errors import MonitorError
from monitor.model.ids import ContentDigest
from monitor.model.rendered import ToRender
from monitor.model.screenshot import SavedPage, SavedPicture, SavedSheet, Screenshot
from monitor.outbound.browser.chromium import starts_at_all
from monitor.outbound.browser.finding import NoBrowser, find_chromium
from monitor.outbound.browser.line import LineDialler
from monitor.outbound.browser.login import shown_in_window
from monitor.outbound.browser.paper import BrowserPaper
from monitor.outbound.browser.profile import memory_folder
from monitor.outbound.browser.rendering import PageRendering
from monitor.outbound.browser.running import end_browsers
from monitor.outbound.browser.still import BrowserScreenshots
from monitor.outbound.browser.telling import MostTold, limits_of, rendered_told
from monitor.outbound.window import LoginWindow
from monitor.parts.confine.attempts import browser_attempts
from monitor.parts.frames import MAX_FRAME_BODY, BadMessage, close_files, line_of
from monitor.parts.messages.browsing import (
    MAX_BESIDE_BYTES,
    MAX_DRAWN_BYTES,
    BrowserFound,
    BrowserSetup,
    CloseWindow,
    Draw,
    DrawBeside,
    DrawFile,
    Drawn,
    FindBrowser,
    NothingMore,
    OpenWindow,
    PaperPrinted,
    PieceDrawn,
    PrintPaper,
    RenderBeside,
    RenderPage,
    WindowClosed,
    most_of_paper,
    unpacked_beside,
)
from monitor.parts.serving import Handlers
from monitor.parts.talk import Sent, Talk, TalkOver
from monitor.parts.trying import answer_tries


@asynccontextmanager
async def opened_browser(setup: BrowserSetup) -> AsyncIterator[Handlers]:
    """Everything is started by need, and ended with it."""
    part = _BrowserPart(setup.at_once)
    handlers = Handlers()
    handlers.talk(RenderPage, part.render, heard=NothingMore, max_body=MAX_BESIDE_BYTES, max_fds=1)
    handlers.talk(Draw, part.draw, heard=DrawFile, max_body=MAX_FRAME_BODY)
    handlers.talk(OpenWindow, part.show_window, heard=CloseWindow, max_body=MAX_BESIDE_BYTES, max_fds=1)
    handlers.answer(PrintPaper, part.print_paper, max_body=MAX_FRAME_BODY)
    handlers.answer(FindBrowser, part.find)
    answer_tries(handlers, browser_attempts)
    try:
        yield handlers
    finally:
        end_browsers()  # at once: nobody waits for what they still show
        await part.aclose()


class _BrowserPart:
    def __init__(self, at_once: int) -> None:
        self._rendering = PageRendering(at_once=at_once)
        self._screenshots: tuple[str, BrowserScreenshots] | None = None

    async def aclose(self) -> None:
        await self._rendering.aclose()
        if self._screenshots is not None:
            await self._screenshots[1].aclose()

    async def render(self, sent: Sent[RenderPage], talk: Talk[NothingMore]) -> None:
        asked, line = sent.message, _line(sent.fds)
        try:
            beside = unpacked_beside(RenderBeside, sent.body)
            rendered = await self._rendering.render(
                ToRender(
                    url=asked.url,
                    limits=limits_of(asked.limits),
                    at=asked.at,
                    purpose=asked.purpose,
                    known_images=beside.known_images,
                    login=beside.login,
                    wants_cookies=asked.wants_cookies,
                ),
                line,
            )
        finally:
            line.close()
        for message, body in rendered_told(rendered, MostTold.by(limits_of(asked.limits))):
            await talk.say(message, body)

    async def draw(self, sent: Sent[Draw], talk: Talk[DrawFile]) -> None:
        asked, names = sent.message, unpacked_beside(DrawBeside, sent.body)
        page = (await talk.hear()).body
        picture = None
        if asked.picture_type is not None:
            body = (await talk.hear()).body
            addresses, variants = frozenset(names.addresses), frozenset(names.variants)
            picture = SavedPicture(body, asked.picture_type, addresses, variants)
        sheets = [SavedSheet(url, (await talk.hear()).body) for url in names.sheets]
        saved = SavedPage(
            url=asked.url,
            account=asked.account,
            fetched_at=asked.fetched_at,
            body=page,
            media_type=asked.media_type,
            page_digest=ContentDigest(asked.page_digest),
            picture=picture,
            is_rendered=asked.is_rendered,
            served_digest=ContentDigest(asked.served_digest),
            sheets=tuple(sheets),
            sizes=names.sizes,
        )
        screenshots = await self._screenshots_by(asked.browser_path)
        shot = await screenshots.make(saved)
        if sum(map(len, shot.pieces)) > MAX_DRAWN_BYTES:
            shot = Screenshot(why_not="the page is too large to be drawn")
        for piece in shot.pieces:
            await talk.say(PieceDrawn(), piece)
        await talk.say(
            Drawn(
                width=shot.width,
                height=shot.height,
                cut_at=shot.cut_at,
                greyed=shot.greyed,
                refused=shot.refused,
                why_not=shot.why_not[:2_000],
                stood=screenshots.stood,
                why=screenshots.why[:2_000],
            )
        )

    async def _screenshots_by(self, path: str) -> BrowserScreenshots:
        if self._screenshots is not None and self._screenshots[0] != path:
            await self._screenshots[1].aclose()
            self._screenshots = None
        if self._screenshots is None:
            self._screenshots = path, BrowserScreenshots(path)
        return self._screenshots[1]

    async def print_paper(self, sent: Sent[PrintPaper]) -> Sent[PaperPrinted]:
        try:
            pdf = await BrowserPaper(sent.message.browser_path).print(sent.body.decode("utf-8"))
        except MonitorError as error:
            return Sent(PaperPrinted(why_not=str(error)[:2_000], remedy=error.remedy[:2_000]))
        if len(pdf) > most_of_paper(len(sent.body)):
            return Sent(PaperPrinted(why_not="the report is too large to be printed"))
        return Sent(PaperPrinted(), pdf)

    async def find(self, sent: Sent[FindBrowser]) -> BrowserFound:
        try:
            path = await asyncio.to_thread(find_chromium, sent.message.browser_path)
            if path is not None and sent.message.starts:
                await starts_at_all(sent.message.browser_path)
        except NoBrowser as error:
            return BrowserFound(path="", why_not=str(error)[:2_000], remedy=error.remedy[:2_000])
        return BrowserFound(path=path or "")

    async def show_window(self, sent: Sent[OpenWindow], talk: Talk[CloseWindow]) -> None:
        asked, line = sent.message, _line(sent.fds)
        before = state_from(sent.body.decode("utf-8")) if sent.body else None
        window = LoginWindow(asked.url, asked.sites, limits_of(asked.limits), _screen(asked), before)

        async def until(_page: object) -> None:
            with contextlib.suppress(TalkOver):
                await talk.hear()

        try:
            state = await shown_in_window(window, line, until)
        except MonitorError as error:
            await talk.say(WindowClosed(why_not=str(error)[:2_000], remedy=error.remedy[:2_000]))
            return
        finally:
            line.close()
        await talk.say(WindowClosed(), (dump(state) or "").encode("utf-8"))


def _screen(asked: OpenWindow) -> Mapping[str, str] | None:
    """With the file that lets it draw there in a folder of its own."""
    if asked.screen is None or not asked.authority:
        return asked.screen
    descriptor, path = tempfile.mkstemp(prefix="screen-", dir=memory_folder())
    with os.fdopen(descriptor, "wb") as file:
        file.write(asked.authority)
    return {**asked.screen, "XAUTHORITY": path}


def _line(files: tuple[int, ...]) -> LineDialler:
    """Raises BadMessage."""
    if len(files) != 1:
        close_files(files)
        raise BadMessage("it came without its one line")
    line = line_of(files[0])
    if line.type != socket.SOCK_SEQPACKET:
        line.close()
        raise BadMessage("what came is no dial line")
    return LineDialler(line)
