"""Which Chromium is here. Imports nothing of what starts one."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from monitor.errors import WorkFailed
from monitor.model.page import Outcome, OutcomeKind
from monitor.room import Shortage, lack_in, lack_said
from monitor.tracking.falls import Falls

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = (
    "Install Chromium: sudo apt install chromium (Debian), sudo dnf install chromium (Fedora), sudo pacman -S chromium "
    # By this very Python: where pipx or `make install` put it, the command `playwright` is on nobody's path.
    f"(Arch). Elsewhere fetch Playwright's own: {sys.executable} -m playwright install chromium. One that is there "
    "already can be named in [crawl] browser_path."
)


USER_NAMESPACES = (
    "Chromium shuts in its own processes by user namespaces, which this system does not let it make. Ubuntu 24.04 and "
    "later: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0. Debian and others: sudo sysctl "
    "kernel.unprivileged_userns_clone=1, and user.max_user_namespaces above 0. In a container: let it make them."
)


LATE = (
    "It is tried again by itself. Should it stay so, that browser hangs, or this machine is too busy for one: end what "
    "else takes its time, or start it again."
)
NO_DRIVER = (
    "It needs libatomic: sudo apt install libatomic1 (Debian, Ubuntu), sudo dnf install libatomic (Fedora). Until then "
    "pages that need scripts, and screenshots, are left out."
)
AGAIN_BY_ITSELF = "It is tried again by itself. `reupload-monitor doctor` says more."
RUN_AGAIN = "Run the command again."
_ADVICE = frozenset(
    {INSTALL, USER_NAMESPACES, LATE, NO_DRIVER, AGAIN_BY_ITSELF, RUN_AGAIN, *(one.right for one in Shortage)}
)


def advice_told(remedy: str) -> str:
    """'' for what is none of these words. Who tells it may be in a site's hands, and the person would do as it says."""
    return remedy if remedy in _ADVICE else ""


class NoBrowser(WorkFailed):
    """is_absent: there is none here, which no second try mends."""

    def __init__(self, message: str, *, remedy: str = "", is_absent: bool = False) -> None:
        super().__init__(message, remedy=remedy)
        self.is_absent = is_absent


def not_begun(error: NoBrowser) -> Outcome:
    """Of a page that nobody could show: by where it lies, never at its site."""
    kind = OutcomeKind.UNREADABLE if error.is_absent else OutcomeKind.PART
    return Outcome(kind, str(error), error.remedy or (INSTALL if error.is_absent else ""))


@contextlib.contextmanager
def room_for_browser() -> Iterator[None]:
    """What fails for want of it is told as NoBrowser: asyncio and Playwright wrap what the system said."""
    try:
        yield
    except NoBrowser:
        raise
    except Exception as error:
        if lack := lack_in(error, starting=True):
            raise without_room(lack) from error
        raise


def without_room(lack: Shortage) -> NoBrowser:
    return NoBrowser(f"no browser could be started: {lack.why}", remedy=lack.right)


_KNOWN: dict[str, str] = {}


def remember_chromium(configured: str) -> str:
    """Before this process is shut in: afterwards it sees that program, and not where others would lie. '' where there
    is none, which is told to who asks for a page."""
    with contextlib.suppress(NoBrowser):
        if found := find_chromium(configured):
            _KNOWN[configured] = found
    return _KNOWN.get(configured, "")


def find_chromium(configured: str) -> str | None:
    """Path of a Chromium; None where there is none. Raises NoBrowser when the configured one is not there."""
    if configured in _KNOWN:
        return _KNOWN[configured]
    if configured:
        found = shutil.which(configured)
        if found is None:
            raise NoBrowser(f"[crawl] browser_path {configured!r} is not a program", remedy=INSTALL)
        return found
    on_path = (found for name in NAMES if (found := shutil.which(name)) and not _is_snap(Path(found)))
    return next(on_path, None) or _fetched_by_playwright()


def _is_snap(path: Path) -> bool:
    """Ubuntu's, or the script that stands for it: it can use neither our profile's folder nor what is in memory."""
    try:
        if path.is_relative_to("/snap") or path.resolve().name == "snap":
            return True
        with path.open("rb") as file:
            start = file.read(4096)
        return start.startswith(b"#!") and b"/snap/bin/" in start
    except OSError:
        return False


def _fetched_by_playwright() -> str | None:
    """Its newest, where somebody has typed what INSTALL says."""
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or os.path.expanduser("~/.cache/ms-playwright"))
    found = [path for path in folder.glob("chromium-*/chrome-linux*/chrome") if os.access(path, os.X_OK)]
    return str(max(found, key=_revision)) if found else None


def _revision(path: Path) -> int:
    """Of `.../chromium-1200/chrome-linux/chrome`."""
    digits = path.parent.parent.name.removeprefix("chromium-")
    return int(digits) if digits.isdecimal() else 0


def tried_too_often(starts: Falls, wait_s: float) -> NoBrowser:
    lack = lack_said(starts.state.why)
    return NoBrowser(
        f"no browser could be started {starts.state.falls} times in a row; the next try is in {wait_s:.0f} s "
        f"({starts.state.why})",
        remedy=lack.right if lack else AGAIN_BY_ITSELF,
    )
