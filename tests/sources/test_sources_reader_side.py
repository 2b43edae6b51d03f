"""What parses outside bytes is loaded by readers alone. import-linter holds the imports (`pyproject.toml`); here is
what is loaded by name while it runs, which no import tells."""

from __future__ import annotations

import subprocess
import sys

from monitor.sources.reading.parsers import PARSERS

READER_SIDE = ("monitor.crawl.extract.", "monitor.sources.reading.")
LOADED_BY_THE_CORE = """
import importlib, pkgutil, sys
from pathlib import Path
import monitor
import monitor.app, monitor.outbound.browser.fetcher, monitor.outbound.polite, monitor.pipeline
from monitor.model.settings import Settings
from monitor.model.watch import Every, Kind, Watch
from monitor.sources import source_for
for module in pkgutil.walk_packages(monitor.pipeline.__path__, "monitor.pipeline."):
    importlib.import_module(module.name)
settings = Settings(path=None, data_dir=Path("/nowhere"), watchlist_dir=Path("/nowhere"))
urls = {Kind.BLUESKY: "https://bsky.app/profile/a.b", Kind.MASTODON: "https://m.example/@a", Kind.SEARCH: ""}
for kind in Kind:
    url = urls.get(kind, "https://www.reddit.com/r/a")
    source_for(Watch("w", kind, Every(60), urls=(url,) if url else (), engine="duckduckgo-html", query="x"), settings)
print("\\n".join(sys.modules))
"""


def test_every_parser_stands_where_only_readers_import() -> None:
    assert [place for place in PARSERS.values() if not place.startswith(READER_SIDE)] == []


def test_the_core_loads_none_of_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOADED_BY_THE_CORE], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    loaded = told.split()
    assert "monitor.outbound.client" in loaded and "monitor.sources.reddit" in loaded
    of_readers = ("monitor.crawl.extract", "monitor.reader.child")
    assert [n for n in loaded if n.startswith(of_readers) or (n.startswith("monitor.") and ".reading" in n)] == []
    libraries = ("selectolax", "feedparser", "PIL", "cv2", "imagehash")
    assert [n for n in loaded if n in libraries] == []
