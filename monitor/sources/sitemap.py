"""Kind `sitemap`: sitemaps.org, indexes and gzip included, with Google's image extension. Newest pages first."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from monitor.model.page import Parser, Purpose
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing

if TYPE_CHECKING:
    from monitor.ports import Source


def make(watch: Watch, settings: Settings) -> Source:
    starts = tuple(_file_of(url) for url in watch.urls)
    return Listing(Parser.SITEMAP, starts, accept="application/xml, text/xml, */*;q=0.5", purpose=Purpose.PAGE)


def _file_of(url: str) -> str:
    """A site's front page stands for its /sitemap.xml."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path="/sitemap.xml")) if parts.path in ("", "/") else url
