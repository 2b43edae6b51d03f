"""What the AppView and a server of Bluesky answer: posts of an account, a feed or a search, and what they quote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.page import unreadable
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.bluesky import SITE
from monitor.sources.reading.gather import (
    FULL,
    MAX_CURSOR_CHARS,
    PLAIN,
    THUMBNAIL,
    Gathered,
    Variants,
    inner,
    load_answer,
    objects,
    text,
)


def read_posts(job: ParseJob, untrusted: bytes) -> PageContent:
    document = load_answer(job, untrusted)
    listed = document.get("feed", document.get("posts")) if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(listed, list):
        error = text(document, "message") or text(document, "error") if isinstance(document, dict) else ""
        kind = OutcomeKind.GONE if "not found" in error.lower() else OutcomeKind.UNREADABLE
        return unreadable(job, f"no posts came back ({error[:200] or 'no JSON'})", "Is the name still right?", kind)
    gathered = Gathered(job)
    for item in objects(listed):
        post = inner(item, "post") or item  # a search lists posts as they are
        embed = inner(post, "embed")
        _entry(gathered, post, inner(post, "record"), list(_pictures(embed)))
        record = inner(embed, "record")
        quoted = inner(record, "record") or record  # deeper where the post has pictures of its own
        pictures = [variants for part in objects(quoted.get("embeds")) for variants in _pictures(part)]
        _entry(gathered, quoted, inner(quoted, "value"), pictures)
    cursor = text(document, "cursor")[:MAX_CURSOR_CHARS]
    return gathered.content("", [_after(job.url, cursor)] if cursor and listed else [])


def _entry(gathered: Gathered, post: dict[str, Any], record: dict[str, Any], pictures: list[Variants]) -> None:
    author = inner(post, "author")
    handle = text(author, "handle")
    if handle == "handle.invalid":  # its domain does not confirm it: the account's number leads there
        handle = text(author, "did")
    gathered.entry(
        link=_page_of(text(post, "uri"), handle),
        account=handle,
        posted_at=text(record, "createdAt") or text(post, "indexedAt"),
        pictures=pictures,
        title=text(record, "text"),
    )


def _pictures(embed: dict[str, Any]) -> Iterator[Variants]:
    for part in (embed, inner(embed, "media")):
        for image in objects(part.get("images")):
            yield [(FULL, text(image, "fullsize")), (THUMBNAIL, text(image, "thumb"))]
        yield [(PLAIN, text(part, "thumbnail"))]  # of a video
        yield [(PLAIN, text(inner(part, "external"), "thumb"))]


def _page_of(uri: str, handle: str) -> str:
    """at://did:plc:x/app.bsky.feed.post/3k -> https://bsky.app/profile/name/post/3k"""
    words = uri.split("/")
    return f"{SITE}/profile/{handle or words[2]}/post/{words[4]}" if len(words) == 5 else ""


def _after(url: str, cursor: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "cursor": cursor})))
