"""The page in a real Chromium: `async with chromium() as browser, served_at(core) as door, window(browser, door)`. The
server runs in the test's own loop, over any core; each window has a profile of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, Response, async_playwright
from starlette.types import ASGIApp

from monitor.outbound.browser.finding import find_chromium
from monitor.review.links import Links
from monitor.review.port import Core
from monitor.review.server import listening
from tests.patience import LATE_S
from tests.review.asking import NOW, application_over
from tests.review.state import State

ADDRESS = "127.7.7.7"
THERE = find_chromium("") is not None


@asynccontextmanager
async def chromium(*flags: str, text: int = 100) -> AsyncIterator[Browser]:
    """text: the person's own text size, in percent."""
    own = ["--no-sandbox"] if os.geteuid() == 0 else []  # as root alone; Chromium starts there no other way
    size = [f"--blink-settings=defaultFontSize={16 * text // 100}"] if text != 100 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(""),
            args=[*own, *size, *flags],
        )
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(frozen=True)
class Door:
    """Where the page is served. link: a new one-time link's address."""

    origin: str
    _app: ASGIApp
    _links: Links
    _clock: Callable[[], datetime]

    async def let_in(self, context: BrowserContext) -> None:
        """By a link of its own: leaving ends one session, not those of other windows."""
        name, value = await _let_in(self._app, self.origin, self._links.new(self._clock()))
        await context.add_cookies(
            [
                {
                    "name": name,
                    "value": value,
                    "domain": ADDRESS,
                    "path": "/",
                    "secure": name.startswith("__Host-"),
                    "httpOnly": True,
                    "sameSite": "Strict",
                }
            ]
        )

    @property
    def link(self) -> str:
        return f"{self.origin}/enter/{self._links.new(self._clock())}"


class _OfTheTest(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # they are the test's


@asynccontextmanager
async def served_at(core: Core, *, clock: Callable[[], datetime] = lambda: NOW) -> AsyncIterator[Door]:
    with listening(ADDRESS, 0) as at:
        host = f"{ADDRESS}:{at.getsockname()[1]}"
        app, links = application_over(core, host=host, clock=clock)
        server = _OfTheTest(uvicorn.Config(app, http="h11", ws="none", lifespan="off", log_config=None))
        running = asyncio.create_task(server.serve(sockets=[at]))
        try:
            yield Door(f"http://{host}", app, links, clock)
        finally:
            server.should_exit = server.force_exit = True
            await running


async def _let_in(app: ASGIApp, origin: str, link: str) -> tuple[str, str]:
    said = {"origin": origin, "sec-fetch-site": "same-origin"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=origin, headers=said) as client:
        entered = await client.post("/enter", data={"link": link})
    name, _, value = entered.headers["set-cookie"].partition(";")[0].partition("=")
    return name, value


@asynccontextmanager
async def window(
    browser: Browser, door: Door, *, scripts: bool = True, width: int = 1366, height: int = 900, enters: bool = True
) -> AsyncIterator[Page]:
    """On about:blank; let in already, where `enters`."""
    context = await browser.new_context(
        base_url=door.origin, java_script_enabled=scripts, viewport={"width": width, "height": height}
    )
    context.set_default_timeout(LATE_S * 1000)
    if enters:
        await door.let_in(context)
    try:
        page = await context.new_page()
        yield page
    finally:
        await context.close()


@asynccontextmanager
async def shown(page: Page, state: State) -> AsyncIterator[None]:
    """The page stands there in that state; its window may have shown others before."""
    await page.context.clear_cookies()
    await page.set_viewport_size({"width": 1280, "height": 720})
    await page.emulate_media(media="screen", color_scheme="light")
    async with served_at(state.core()) as door:
        if state.enters:
            await door.let_in(page.context)
        for path, fields in state.before:
            await _send(page, door.origin, path, fields)
        if state.sends is None:
            answer = await page.goto(door.origin + state.path)
        else:
            answer = await _send(page, door.origin, state.path, state.sends)
        assert answer is not None
        assert answer.status != 500, f"{answer.url} failed"
        yield
        await page.goto("about:blank")  # what the page still asks for by itself ends before its server does


async def _send(page: Page, origin: str, path: str, fields: tuple[tuple[str, str], ...]) -> Response | None:
    await page.goto(origin + "/help")
    token = await page.locator("input[name=token]").first.get_attribute("value")
    async with page.expect_navigation() as came:
        await page.evaluate(
            """([path, fields]) => {
                const form = document.createElement("form");
                [form.method, form.action] = ["post", path];
                for (const [name, value] of fields) {
                    const one = document.createElement("input");
                    [one.type, one.name, one.value] = ["hidden", name, value];
                    form.append(one);
                }
                document.body.append(form);
                form.submit();
            }""",
            [path, [["token", token], *map(list, fields)]],
        )
    return await came.value
