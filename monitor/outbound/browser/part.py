"""The browser's own process: it has no store, no key, and no way out but the line that comes with each page load."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from monitor.outbound.browser.finding import remember_chromium
from monitor.outbound.browser.profile import forget, kept_in_memory, part_folder, stay_in
from monitor.parts.confine.browser import browser_needs, confine_browser
from monitor.parts.confine.layers import Confinement
from monitor.parts.confine.network import leave_network
from monitor.parts.confine.session import leave_session
from monitor.parts.messages.browsing import BrowserSetup
from monitor.parts.serving import Handlers, run_part
from monitor.parts.starting import ProgramPart


def main(pipe: socket.socket) -> None:
    """pipe: to who asked for it, and the end of this process when it closes."""
    home = part_folder()
    stay_in(home)
    try:
        in_memory = kept_in_memory(home)  # before other folders are put over what lies there
        network = leave_network()
        promised = _tried_by_another(home)
        layers = (network, *promised, _own_sandbox(promised), in_memory)

        def shut_in(setup: BrowserSetup) -> None:
            """Where the program lies that it may start is known by now. Raises OSError where less holds than was
            said."""
            program, screen = remember_chromium(setup.browser_path), tuple(map(Path, setup.screen))
            session = promised[0]
            if session.active:  # else it is left as it is: there is no way back from half of it
                session = leave_session(home, browser_needs(program, screen))
            held = (session, *confine_browser((home,), program, screen))
            if any(one.active and not other.active for one, other in zip(promised, held, strict=True)):
                raise OSError("it is not shut in as it should be")

        run_part(pipe, ProgramPart.BROWSER, BrowserSetup, _opened, layers=layers, shut_in=shut_in)
    finally:
        forget(home)


@asynccontextmanager
async def _opened(setup: BrowserSetup) -> AsyncIterator[Handlers]:
    from monitor.outbound.browser import part_serving  # Playwright: when it is shut in

    async with part_serving.opened_browser(setup) as handlers:
        yield handlers


def _own_sandbox(layers: Sequence[Confinement]) -> Confinement:
    """Chromium's, which it does not have as root."""
    stays_root = os.geteuid() == 0 and not any(one.name == "other user" and one.active for one in layers)
    why = "Chromium has none as root" if stays_root else "Chromium shuts in its own processes, one site from another"
    return Confinement("sandbox of the browser", not stays_root, why)


def _tried_by_another(home: Path) -> Sequence[Confinement]:
    """What this kernel holds of it, as a child found: it is said in the greeting, before it is known which program is
    to be started."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            program = remember_chromium("")
            session = leave_session(home, browser_needs(program, ()), trial=True)
            said = json.dumps((session, *confine_browser((home,), program))).encode("utf-8")
            while said:
                said = said[os.write(theirs, said) :]
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as reading:
        told = reading.read()
    os.waitpid(child, 0)
    return tuple(Confinement(*one) for one in json.loads(told))
