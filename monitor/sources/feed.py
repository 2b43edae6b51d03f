"""Kind `feed`: RSS, Atom, RDF, JSON Feed, with Media RSS and enclosures. `read_feed` is reader side: feedparser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from monitor.crawl.extract import read_fragment, unreadable
from monitor.crawl.extract_collect import Collector, Post
from monitor.crawl.extract_json import load
from monitor.crawl.extract_text import decode, squeeze
from monitor.crawl.extract_urls import absolute, image_url, is_image_link
from monitor.crawl.identity import canonical_url, same_site
from monitor.model.page import OutcomeKind, PageContent, ParseJob, Purpose
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing

if TYPE_CHECKING:
    from monitor.ports import Source

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
MAX_ENTRIES = 1000
MAX_ENTRY_HTML_CHARS = 1024 * 1024
MAX_TITLE_CHARS = 300
FULL, PLAIN, THUMBNAIL = 1e5, 90.0, 50.0


def make(watch: Watch, settings: Settings) -> Source:
    return Listing("feed", watch.urls, accept=ACCEPT, purpose=Purpose.PAGE)


def read_feed(job: ParseJob, untrusted: bytes) -> PageContent:
    """Never raises for what is in it; what is no feed is a problem."""
    start = untrusted[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{") or "json" in job.content_type.lower():
        return _read_json_feed(job, untrusted)
    import feedparser

    headers = {"content-type": job.content_type or "application/xml", "content-location": job.url}
    feed: Any = feedparser.parse(untrusted, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version"):
        return _no_feed(job)
    gathered = _Gathered(job)
    for entry in feed.entries[:MAX_ENTRIES]:
        gathered.entry(
            link=_first_link(entry),
            account=str(entry.get("author") or ""),
            posted_at=str(entry.get("published") or entry.get("updated") or ""),
            pictures=list(_named_pictures(entry)),
            html=_html_of(entry),
            title=str(entry.get("title") or ""),
        )
    channel = feed.feed
    next_pages = [str(link.get("href") or "") for link in channel.get("links", [])[:50] if link.get("rel") == "next"]
    return gathered.content(str(channel.get("title") or ""), next_pages)


def _read_json_feed(job: ParseJob, untrusted: bytes) -> PageContent:
    """https://www.jsonfeed.org/version/1.1/"""
    document = load(decode(untrusted, job.content_type))
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return _no_feed(job)
    gathered = _Gathered(job)
    for item in [item for item in document["items"][:MAX_ENTRIES] if isinstance(item, dict)]:
        pictures = [(PLAIN, _text(item, "image")), (PLAIN, _text(item, "banner_image"))]
        for attachment in _objects(item.get("attachments")):
            if _text(attachment, "mime_type").startswith("image/"):
                pictures.append((FULL, _text(attachment, "url")))
        authors = _objects(item.get("authors")) or _objects([item.get("author")])
        gathered.entry(
            link=_text(item, "url") or _text(item, "external_url"),
            account=_text(authors[0], "name") if authors else "",
            posted_at=_text(item, "date_published") or _text(item, "date_modified"),
            pictures=[[picture] for picture in pictures],
            html=_text(item, "content_html"),
            title=_text(item, "title"),
        )
    return gathered.content(_text(document, "title"), [_text(document, "next_url")])


class _Gathered:
    """Posts in the order of the feed: their pictures, and their pages as links."""

    def __init__(self, job: ParseJob) -> None:
        self._job = job
        self._collector = Collector()
        self._links: dict[str, None] = {}
        self._words: list[str] = []

    def entry(
        self,
        *,
        link: str,
        account: str,
        posted_at: str,
        pictures: list[list[tuple[float, str]]],
        html: str,
        title: str,
    ) -> None:
        url = absolute(self._job.url, link)
        post = Post(squeeze(account, 120), squeeze(posted_at, 120), url)
        title = squeeze(title, MAX_TITLE_CHARS)
        self._words.append(title)
        base = url or self._job.url
        if url and is_image_link(url):
            self._collector.add([(FULL, url)], "feed", post, title)
        elif url and (not self._job.same_site or same_site(url, self._job.url)):
            self._links[url] = None
        for variants in pictures:
            self._collector.add(
                [(weight, image_url(base, written)) for weight, written in variants], "feed", post, title
            )
        if "<" in html:
            for ref in read_fragment(html[:MAX_ENTRY_HTML_CHARS], base):
                variants = [(PLAIN - rank, variant) for rank, variant in enumerate((ref.url, *ref.alternatives))]
                self._collector.add(variants, "feed", post, ref.text or title)

    def content(self, title: str, next_pages: list[str]) -> PageContent:
        further = [absolute(self._job.url, url) for url in next_pages if url]
        return PageContent(
            url=canonical_url(self._job.url),
            title=squeeze(title, MAX_TITLE_CHARS),
            images=self._collector.images(),
            links=tuple(self._links),
            next_pages=tuple(dict.fromkeys(url for url in further if url and self._job.follow_next)),
            text=" ".join(self._words)[:20_000],
        )


def _first_link(entry: Any) -> str:
    if entry.get("link"):
        return str(entry["link"])
    return next((str(link["href"]) for link in entry.get("links", []) if link.get("href")), "")


def _named_pictures(entry: Any) -> Iterator[list[tuple[float, str]]]:
    """Enclosures and Media RSS (https://www.rssboard.org/media-rss): one list of variants a picture."""
    for link in entry.get("enclosures", [])[:100]:
        href = str(link.get("href") or "")
        if str(link.get("type") or "").startswith("image/") or is_image_link(href):
            yield [(FULL, href)]
    thumbnails = [(THUMBNAIL, str(item.get("url") or "")) for item in entry.get("media_thumbnail", [])[:20]]
    contents = [
        (_width(item) or PLAIN, str(item.get("url") or ""))
        for item in entry.get("media_content", [])[:100]
        if item.get("medium") == "image"
        or str(item.get("type") or "").startswith("image/")
        or is_image_link(str(item.get("url") or ""))
    ]
    if len(contents) == 1:
        yield contents + thumbnails
    else:  # several contents may be several pictures: each is looked at
        yield from ([content] for content in contents)
        if thumbnails and not contents:
            yield thumbnails
    if image := entry.get("image"):
        yield [(PLAIN, str(image.get("href") or ""))]


def _width(item: Any) -> float:
    written = str(item.get("width") or "")
    return float(written) if written.isascii() and written.isdigit() and len(written) < 6 else 0.0


def _html_of(entry: Any) -> str:
    parts = [str(content.get("value") or "") for content in entry.get("content", [])[:10]]
    return "\n".join([*parts, str(entry.get("summary") or "")])[:MAX_ENTRY_HTML_CHARS]


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value[:100] if isinstance(item, dict)] if isinstance(value, list) else []


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _no_feed(job: ParseJob) -> PageContent:
    return unreadable(
        job,
        "the answer is no feed (RSS, Atom or JSON Feed)",
        'Open the address in a browser: it may have moved, or ask for a log-in. A page is watched with kind = "page".',
        OutcomeKind.UNREADABLE,
    )
