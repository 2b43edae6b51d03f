"""What `doctor` says of the browser: the process that would start it is asked, and tries."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from monitor.model.check import OK, WARNING, Check
from monitor.model.settings import Settings
from monitor.outbound.browser.finding import INSTALL, find_chromium
from monitor.outbound.browser_link import find_by_link, open_browser_link
from monitor.parts.messages.browsing import BrowserSetup
from monitor.parts.starting import ProgramParts


def browser_checks(settings: Settings, outside: ProgramParts | None) -> Iterator[Check]:
    """Raises NoBrowser, PartLost. outside: None: this process looks where it lies, and starts nothing."""
    path = settings.crawl.browser_path
    found = find_chromium(path) if outside is None else asyncio.run(_started(path, outside))
    if not found:
        yield Check("browser", WARNING, "none was found: pages that need scripts are reported, not seen", INSTALL)
    else:
        yield Check("browser", OK, found if outside is None else f"{found} starts")


async def _started(path: str, outside: ProgramParts) -> str:
    link = open_browser_link(outside, lambda: BrowserSetup(browser_path=path), name="doctor")
    try:
        return await find_by_link(link, path, starts=True)
    finally:
        await link.aclose()
