"""Kind `feed`: RSS, Atom, RDF, JSON Feed"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.model.page import Parser, Purpose
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing

if TYPE_CHECKING:
    from monitor.ports import Source

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


def make(watch: Watch, settings: Settings) -> Source:
    return Listing(Parser.FEED, watch.urls, accept=ACCEPT, purpose=Purpose.PAGE)
