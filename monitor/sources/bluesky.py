"""Kind `bluesky`: an account's posts or a feed, by the AppView that answers without an account. Searching and tags want
one, so they are refused here. `read_posts` is reader side. https://docs.bsky.app/docs/api/app-bsky-feed-get-author-feed
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract import unreadable
from monitor.errors import WatchlistError
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing
from monitor.sources.gather import FULL, PLAIN, THUMBNAIL, Gathered, Variants, inner, load_answer, objects, text

if TYPE_CHECKING:
    from monitor.ports import Source

API = "https://public.api.bsky.app/xrpc"
SITE = "https://bsky.app"
MAX_CURSOR_CHARS = 500


def make(watch: Watch, settings: Settings) -> Source:
    """Raises WatchlistError."""
    return Listing("bluesky", tuple(api_of(url) for url in watch.urls))


def api_of(url: str) -> str:
    """Raises WatchlistError."""
    parts = urlsplit(url)
    if "/xrpc/" in parts.path:
        return url  # another AppView, written out
    words = [word for word in parts.path.split("/") if word]
    if words[:1] == ["profile"] and len(words) == 2:
        query = urlencode({"actor": words[1], "limit": "100", "filter": "posts_with_media"})
        return f"{API}/app.bsky.feed.getAuthorFeed?{query}"
    if words[:1] == ["profile"] and len(words) == 4 and words[2] == "feed":
        feed = f"at://{words[1]}/app.bsky.feed.generator/{words[3]}"
        return f"{API}/app.bsky.feed.getFeed?{urlencode({'feed': feed, 'limit': '100'})}"
    raise WatchlistError(
        f"{url} is no account and no feed of Bluesky",
        remedy=f"For example {SITE}/profile/name.bsky.social. Searches and tags want an account there.",
        key="url",
    )


def read_posts(job: ParseJob, untrusted: bytes) -> PageContent:
    document = load_answer(job, untrusted)
    if not isinstance(document, dict) or not isinstance(document.get("feed"), list):
        error = text(document, "message") or text(document, "error") if isinstance(document, dict) else ""
        kind = OutcomeKind.GONE if "not found" in error.lower() else OutcomeKind.UNREADABLE
        return unreadable(job, f"no posts came back ({error[:200] or 'no JSON'})", "Is the name still right?", kind)
    gathered = Gathered(job)
    for item in objects(document["feed"]):
        post = inner(item, "post")
        author = inner(post, "author")
        gathered.entry(
            link=_page_of(text(post, "uri"), text(author, "handle")),
            account=text(author, "handle"),
            posted_at=text(inner(post, "record"), "createdAt") or text(post, "indexedAt"),
            pictures=list(_pictures(inner(post, "embed"))),
            title=text(inner(post, "record"), "text"),
        )
    cursor = text(document, "cursor")[:MAX_CURSOR_CHARS]
    return gathered.content("", [_after(job.url, cursor)] if cursor and document["feed"] else [])


def _pictures(embed: dict[str, Any]) -> Iterator[Variants]:
    """Of the post itself and of what it quotes."""
    for part in (embed, inner(embed, "media")):
        for image in objects(part.get("images")):
            yield [(FULL, text(image, "fullsize")), (THUMBNAIL, text(image, "thumb"))]
        yield [(PLAIN, text(part, "thumbnail"))]  # of a video
        yield [(PLAIN, text(inner(part, "external"), "thumb"))]
    for quoted in objects(inner(embed, "record").get("embeds")):
        for image in objects(quoted.get("images")):
            yield [(FULL, text(image, "fullsize")), (THUMBNAIL, text(image, "thumb"))]


def _page_of(uri: str, handle: str) -> str:
    """at://did:plc:x/app.bsky.feed.post/3k -> https://bsky.app/profile/name/post/3k"""
    words = uri.split("/")
    return f"{SITE}/profile/{handle or words[2]}/post/{words[4]}" if len(words) == 5 else ""


def _after(url: str, cursor: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "cursor": cursor})))
