"""What the AppView and a server of Bluesky answer: posts of an account, a feed or a search, and what they quote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.image_urls import is_image_link
from monitor.crawl.extract.page import unreadable_answer
from monitor.crawl.extract.weights import ORIGINAL, PLAIN, THUMBNAIL, Variants
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.bluesky import BLUESKY
from monitor.sources.reading.fields import json_answer, object_in, objects_in, text_in
from monitor.sources.reading.gather import MAX_CURSOR_CHARS, Gathered, pictures_anywhere

_EMBED = "app.bsky.embed."
# lexicons/app/bsky/embed/*.json; what else comes is looked through for pictures, and told.
_KNOWN = ("images", "gallery", "external", "video", "record", "recordWithMedia")
_QUOTED = (
    *("viewRecord", "viewNotFound", "viewBlocked", "viewDetached"),
    *("generatorView", "listView", "labelerView", "starterPackViewBasic", "starterPackView"),
)
MAX_QUOTES = 4  # in one another


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
        _post(gathered, post, object_in(post, "record"), [object_in(post, "embed")])
    cursor = text_in(document, "cursor")[:MAX_CURSOR_CHARS]
    return gathered.content("", [_after(job.url, cursor)] if cursor and listed else [])


def _post(
    gathered: Gathered, post: dict[str, Any], record: dict[str, Any], embeds: list[dict[str, Any]], depth: int = 0
) -> None:
    """It, and what it quotes."""
    author = object_in(post, "author")
    handle = text_in(author, "handle")
    if handle == "handle.invalid":  # its domain does not confirm it: the account's number leads there
        handle = text_in(author, "did")
    links = [*_linked_in(record), *(text_in(object_in(part, "external"), "uri") for part in _parts(embeds))]
    gathered.entry(
        link=_page_of(text_in(post, "uri"), handle),
        account=handle,
        posted_at=text_in(record, "createdAt") or text_in(post, "indexedAt"),
        pictures=[
            *(variants for part in _parts(embeds) for variants in _pictures(gathered, part)),
            *([(ORIGINAL, link)] for link in dict.fromkeys(links) if is_image_link(link)),
        ],
        title=text_in(record, "text"),
    )
    for link in dict.fromkeys(links):
        if link.startswith(("http://", "https://")) and not is_image_link(link):
            gathered.entry(link=link, opens=True)
    for part in embeds if depth < MAX_QUOTES else ():
        holder = object_in(part, "record")
        quoted = object_in(holder, "record") or holder  # deeper where the post has pictures of its own
        kind = text_in(quoted, "$type")
        if kind and kind.rpartition("#")[2] not in _QUOTED:
            gathered.note_unknown(kind)
            gathered.entry(link="", pictures=pictures_anywhere(quoted))
        elif quoted:
            _post(gathered, quoted, object_in(quoted, "value"), objects_in(quoted.get("embeds")), depth + 1)


def _parts(embeds: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What is shown of each: pictures beside a quotation stand under `media`."""
    for embed in embeds:
        yield embed
        if media := object_in(embed, "media"):
            yield media


def _pictures(gathered: Gathered, part: dict[str, Any]) -> Iterator[Variants]:
    kind = text_in(part, "$type").partition("#")[0]
    if kind and kind.removeprefix(_EMBED) not in _KNOWN:
        gathered.note_unknown(kind)
        yield from pictures_anywhere(part)
        return
    for image in objects_in(part.get("images")):
        yield _sizes(image)
    for item in (*objects_in(part.get("items")), *_listed_media(part)):
        kind = text_in(item, "$type")
        if not kind or kind.endswith(("#viewImage", "#image")):
            yield _sizes(item)
        else:  # galleries are made to hold other things one day
            gathered.note_unknown(kind)
            yield from pictures_anywhere(item)
    yield [(PLAIN, text_in(part, "thumbnail"))]  # of a video
    yield [(PLAIN, text_in(object_in(part, "external"), "thumb"))]


def _listed_media(part: dict[str, Any]) -> list[dict[str, Any]]:
    return objects_in(part.get("media"))  # {} beside a quotation, a list in drafts of the gallery


def _sizes(image: dict[str, Any]) -> Variants:
    """`thumb` of an image, `thumbnail` of one in a gallery."""
    return [
        (ORIGINAL, text_in(image, "fullsize")),
        (THUMBNAIL, text_in(image, "thumb") or text_in(image, "thumbnail")),
    ]


def _linked_in(record: dict[str, Any]) -> Iterator[str]:
    """Links in the text (facets)."""
    for facet in objects_in(record.get("facets"))[:100]:
        for feature in objects_in(facet.get("features"))[:10]:
            yield text_in(feature, "uri")


def _page_of(uri: str, handle: str) -> str:
    """at://did:plc:x/app.bsky.feed.post/3k -> https://bsky.app/profile/name/post/3k"""
    words = uri.split("/")
    return f"{BLUESKY}/profile/{handle or words[2]}/post/{words[4]}" if len(words) == 5 else ""


def _after(url: str, cursor: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "cursor": cursor})))
