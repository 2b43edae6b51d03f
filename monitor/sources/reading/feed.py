"""RSS, Atom, RDF (feedparser) and JSON Feed, with Media RSS and enclosures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from monitor.crawl.extract.image_urls import NO_PICTURE, is_image_link, path_of, says_picture_type
from monitor.crawl.extract.page import unreadable_answer
from monitor.crawl.extract.weights import ORIGINAL, PLAIN, THUMBNAIL
from monitor.model.observation import NAMED, RunTrouble
from monitor.model.page import FoundAs, OutcomeKind, PageContent, ParseJob
from monitor.sources.reading.feed_bases import EntryBase, entry_bases
from monitor.sources.reading.fields import json_answer, objects_in, text_in
from monitor.sources.reading.gather import MAX_ENTRIES, MAX_ENTRY_HTML_CHARS, Gathered

# What a server says of a file of which it knows nothing.
_ANY_TYPE = frozenset(
    ("", "*", "octet-stream", "unknown", "binary", "file", "media", "attachment", "x-download", "force-download",
     "download", "x-unknown", "default", "enclosure", "none", "null", "undefined")
)  # fmt: skip
_OTHER_FILES = (
    *NO_PICTURE,
    ".m4a",
    ".m4v",
    ".mkv",
    ".flac",
    ".wav",
    ".opus",
    ".aac",
    ".oga",
    ".ogv",
    ".epub",
    ".torrent",
    ".rar",
    ".7z",
    ".gz",
    ".exe",
    ".apk",
    ".doc",
    ".docx",
)


def read_feed(job: ParseJob, untrusted: bytes) -> PageContent:
    """Never raises for what is in it; what is not a feed is a problem."""
    start = untrusted[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{") or "json" in job.content_type.lower():
        return _read_json_feed(job, untrusted)
    import feedparser

    headers = {"content-type": job.content_type or "application/xml", "content-location": job.url}
    feed: Any = feedparser.parse(untrusted, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version"):
        return _no_feed(job)
    if not feed.entries and _is_broken(feed, untrusted):
        return _no_entry(job)
    gathered = Gathered(job, found_as=FoundAs.FEED)
    entries = feed.entries[:MAX_ENTRIES]
    bases = entry_bases(untrusted, job.url)
    if len(bases) != len(entries):  # no well-formed XML: then its entries cannot be told from each other
        bases = [EntryBase()] * len(entries)
    for entry, own in zip(entries, bases, strict=True):
        gathered.entry(
            link=_first_link(entry),
            account=str(entry.get("author") or ""),
            posted_at=str(entry.get("published") or entry.get("updated") or ""),
            pictures=[*_named_pictures(entry), *([(PLAIN, url)] for url in own.pictures if _is_written_out(url))],
            base=own.base,
            parts=_markup_of(entry, job.url),
            title=str(entry.get("title") or ""),
            opens=True,
        )
    channel = feed.feed
    next_pages = [str(link.get("href") or "") for link in channel.get("links", [])[:50] if link.get("rel") == "next"]
    return gathered.content(str(channel.get("title") or ""), next_pages)


def _read_json_feed(job: ParseJob, untrusted: bytes) -> PageContent:
    """https://www.jsonfeed.org/version/1.1/"""
    document = json_answer(job, untrusted)
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return _no_feed(job)
    gathered = Gathered(job, found_as=FoundAs.FEED)
    gathered.names(len(document["items"]))
    for item in objects_in(document["items"]):
        pictures = [(PLAIN, text_in(item, "image")), (PLAIN, text_in(item, "banner_image"))]
        for attachment in objects_in(item.get("attachments")):
            url, kind = text_in(attachment, "url"), text_in(attachment, "mime_type")
            if says_picture_type(kind) or is_image_link(url) or _may_be_any(kind, url):
                pictures.append((ORIGINAL, url))
        authors = objects_in(item.get("authors")) or objects_in([item.get("author")])
        gathered.entry(
            link=text_in(item, "url") or text_in(item, "external_url"),
            account=text_in(authors[0], "name") if authors else "",
            posted_at=text_in(item, "date_published") or text_in(item, "date_modified"),
            pictures=[[picture] for picture in pictures],
            html=text_in(item, "content_html"),
            title=text_in(item, "title"),
            opens=True,
        )
    return gathered.content(text_in(document, "title"), [text_in(document, "next_url")])


def _first_link(entry: Any) -> str:
    if entry.get("link"):
        return str(entry["link"])
    return next((str(link["href"]) for link in entry.get("links", []) if link.get("href")), "")


