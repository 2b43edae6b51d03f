"""Finds Chromium, starts it with nothing open but our own proxy, and sees to it that no process of it stays
behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from monitor.clock import monotonic
from monitor.outbound.browser.finding import (
    INSTALL,
    LATE,
    NO_DRIVER,
    USER_NAMESPACES,
    NoBrowser,
    find_chromium,
    room_for_browser,
    tried_too_often,
    without_room,
)
from monitor.outbound.browser.headers import LANGUAGES
from monitor.outbound.browser.profile import files_in_memory, forget, new_home, place_without_dumps
from monitor.outbound.browser.running import RUNNING
from monitor.room import lack_for_browser, lack_in, lack_said
from monitor.tracking.falls import Falls

log = logging.getLogger(__name__)

_FLAGS = (
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    # With a proxy names are looked up there; should anything look one up by itself, it finds nothing.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--dns-prefetch-disable",
    "--no-pings",
    "--mute-audio",
    "--disable-sync",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--js-flags=--max-old-space-size=512",
    "--blink-settings=autoplayPolicy=2",
    "--lang=en-US",
    f"--accept-lang={LANGUAGES}",  # what is set for a page by the protocol goes out in another place than a browser's
    "--disk-cache-size=1",  # nothing of a load is left for the next, nor on the disk
    "--disable-breakpad",
    "--disable-crash-reporter",  # a dump of a process that fell over holds what it showed
)

_WITHOUT = (
    "OptimizationHints,MediaRouter,DialMediaRouteProvider,Translate,InterestFeedContentSuggestions,"
    "AutofillServerCommunication,CertificateTransparencyComponentUpdater,Prerender2,SpeculationRulesPrefetchProxy,"
    "AsyncDns,DnsOverHttps,"
    "JXLImageFormat"  # a site would send what the readers here cannot read
)

# Where no page has a script and nothing is in hand of frames, none is kept from another: one process draws all.
_ONE_PROCESS_FLAGS = ("--disable-site-isolation-trials", "--disable-gpu")
_ONE_PROCESS_WITHOUT = ",IsolateOrigins,site-per-process,IsolateSandboxedIframes,SpareRendererForSitePerProcess"
_WINDOW_FLAGS = ("--ozone-platform-hint=auto",)  # Wayland where there is no X
_SHARED, _SHARED_ROOM = "/dev/shm", 1024 * 1024 * 1024  # noqa: S108  # bytes; it is only asked how large it is
_HOMES = ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")


START_S, CLOSE_S = 90.0, 10.0
"""A browser is up in a second, on a busy small machine in some; what takes longer hangs, and is ended."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class Chromium:
    """A running Chromium. mark: stands in its command line, so that its processes are told from all others. home: its
    own, which goes with it."""

    playwright: Playwright
    browser: Browser
    mark: str
    main: int | None  # its first process
    home: Path
    driver: int | None = None  # Playwright's own, which drives it
    loads: int = 0
    killed: bool = False

    @classmethod
    async def start(
        cls,
        configured: str,
        proxy_url: str,
        user_agent: str,
        *,
        screen: Mapping[str, str] | None = None,
        is_for_saved: bool = False,
    ) -> Chromium:
        """screen: where its windows are shown, for the person to log in, as `window.screen_here`; None: it has none.
        is_for_saved: what it opens was saved, and is opened without
        scripts. Raises NoBrowser."""
        with room_for_browser():
            return await cls._started(configured, proxy_url, user_agent, screen=screen, is_for_saved=is_for_saved)

    @classmethod
    async def _started(
        cls,
        configured: str,
        proxy_url: str,
        user_agent: str,
        *,
        screen: Mapping[str, str] | None,
        is_for_saved: bool,
    ) -> Chromium:
        path = find_chromium(configured)
        mark = f"--reupload-monitor={secrets.token_hex(8)}"
        as_root = os.geteuid() == 0
        if as_root:
            log.warning("Chromium runs without its sandbox, because this runs as root")
        without = _WITHOUT + (_ONE_PROCESS_WITHOUT if is_for_saved else "")
        more = (
            f"--disable-features={without}",
            *(_ONE_PROCESS_FLAGS if is_for_saved else ()),
            *(_WINDOW_FLAGS if screen is not None else ()),
        )
        home = new_home()
        logging.getLogger("asyncio").addFilter(_is_news)
        others = _children()
        with files_in_memory():
            playwright = await _driver(home)  # it makes the profile
        driver = _driver_among(_children() - others)
        try:
            async with asyncio.timeout(START_S):
                browser = await playwright.chromium.launch(
                    executable_path=path,
                    headless=screen is None,
                    args=[*_FLAGS, f"--user-agent={user_agent}", *more, mark],
                    ignore_default_args=["--disable-popup-blocking", *_not_by_disk()],
                    chromium_sandbox=not as_root,
                    proxy={"server": proxy_url},  # without a token: the browser's own errands go nowhere
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                    env=_environment(home, screen),
                )
        except (PlaywrightError, TimeoutError) as error:
            is_late = isinstance(error, TimeoutError)
            await _stopped(playwright, driver, _first_of(mark))
            forget(home)
            if path is not None and (lack := lack_said(str(error)) or lack_for_browser()):
                raise without_room(lack) from error
            said = [f"it was not up in {START_S:g} s"] if is_late else str(error).strip().splitlines()
            raise NoBrowser(
                f"no browser could be started ({path or 'none found'}): {said[0] if said else 'no reason given'}",
                remedy=_remedy(str(error), is_late=is_late and path is not None),
                is_absent=path is None,
            ) from error
        chromium = cls(playwright, browser, mark, _first_of(mark), home, driver)
        RUNNING.add(chromium)
        return chromium

    @property
    def is_running(self) -> bool:
        return not self.killed and self.browser.is_connected()  # the driver notices a little later

    async def aclose(self) -> None:
        """Nothing of it runs afterwards, and it takes no longer than it may, also where it hangs."""
        family = {process: _begun(process) for process in self.processes()}
        with contextlib.suppress(Exception):  # a driver that was killed says so in words of its own
            async with asyncio.timeout(CLOSE_S):
                await self.browser.close()
        await _stopped(self.playwright, self.driver)
        # Only the first has the mark, and the others do not end with it where they hang. A number may be reused by now.
        _end([process for process, begun in family.items() if begun and _begun(process) == begun])
        forget(self.home)

    def kill(self) -> None:
        """At once: a page ate the memory or hangs it, or it hangs itself. Who waits for it hears that it has ended."""
        self.killed = True
        _end(self.processes())
        if self.driver is not None and _is_driver(self.driver):
            _end([self.driver])
        forget(self.home)

    def processes(self) -> list[int]:
        return tree(self.main) if self.main is not None and _is_of(self.main, self.mark) else []

    def memory_bytes(self) -> int:
        """Resident, of all its processes; what they share is counted more than once."""
        return sum(_resident(process) for process in self.processes())


