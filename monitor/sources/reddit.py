"""Kind `reddit`: a subreddit, a user or a search, by the Atom feeds that Reddit gives out without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.model.page import Purpose
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing
from monitor.sources.feed import ACCEPT

if TYPE_CHECKING:
    from monitor.ports import Source


def make(watch: Watch, settings: Settings) -> Source:
    return Listing("feed", tuple(feed_of(url) for url in watch.urls), accept=ACCEPT, purpose=Purpose.PAGE)


def feed_of(url: str) -> str:
    """https://www.reddit.com/r/name/new -> https://www.reddit.com/r/name/new/.rss?limit=100"""
    parts = urlsplit(url)
    path = parts.path if parts.path.endswith(".rss") else f"{parts.path.rstrip('/')}/.rss"
    query = {"limit": "100", **dict(parse_qsl(parts.query))}
    return urlunsplit(parts._replace(path=path, query=urlencode(query), fragment=""))