def _named_pictures(entry: Any) -> Iterator[list[tuple[float, str]]]:
    """One list of variants a picture."""
    for link in entry.get("links", [])[:100]:
        href = str(link.get("href") or "")
        is_enclosed = link.get("rel") == "enclosure" and (is_image_link(href) or _may_be_any(link.get("type"), href))
        if _says_picture(link) or is_enclosed:
            yield [(ORIGINAL, href)]
    for content in entry.get("content", [])[:10]:
        if content.get("src") and _says_picture(content):
            yield [(ORIGINAL, str(content["src"]))]
    yield from _in_media_rss(entry)
    if image := entry.get("image"):
        yield [(PLAIN, str(image.get("href") or ""))]
    if (href := str(entry.get("href") or "")) and href != entry.get("link"):  # <image><url> of an item
        yield [(PLAIN, href)]


def _in_media_rss(entry: Any) -> Iterator[list[tuple[float, str]]]:
    """https://www.rssboard.org/media-rss"""
    thumbnails = [(THUMBNAIL, str(item.get("url") or "")) for item in entry.get("media_thumbnail", [])[:20]]
    named = [(item, str(item.get("url") or "")) for item in entry.get("media_content", [])[:100]]
    contents = [(_width(item) or PLAIN, url) for item, url in named if url and _may_be_picture(item, url)]
    if len(contents) == 1:
        yield contents + thumbnails
    else:  # several contents may be several pictures: each is looked at
        yield from ([content] for content in contents)
        if not contents:  # of a film; several are several moments of it, or several sizes
            yield from ([thumbnail] for thumbnail in thumbnails)


def _may_be_picture(item: Any, url: str) -> bool:
    """What says nothing of itself is looked at; what is no picture by its ending is left out later."""
    medium = str(item.get("medium") or "")
    says_picture = says_picture_type(medium) or _says_picture(item) or is_image_link(url)
    return says_picture or (not medium and _may_be_any(item.get("type"), url))


def _may_be_any(kind: object, url: str) -> bool:
    """A type that says nothing (none, `application/octet-stream`), and an address that says nothing else."""
    return bool(url) and _says_nothing(str(kind or "")) and not path_of(url).endswith(_OTHER_FILES)


def _says_nothing(kind: str) -> bool:
    return kind.partition(";")[0].strip().lower().rpartition("/")[2] in _ANY_TYPE


def _says_picture(item: Any) -> bool:
    return says_picture_type(str(item.get("type") or ""))


def _is_written_out(url: str) -> bool:
    return is_image_link(url) or url.startswith(("http://", "https://", "//"))


def _width(item: Any) -> float:
    written = str(item.get("width") or "")
    return float(written) if written.isascii() and written.isdigit() and len(written) < 6 else 0.0


def _markup_of(entry: Any, url: str) -> list[tuple[str, str]]:
    """Each with the address that it is relative to, '' where the feed names none. url: the feed's own."""
    texts = [*entry.get("content", [])[:10], entry.get("summary_detail") or {}]
    parts = {str(text.get("value") or ""): str(text.get("base") or "") for text in texts}
    parts.setdefault(str(entry.get("summary") or ""), "")
    left, kept = MAX_ENTRY_HTML_CHARS, []
    for markup, base in parts.items():
        kept.append((markup[:left], base if base != url else ""))
        left -= min(left, len(markup))
    return kept


_MILD = frozenset({"CharacterEncodingOverride", "NonXMLContentType"})  # of feedparser: the feed was read all the same


def _is_broken(feed: Any, untrusted: bytes) -> bool:
    """A feed without one entry that breaks off, is no XML, or names entries that are none: not one that is empty."""
    is_bad = bool(feed.get("bozo")) and type(feed.get("bozo_exception")).__name__ not in _MILD
    lowered = untrusted.lower()
    return is_bad or any(mark in lowered for mark in (b"<item", b"<entry", b":item", b":entry"))


def _no_entry(job: ParseJob) -> PageContent:
    return unreadable_answer(
        job,
        "the feed breaks off, or is not made as feeds are: not one entry of it can be read",
        NAMED[RunTrouble.UNREADABLE_ENTRIES].remedy,
        OutcomeKind.UNREADABLE,
    )


def _no_feed(job: ParseJob) -> PageContent:
    return unreadable_answer(
        job,
        "the answer is not a feed (RSS, Atom or JSON Feed)",
        'Open the address in a browser: it may have moved, or ask for a log-in. A page is watched with kind = "page".',
        OutcomeKind.UNREADABLE,
    )
