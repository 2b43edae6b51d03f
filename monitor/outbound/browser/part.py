"""The browser's own process: it has no store, no key, and no way out but the line that comes with each page load."""

from __future__ import annotations

import socket
from contextlib import suppress

from monitor.outbound.browser.finding import NoBrowser, find_chromium
from monitor.outbound.browser.profile import forget, part_folder, stay_in
from monitor.parts.confine.browser import confine_browser
from monitor.parts.confine.network import leave_network
from monitor.parts.messages.browsing import BrowserSetup
from monitor.parts.serving import run_part
from monitor.parts.starting import ProgramPart


def main(pipe: socket.socket) -> None:
    """pipe: to who asked for it, and the end of this process when it closes."""
    home = part_folder()
    stay_in(home)
    program = ""
    with suppress(NoBrowser):
        program = find_chromium("") or ""
    try:
        layers = (leave_network(), *confine_browser((home,), program))
        from monitor.outbound.browser.part_serving import opened_browser  # Playwright: when it is confined

        run_part(pipe, ProgramPart.BROWSER, BrowserSetup, opened_browser, layers=layers)
    finally:
        forget(home)