def _remedy(said: str, *, is_late: bool) -> str:
    if "usable sandbox" in said or "namespace" in said:
        return USER_NAMESPACES
    return LATE if is_late else INSTALL


async def started_browser(
    starts: Falls, at_work: Falls, configured: str, proxy_url: str, user_agent: str, *, is_for_saved: bool = False
) -> Chromium:
    """`Chromium.start`, with a gap after one that did not start or fell at its work, a longer one after each. Raises
    NoBrowser."""
    if wait := starts.wait_s(monotonic()):
        raise tried_too_often(starts, wait)
    await asyncio.sleep(at_work.wait_s(monotonic()))
    try:
        chromium = await Chromium.start(configured, proxy_url, user_agent, is_for_saved=is_for_saved)
    except NoBrowser as error:
        if not error.is_absent:
            starts.fell(monotonic(), str(error))
        raise
    starts.worked()
    return chromium


async def _driver(home: Path) -> Playwright:
    """Playwright's own program, which drives the browser. Raises NoBrowser where it does not start: what it lacks, it
    says on stderr itself."""
    try:
        async with asyncio.timeout(START_S):
            return await async_playwright().start()
    except Exception as error:  # a bare one: "Connection closed while reading from the driver"
        forget(home)
        if lack := lack_in(error, starting=True) or lack_for_browser():
            raise without_room(lack) from error
        raise NoBrowser(
            "what drives the browser (Playwright) could not be started",
            remedy=NO_DRIVER,
        ) from error


