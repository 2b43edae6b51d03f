"""The browser's own process: it has no store, no key, and no way out but the line that comes with each page load."""

from __future__ import annotations

import socket

from monitor.parts.messages.browsing import BrowserSetup
from monitor.parts.serving import run_part
from monitor.parts.starting import ProgramPart


def main(pipe: socket.socket) -> None:
    """pipe: to who asked for it, and the end of this process when it closes."""
    from monitor.outbound.browser.part_serving import opened_browser  # Playwright: confined before it is read

    run_part(pipe, ProgramPart.BROWSER, BrowserSetup, opened_browser)
