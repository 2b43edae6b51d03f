"""Kind `telegram`: the public preview of a channel (t.me/s/NAME), older posts by its own link. `read_preview` is reader
side."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from monitor.crawl.extract.page import read_page, unreadable
from monitor.model.page import OutcomeKind, PageContent, ParseJob, Purpose
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing

if TYPE_CHECKING:
    from monitor.ports import Source

_SIGN = b"tgme_widget_message"  # every preview has it, an empty channel's too
_EMPTY = b"tgme_channel_info"


def make(watch: Watch, settings: Settings) -> Source:
    starts = tuple(preview_of(url) for url in watch.urls)
    return Listing("telegram", starts, accept="", purpose=Purpose.PAGE)


def preview_of(url: str) -> str:
    """https://t.me/name -> https://t.me/s/name"""
    parts = urlsplit(url)
    words = [word for word in parts.path.split("/") if word]
    if words[:1] != ["s"]:
        words = ["s", *words[:1]]
    return urlunsplit(parts._replace(path="/" + "/".join(words[:2]), fragment=""))


def read_preview(job: ParseJob, untrusted: bytes) -> PageContent:
    if _SIGN not in untrusted and _EMPTY not in untrusted:
        return unreadable(
            job,
            "Telegram shows no preview of this channel",
            "It is private, renamed, gone, or has previews switched off. What you see of it in the app can be filed "
            "with `sightings add`.",
            OutcomeKind.WALL,
        )
    return read_page(job, untrusted)