async def _stopped(playwright: Playwright, driver: int | None, browser: int | None = None) -> None:
    """In order, else by force: one that hangs answers no word."""
    stopping = asyncio.ensure_future(playwright.stop())  # waited for and not cancelled: that would be its end
    _, left = await asyncio.wait((stopping,), timeout=CLOSE_S)
    if left:
        _end([process for process in (driver, browser) if process is not None])
        await asyncio.wait((stopping,), timeout=START_S)
    if stopping.done() and not stopping.cancelled():
        stopping.exception()  # a driver that was killed says so in words of its own
    stopping.cancel()
    with contextlib.suppress(TimeoutError):  # its end is taken by another thread, and then its pipes are closed
        async with asyncio.timeout(CLOSE_S):
            while driver is not None and Path(f"/proc/{driver}").exists():
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.05)


def _children() -> frozenset[int]:
    """Of this process."""
    own = str(os.getpid())
    found = set[int]()
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                if (path / "stat").read_text().rpartition(")")[2].split()[1] == own:
                    found.add(int(path.name))
    return frozenset(found)


def _driver_among(processes: frozenset[int]) -> int | None:
    return next((process for process in processes if _is_driver(process)), None)


def _is_driver(process: int) -> bool:
    """By what stands in its command line: a number may be another's meanwhile."""
    return _is_of(process, "playwright")


def _is_news(record: logging.LogRecord) -> bool:
    """That Playwright's driver ended is seen by who uses it. Where a signal to the whole group ends it before us, as
    Ctrl-C and timeout(1) do, nobody waits any more for what the driver had still to answer."""
    error = record.exc_info[1] if record.exc_info else None
    return not (type(error) is Exception and str(error) == "Connection closed while reading from the driver")


def _end(processes: list[int]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _first_of(mark: str) -> int | None:
    found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return min((process for process in found if _is_of(process, mark)), default=None)


def tree(root: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(path.name))
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting.extend(children.get(process, ()))
    return found


def _is_of(process: int, mark: str) -> bool:
    try:
        return mark.encode() in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def _begun(process: int) -> str:
    """When it was started, in ticks since boot; '' where it has ended."""
    try:
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if words[0] in "ZX" else words[19]


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def _not_by_disk() -> Sequence[str]:
    """What its processes share, pictures too, stays in memory where there is room; else Chromium takes a folder that
    may lie on a disk."""
    with contextlib.suppress(OSError):
        room = os.statvfs(_SHARED)
        if room.f_bavail * room.f_frsize >= _SHARED_ROOM:
            return ("--disable-dev-shm-usage",)
    return ()


def _environment(home: Path, screen: Mapping[str, str] | None) -> dict[str, str | float | bool]:
    """No secret that stands in ours goes to a program that runs what sites send, and what it writes by itself (dumps of
    what fell over, settings, caches) goes into a home of its own."""
    kept = ("PATH", "LANG", "XDG_RUNTIME_DIR", "PLAYWRIGHT_BROWSERS_PATH", "FONTCONFIG_FILE")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        **(screen or {}),
        **dict.fromkeys(_HOMES, str(home)),
        "BREAKPAD_DUMP_LOCATION": str(place_without_dumps(home)),  # the switches alone do not stop it
    }


async def starts_at_all(configured: str) -> None:
    """For `doctor`. Raises NoBrowser."""
    with room_for_browser(), socket.socket() as nowhere:  # taken, and never listening: who connects to it is refused
        nowhere.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{nowhere.getsockname()[1]}"
        chromium = await Chromium.start(configured, proxy, "doctor", is_for_saved=True)
        await chromium.aclose()
