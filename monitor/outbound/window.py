"""A window in which the person logs in, as far as no browser is needed for it: what it is opened with, and what is
taken of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitor.crawl.login import LoginState
from monitor.errors import NeedsUser, WorkFailed
from monitor.model.rendered import BrowserLimits
from monitor.parts.messages.browsing import MAX_AUTHORITY_BYTES

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
SCREEN = (*DISPLAYS, "XAUTHORITY", "XDG_SESSION_TYPE", "XDG_RUNTIME_DIR")
"""What a program is told of the screen by; given to a browser for such a window alone."""

X_SOCKETS = "/tmp/.X11-unix"  # noqa: S108  # where every X server has its own
LOG_IN_ELSEWHERE = (
    "Log in on a computer with a screen (pipx run playwright open --save-storage=state.json ADDRESS), "
    "bring the file here, and: reupload-monitor watch login NAME --state state.json"
)


@dataclass(frozen=True, slots=True)
class LoginWindow:
    """screen: as `screen_here`; None where nobody sees it, as in tests. before: a log-in that still stands is shown as
    it is."""

    url: str
    sites: tuple[str, ...]
    limits: BrowserLimits
    screen: Mapping[str, str] | None
    before: LoginState | None = field(default=None, repr=False)


def screen_here() -> Mapping[str, str]:
    """Raises NeedsUser where there is none."""
    if not any(os.environ.get(name) for name in DISPLAYS):
        raise NeedsUser(
            "no window can be opened: there is no display here",
            remedy=LOG_IN_ELSEWHERE,
        )
    told = {name: os.environ[name] for name in SCREEN if name in os.environ}
    usual = Path(os.path.expanduser("~/.Xauthority"))
    return told if "XAUTHORITY" in told or not usual.is_file() else {**told, "XAUTHORITY": str(usual)}


def screen_for_alone() -> tuple[dict[str, str], bytes]:
    """For a browser that has a network of its own with nothing in it and sees no file of the person's: what it is told
    of the screen by, and what stands in the file that lets it draw there. Raises NeedsUser where it would not get
    there."""
    screen = dict(screen_here())
    host = screen.get("DISPLAY", "").partition(":")[0]
    if host not in ("", "unix") and not host.startswith("/") and "WAYLAND_DISPLAY" not in screen:
        raise NeedsUser(
            f"no window can be opened: the display here is reached over a network ({host}), and the browser has none",
            remedy=LOG_IN_ELSEWHERE,
        )
    return screen, _authority(screen.pop("XAUTHORITY", ""))


def screen_files() -> tuple[str, ...]:
    """By which such a browser gets to the screen."""
    runtime, wayland = os.environ.get("XDG_RUNTIME_DIR", ""), os.environ.get("WAYLAND_DISPLAY", "")
    found = (X_SOCKETS, os.path.join(runtime, wayland) if wayland else "")
    return tuple(path for path in found if path.startswith("/") and os.path.exists(path))


def _authority(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(MAX_AUTHORITY_BYTES)
    except OSError:
        return b""  # many screens want none


def kept_of(state: LoginState, sites: tuple[str, ...]) -> LoginState:
    """Raises WorkFailed where there is nothing to keep."""
    if state.is_empty:
        raise WorkFailed(
            f"nothing was kept: the browser holds no cookie of {' or '.join(sites)}",
            remedy="Log in, wait until the page shows you as logged in, then close the window.",
        )
    return state
