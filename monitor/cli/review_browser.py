"""Starts the browser with a file that opens the page: a link in a command line can be read by every user."""

from __future__ import annotations

import os
import tempfile
import threading
import webbrowser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path

from monitor.cli import printing

_FILE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>{product}</title></head>
<body>
<form method="post" action="{origin}/enter"><input type="hidden" name="link" value="{link}"><button>Open</button></form>
<script>document.forms[0].submit()</script>
</body>
</html>
"""


@contextmanager
def browser_started(origin: str, link: str, product: str, *, environ: Mapping[str, str] = os.environ) -> Iterator[None]:
    """The file is gone with the page's process at the latest; what stands in it works once, for ten minutes."""
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        printing.say("There is no desktop here to start a browser on: open the link in a browser of this machine.")
        yield
        return
    path = _written(_FILE.format(product=escape(product), origin=escape(origin), link=escape(link)), environ)
    try:
        threading.Thread(target=_start, args=(path.as_uri(),), daemon=True).start()
        printing.say("Where the browser does not come, or shows an error (some packaged ones read no such files), open")
        printing.say("the link by hand.")
        yield
    finally:
        path.unlink(missing_ok=True)


def _written(text: str, environ: Mapping[str, str]) -> Path:
    """For this user alone; in memory where the system has a folder there."""
    folder = environ.get("XDG_RUNTIME_DIR") or None
    descriptor, name = tempfile.mkstemp(suffix=".html", dir=folder if folder and os.path.isdir(folder) else None)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def _start(address: str) -> None:
    try:
        started = webbrowser.open(address)
    except webbrowser.Error:
        started = False
    if not started:
        printing.say("No browser could be started.")
