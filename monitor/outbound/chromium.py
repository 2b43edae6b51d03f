"""Where a Chromium is on this machine. Used by the browser, `doctor`, the demo and the set-up; starts nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find(configured: str) -> Path | None:
    """The configured one, else one on the PATH, else the one that `playwright install chromium` fetched. None: pages
    that need scripts are reported, not rendered. A configured path that is not there is not replaced by another."""
    if configured:
        path = Path(configured).expanduser()
        return path if path.is_file() else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return _playwrights_own()


def _playwrights_own() -> Path | None:
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or str(Path.home() / ".cache" / "ms-playwright")
    if not Path(folder).is_dir():
        return None
    found = sorted(Path(folder).glob("chromium-*/chrome-linux*/chrome"))
    return found[-1] if found else None
