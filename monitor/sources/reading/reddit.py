"""Reddit's listings: posts, galleries, what a post passes on, comments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.image_urls import is_image_link
from monitor.crawl.extract.page import unreadable_answer
from monitor.crawl.extract.weights import ORIGINAL, PLAIN, SAMPLE, THUMBNAIL, Variants
from monitor.hosts import host_of
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.reading.fields import json_answer, object_in, objects_in, text_in, time_in
from monitor.sources.reading.gather import MAX_CURSOR_CHARS, Gathered, pictures_anywhere
from monitor.sources.reddit import REDDIT

_MEDIA = ("Image", "AnimatedImage", "RedditVideo", "Video")  # media_metadata[...].e
MAX_GALLERY = 100
MAX_WITH_COMMENTS = 2000  # of one answer, with comments


def read_listing(job: ParseJob, untrusted: bytes) -> PageContent:
    document = json_answer(job, untrusted)
    lists = objects_in(document) if isinstance(document, list) else [document]  # of a post: itself, then its comments
    first = lists[0] if lists else None
    listed = object_in(first, "data") if isinstance(first, dict) else {}
    if not isinstance(listed.get("children"), list):
        return _no_list(job, first)
    gathered = Gathered(job, base=REDDIT)
    waiting = [
        child for one in lists if isinstance(one, dict) for child in objects_in(object_in(one, "data").get("children"))
    ]
    seen = 0
    while waiting and seen < MAX_WITH_COMMENTS:
        child = waiting.pop(0)
        seen += 1
        if child.get("kind") == "t3":
            _gather(gathered, object_in(child, "data"))
        elif child.get("kind") == "t1":
            _gather(gathered, object_in(child, "data"))
            waiting += objects_in(object_in(object_in(object_in(child, "data"), "replies"), "data").get("children"))
    parts = urlsplit(job.url)
    after = text_in(listed, "after")[:MAX_CURSOR_CHARS]
    further = urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "after": after})))
    return gathered.content("", [further] if after and listed["children"] else [], url=f"{REDDIT}{parts.path}")


def _no_list(job: ParseJob, document: object) -> PageContent:
    answer = document if isinstance(document, dict) else {}
    said = (text_in(answer, "message") or "no JSON")[:200]
    reason = text_in(answer, "reason")
    kind = OutcomeKind.UNREADABLE
    if reason == "banned" or answer.get("error") == 404:
        kind = OutcomeKind.GONE
    elif reason or answer.get("error") in (401, 403):  # private, quarantined, gold_only
        kind = OutcomeKind.WALL
    remedy = "Is the name still right? Open the address in a browser."
    return unreadable_answer(
        job, f"Reddit gives no list of posts ({', '.join(filter(None, (said, reason)))})", remedy, kind
    )


def _gather(gathered: Gathered, post: dict[str, Any]) -> None:
    """Its pictures, those of what it passes on, and the page elsewhere that it links to."""
    told = [post, *objects_in(post.get("crosspost_parent_list"))[:5]]
    permalink = text_in(post, "permalink")
    gathered.entry(
        link=f"{REDDIT}{permalink}" if permalink.startswith("/") else "",
        account=text_in(post, "author"),
        posted_at=time_in(post, "created_utc"),
        pictures=[variants for one in told for variants in _pictures(gathered, one)],
        html=text_in(post, "selftext_html") or text_in(post, "body_html"),
        title=text_in(post, "title"),
    )
    target = text_in(post, "url_overridden_by_dest")
    host = host_of(target) if target.startswith("http") else ""
    if host and not is_image_link(target) and not host.endswith(("reddit.com", "redd.it")):
        gathered.entry(link=target, opens=True)


def _pictures(gathered: Gathered, post: dict[str, Any]) -> Iterator[Variants]:
    target = text_in(post, "url_overridden_by_dest")
    linked = [(ORIGINAL, target)] if is_image_link(target) else []
    previews = objects_in(object_in(post, "preview").get("images"))
    smaller = [variant for image in previews for variant in _sizes(image)]
    if linked or smaller:
        yield [*linked, *smaller] if len(previews) <= 1 else linked
    if len(previews) > 1:
        yield from (list(_sizes(image)) for image in previews)
    media = object_in(post, "media_metadata")
    yield from _gallery(gathered, post, media)
    if not linked and not smaller and not media and (thumbnail := text_in(post, "thumbnail")).startswith("http"):
        yield [(PLAIN, thumbnail)]


def _gallery(gathered: Gathered, post: dict[str, Any], media: dict[str, Any]) -> Iterator[Variants]:
    """In its own order, then what it does not name."""
    order = [text_in(item, "media_id") for item in objects_in(object_in(post, "gallery_data").get("items"))]
    for name in [*order, *(name for name in media if name not in order)][:MAX_GALLERY]:
        item = object_in(media, name)
        source = object_in(item, "s")
        shown = [(THUMBNAIL, text_in(one, "u")) for one in objects_in(item.get("p"))[::-1]]
        kind = text_in(item, "e")
        if kind and kind not in _MEDIA:
            gathered.note_unknown(f"media {kind}")
            yield from pictures_anywhere(item)
        yield [(ORIGINAL, text_in(source, "u") or text_in(source, "gif")), *shown]


def _sizes(image: dict[str, Any]) -> Iterator[tuple[float, str]]:
    """The largest first. Blurred ones (`variants`) are left out."""
    yield SAMPLE, text_in(object_in(image, "source"), "url")
    for size in objects_in(image.get("resolutions"))[::-1]:
        yield THUMBNAIL, text_in(size, "url")
