"""A report on paper: HTML that this program has written, as a PDF that a screen reader can read."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Route

from monitor.errors import WorkFailed
from monitor.outbound.browser.chromium import Chromium
from monitor.outbound.browser.context import open_offline
from monitor.outbound.browser.finding import room_for_browser

_URL = "http://report.invalid/"  # RFC 6761: it leads nowhere, and is answered from memory
_FOOT = (
    '<div style="width:100%;font-size:7pt;color:#444;text-align:center;font-family:sans-serif">'
    '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
)
PRINT_S = 120.0  # of the whole; a report of a hundred finds takes a few seconds


@dataclass(frozen=True, slots=True)
class BrowserPaper:
    """`ports.Paper`. browser_path: as `[crawl] browser_path`."""

    browser_path: str = ""

    async def print(self, html: str) -> bytes:
        with room_for_browser(), socket.socket() as nowhere:  # taken, and never listening: nobody gets anywhere by it
            nowhere.bind(("127.0.0.1", 0))
            proxy = f"http://127.0.0.1:{nowhere.getsockname()[1]}"
            chromium = await Chromium.start(self.browser_path, proxy, "report", is_for_saved=True)
            try:
                async with asyncio.timeout(PRINT_S):
                    return await _printed(chromium, html)
            except (PlaywrightError, TimeoutError) as error:
                raise WorkFailed("the browser did not print it") from error
            finally:
                await chromium.aclose()


async def _printed(chromium: Chromium, html: str) -> bytes:
    async with open_offline(chromium, width=900, height=1200) as context:

        async def asked(route: Route) -> None:
            with contextlib.suppress(PlaywrightError):
                if route.request.url == _URL:
                    await route.fulfill(content_type="text/html; charset=utf-8", body=html)
                else:
                    await route.abort("blockedbyclient")

        await context.route("**/*", asked)
        page = await context.new_page()
        await page.goto(_URL, wait_until="load")
        return await page.pdf(
            tagged=True,
            outline=True,
            prefer_css_page_size=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=_FOOT,
        )
