"""What the AppView and a server of Bluesky answer: posts of an account, a feed or a search, and what they quote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.page import unreadable_answer
from monitor.crawl.extract.weights import ORIGINAL, PLAIN, THUMBNAIL, Variants
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.bluesky import BLUESKY
from monitor.sources.reading.fields import json_answer, object_in, objects_in, text_in
from monitor.sources.reading.gather import MAX_CURSOR_CHARS, Gathered


def read_posts(job: ParseJob, untrusted: bytes) -> PageContent:
    document = json_answer(job, untrusted)
    listed = document.get("feed", document.get("posts")) if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(listed, list):
        error = text_in(document, "message") or text_in(document, "error") if isinstance(document, dict) else ""
        kind = OutcomeKind.GONE if "not found" in error.lower() else OutcomeKind.UNREADABLE
        return unreadable_answer(
            job, f"no posts came back ({error[:200] or 'no JSON'})", "Is the name still right?", kind
        )
    gathered = Gathered(job)
    gathered.names(len(listed))
    for item in objects_in(listed):
        post = object_in(item, "post") or item  # a search lists posts as they are
        embed = object_in(post, "embed")
        _entry(gathered, post, object_in(post, "record"), list(_pictures(embed)))
        record = object_in(embed, "record")
        quoted = object_in(record, "record") or record  # deeper where the post has pictures of its own
        pictures = [variants for part in objects_in(quoted.get("embeds")) for variants in _pictures(part)]
        _entry(gathered, quoted, object_in(quoted, "value"), pictures)
    cursor = text_in(document, "cursor")[:MAX_CURSOR_CHARS]
    return gathered.content("", [_after(job.url, cursor)] if cursor and listed else [])


def _entry(gathered: Gathered, post: dict[str, Any], record: dict[str, Any], pictures: list[Variants]) -> None:
    author = object_in(post, "author")
    handle = text_in(author, "handle")
    if handle == "handle.invalid":  # its domain does not confirm it: the account's number leads there
        handle = text_in(author, "did")
    gathered.entry(
        link=_page_of(text_in(post, "uri"), handle),
        account=handle,
        posted_at=text_in(record, "createdAt") or text_in(post, "indexedAt"),
        pictures=pictures,
        title=text_in(record, "text"),
    )


def _pictures(embed: dict[str, Any]) -> Iterator[Variants]:
    for part in (embed, object_in(embed, "media")):
        for image in objects_in(part.get("images")):
            yield [(ORIGINAL, text_in(image, "fullsize")), (THUMBNAIL, text_in(image, "thumb"))]
        yield [(PLAIN, text_in(part, "thumbnail"))]  # of a video
        yield [(PLAIN, text_in(object_in(part, "external"), "thumb"))]


def _page_of(uri: str, handle: str) -> str:
    """at://did:plc:x/app.bsky.feed.post/3k -> https://bsky.app/profile/name/post/3k"""
    words = uri.split("/")
    return f"{BLUESKY}/profile/{handle or words[2]}/post/{words[4]}" if len(words) == 5 else ""


def _after(url: str, cursor: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "cursor": cursor})))
