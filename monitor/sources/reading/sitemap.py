"""Sitemaps (expat), indexes and gzip included, with Google's image extension. Newest pages first."""

from __future__ import annotations

import zlib
from xml.parsers import expat

from monitor.crawl.extract.collect import Collector, Post
from monitor.crawl.extract.image_urls import image_url
from monitor.crawl.extract.page import unreadable_answer
from monitor.crawl.extract.text import decode_text, squeeze
from monitor.crawl.extract.weights import PLAIN
from monitor.crawl.urls import absolute, canonical_url, same_site
from monitor.model.limits import MAX_LISTED_PAGES
from monitor.model.page import FoundAs, PageContent, ParseJob

MAX_UNPACKED_BYTES = 52_428_800  # sitemaps.org: at most 50 MB unpacked
MAX_PIECE_CHARS = 9000
MAX_SITEMAP_ENTRIES = 50_000  # sitemaps.org: of one file; more is not a sitemap, and is not read on
_PICTURE_TAGS = frozenset({"image:loc", "video:thumbnail_loc"})
_TAGS = frozenset({"loc", "lastmod"}) | _PICTURE_TAGS
_EXTENSIONS = (("sitemap-image", "image:"), ("sitemap-video", "video:"))  # in the namespace's name


class _NotASitemap(Exception):
    pass


class _Enough(Exception):
    pass


class _Reader:
    """expat handlers: entries of one file as (lastmod, address, pictures)."""

    def __init__(self) -> None:
        self.is_index = False
        self.entries: list[tuple[str, str, list[str]]] = []
        self._root = ""
        self._prefixes: dict[str, str] = {}  # as the file writes them -> as they are called here
        self._text: list[str] | None = None
        self._entry: dict[str, str] = {}
        self._pictures: list[str] = []

    def _named(self, name: str) -> str:
        """Without its prefix, whatever it be: but for the extensions', which may be missing from the namespaces."""
        prefix, colon, local = name.rpartition(":")
        return (
            self._prefixes.get(prefix, f"{prefix}:" if prefix in ("image", "video") else "") + local if colon else name
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        for key, value in attributes.items():
            if key.startswith("xmlns:"):
                kind = next((kind for mark, kind in _EXTENSIONS if mark in value), "")
                self._prefixes[key[6:]] = kind if kind or "sitemaps.org" in value else key[6:] + ":"
        name = self._named(name)
        if not self._root:
            self._root = name
            self.is_index = name == "sitemapindex"
            if name not in ("urlset", "sitemapindex"):
                raise _NotASitemap(name)
        if name in ("url", "sitemap"):
            self._entry, self._pictures = {}, []
        self._text = [] if name in _TAGS else None

    def end(self, name: str) -> None:
        name = self._named(name)
        if self._text is not None and name in _TAGS:
            value = "".join(self._text).strip()
            if name in _PICTURE_TAGS:
                self._pictures.append(value)
            else:
                self._entry.setdefault(name, value)
        elif name in ("url", "sitemap") and self._entry.get("loc"):
            self.entries.append((self._entry.get("lastmod", ""), self._entry["loc"], self._pictures[:1000]))
            if len(self.entries) >= MAX_SITEMAP_ENTRIES:
                raise _Enough
        self._text = None

    def data(self, text: str) -> None:
        if self._text is not None and len(self._text) < 100:
            self._text.append(text[:MAX_PIECE_CHARS])

    def entity(self, *_: object) -> None:
        raise _NotASitemap("it declares entities")  # no sitemap does; hostile ones grow by them


def read_sitemap(job: ParseJob, untrusted: bytes) -> PageContent:
    if untrusted.startswith(b"\x1f\x8b"):
        try:
            untrusted = _unpacked(untrusted)
        except zlib.error:
            return _no_sitemap(job)
    if not untrusted.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _read_lines(job, untrusted)
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = reader.data, reader.entity
    try:
        parser.Parse(untrusted, True)
    except _NotASitemap:
        return _no_sitemap(job)
    except (_Enough, expat.ExpatError, ValueError, LookupError):
        if not reader.entries:
            return _no_sitemap(job)  # cut off in the middle: what came before still counts
    newest = sorted(reader.entries, key=lambda entry: entry[0], reverse=True)[:MAX_LISTED_PAGES]
    pages = dict.fromkeys(url for _, loc, _ in newest if (url := absolute(job.url, loc)) and _in_scope(job, url))
    collector = Collector()
    for changed, loc, pictures in newest:
        post = Post(posted_at=squeeze(changed, 40), url=absolute(job.url, loc))
        for picture in pictures:
            collector.add([(PLAIN, image_url(job.url, picture))], FoundAs.FEED, post)
    return PageContent(
        url=canonical_url(job.url),
        title=f"{len(reader.entries)} entries",
        images=collector.images(),
        links=() if reader.is_index else tuple(pages),
        next_pages=tuple(pages) if reader.is_index else (),
        text=f"sitemap, {len(reader.entries)} entries",
    )


def _unpacked(packed: bytes) -> bytes:
    """gzip may hold several members, one after the other. Raises zlib.error."""
    whole = b""
    while packed.startswith(b"\x1f\x8b") and len(whole) < MAX_UNPACKED_BYTES:
        member = zlib.decompressobj(31)
        whole += member.decompress(packed, MAX_UNPACKED_BYTES - len(whole))
        packed = member.unused_data
    return whole


def _read_lines(job: ParseJob, untrusted: bytes) -> PageContent:
    """The text form: one address a line."""
    lines = decode_text(untrusted, job.content_type).splitlines()[:50_000]
    pages = dict.fromkeys(
        url for line in lines if line.startswith("http") and (url := absolute(job.url, line)) and _in_scope(job, url)
    )
    if not pages:
        return _no_sitemap(job)
    return PageContent(
        canonical_url(job.url), f"{len(pages)} entries", links=tuple(pages)[:MAX_LISTED_PAGES], text="sitemap"
    )


def _in_scope(job: ParseJob, url: str) -> bool:
    return not job.same_site or same_site(url, job.url)


def _no_sitemap(job: ParseJob) -> PageContent:
    return unreadable_answer(
        job, "the answer is not a sitemap", "The site's robots.txt often names the right address (a line Sitemap: ...)."
    )
