"""XenForo's API: threads with their posts, forums with their threads."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.image_urls import IMAGE_ENDINGS
from monitor.crawl.extract.page import unreadable
from monitor.crawl.urls import absolute, same_site
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.reading.gather import (
    FULL,
    THUMBNAIL,
    Gathered,
    Variants,
    inner,
    load_answer,
    moment,
    number,
    objects,
    text,
)


def read_api(job: ParseJob, untrusted: bytes) -> PageContent:
    document = load_answer(job, untrusted)
    if not isinstance(document, dict) or not (
        isinstance(document.get("posts"), list) or isinstance(document.get("threads"), list)
    ):
        errors = objects(document.get("errors")) if isinstance(document, dict) else []
        said = text(errors[0], "message")[:200] if errors else "no JSON"
        remedy = "Check the key and what it may read; or leave credentials out, then the pages themselves are read."
        return unreadable(job, f"the forum gives no posts ({said})", remedy, OutcomeKind.WALL)
    gathered = Gathered(job)
    for post in objects(document.get("posts")):
        gathered.entry(
            link=text(post, "view_url"),
            account=text(post, "username"),
            posted_at=moment(post, "post_date"),
            pictures=[_variants(item) for item in objects(post.get("Attachments"))],
            html=text(post, "message_parsed"),
        )
    root = urlsplit(job.url).path.partition("/api/")[0]
    threads = [*objects(document.get("sticky")), *objects(document.get("threads"))]
    pages = [f"{root}/api/threads/{own}/?with_posts=1" for thread in threads if (own := number(thread, "thread_id"))]
    pages += _further(job.url, inner(document, "pagination"))
    thread = inner(document, "thread")
    seen = absolute(job.url, text(thread, "view_url"))
    return gathered.content(text(thread, "title"), pages, url=seen if same_site(seen, job.url) else "")


def _variants(item: dict[str, Any]) -> Variants:
    """Of a film its still, of other files nothing."""
    name = text(item, "filename").lower()
    full = text(item, "direct_url") or text(item, "view_url")
    return [(FULL, full if not name or name.endswith(IMAGE_ENDINGS) else ""), (THUMBNAIL, text(item, "thumbnail_url"))]


def _further(url: str, pagination: dict[str, Any]) -> list[str]:
    current, last = pagination.get("current_page"), pagination.get("last_page")
    if not (isinstance(current, int) and isinstance(last, int) and current < last):
        return []
    parts = urlsplit(url)
    return [urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "page": str(current + 1)})))]
