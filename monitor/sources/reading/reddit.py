"""Reddit's listings: posts, galleries, what a post passes on, comments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.image_urls import is_image_link
from monitor.crawl.extract.page import unreadable
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.reading.gather import (
    FULL,
    MAX_CURSOR_CHARS,
    PLAIN,
    SAMPLE,
    THUMBNAIL,
    Gathered,
    Variants,
    inner,
    load_answer,
    moment,
    objects,
    text,
)
from monitor.sources.reddit import SITE

MAX_GALLERY = 100
MAX_WITH_COMMENTS = 2000  # of one answer, with comments


def read_listing(job: ParseJob, untrusted: bytes) -> PageContent:
    document = load_answer(job, untrusted)
    lists = objects(document) if isinstance(document, list) else [document]  # of a post: itself, then its comments
    first = lists[0] if lists else None
    listed = inner(first, "data") if isinstance(first, dict) else {}
    if not isinstance(listed.get("children"), list):
        return _no_list(job, first)
    gathered = Gathered(job, base=SITE)
    waiting = [child for one in lists if isinstance(one, dict) for child in objects(inner(one, "data").get("children"))]
    seen = 0
    while waiting and seen < MAX_WITH_COMMENTS:
        child = waiting.pop(0)
        seen += 1
        if child.get("kind") == "t3":
            _gather(gathered, inner(child, "data"))
        elif child.get("kind") == "t1":
            _gather(gathered, inner(child, "data"))
            waiting += objects(inner(inner(inner(child, "data"), "replies"), "data").get("children"))
    parts = urlsplit(job.url)
    after = text(listed, "after")[:MAX_CURSOR_CHARS]
    further = urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "after": after})))
    return gathered.content("", [further] if after and listed["children"] else [], url=f"{SITE}{parts.path}")


def _no_list(job: ParseJob, document: object) -> PageContent:
    answer = document if isinstance(document, dict) else {}
    said = (text(answer, "message") or "no JSON")[:200]
    reason = text(answer, "reason")
    kind = OutcomeKind.UNREADABLE
    if reason == "banned" or answer.get("error") == 404:
        kind = OutcomeKind.GONE
    elif reason or answer.get("error") in (401, 403):  # private, quarantined, gold_only
        kind = OutcomeKind.WALL
    remedy = "Is the name still right? Open the address in a browser."
    return unreadable(job, f"Reddit gives no list of posts ({', '.join(filter(None, (said, reason)))})", remedy, kind)


def _gather(gathered: Gathered, post: dict[str, Any]) -> None:
    """Its pictures, those of what it passes on, and the page elsewhere that it links to."""
    told = [post, *objects(post.get("crosspost_parent_list"))[:5]]
    permalink = text(post, "permalink")
    gathered.entry(
        link=f"{SITE}{permalink}" if permalink.startswith("/") else "",
        account=text(post, "author"),
        posted_at=moment(post, "created_utc"),
        pictures=[variants for one in told for variants in _pictures(one)],
        html=text(post, "selftext_html") or text(post, "body_html"),
        title=text(post, "title"),
    )
    target = text(post, "url_overridden_by_dest")
    host = urlsplit(target).hostname or "" if target.startswith("http") else ""
    if host and not is_image_link(target) and not host.endswith(("reddit.com", "redd.it")):
        gathered.entry(link=target, opens=True)


def _pictures(post: dict[str, Any]) -> Iterator[Variants]:
    target = text(post, "url_overridden_by_dest")
    linked = [(FULL, target)] if is_image_link(target) else []
    previews = objects(inner(post, "preview").get("images"))
    smaller = [variant for image in previews for variant in _sizes(image)]
    if linked or smaller:
        yield [*linked, *smaller] if len(previews) <= 1 else linked
    if len(previews) > 1:
        yield from (list(_sizes(image)) for image in previews)
    media = inner(post, "media_metadata")
    order = [text(item, "media_id") for item in objects(inner(post, "gallery_data").get("items"))]
    for name in [*order, *(name for name in media if name not in order)][:MAX_GALLERY]:
        item = inner(media, name)
        source = inner(item, "s")
        shown = [(THUMBNAIL, text(one, "u")) for one in objects(item.get("p"))[::-1]]
        yield [(FULL, text(source, "u") or text(source, "gif")), *shown]
    if not linked and not smaller and not media and (thumbnail := text(post, "thumbnail")).startswith("http"):
        yield [(PLAIN, thumbnail)]


def _sizes(image: dict[str, Any]) -> Iterator[tuple[float, str]]:
    """The largest first. Blurred ones (`variants`) are left out."""
    yield SAMPLE, text(inner(image, "source"), "url")
    for size in objects(image.get("resolutions"))[::-1]:
        yield THUMBNAIL, text(size, "url")
