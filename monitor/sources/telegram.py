"""Kind `telegram`: the public preview of a channel (t.me/s/NAME), older posts by its own link."""

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
    starts = tuple(preview_of(url) for url in watch.urls)
    return Listing(Parser.TELEGRAM, starts, accept="", purpose=Purpose.PAGE)


def preview_of(url: str) -> str:
    """https://t.me/name -> https://t.me/s/name"""
    parts = urlsplit(url)
    words = [word for word in parts.path.split("/") if word]
    if words[:1] != ["s"]:
        words = ["s", *words[:1]]
    return urlunsplit(parts._replace(path="/" + "/".join(words[:2]), fragment=""))
