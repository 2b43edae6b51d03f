"""XenForo's API: threads with their posts, forums with their threads."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.image_urls import IMAGE_ENDINGS
from monitor.crawl.extract.page import unreadable_answer
from monitor.crawl.extract.weights import ORIGINAL, THUMBNAIL, Variants
from monitor.crawl.urls import absolute, same_site
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.reading.fields import id_in, json_answer, object_in, objects_in, text_in, time_in
from monitor.sources.reading.gather import Gathered


def read_api(job: ParseJob, untrusted: bytes) -> PageContent:
    document = json_answer(job, untrusted)
    if not isinstance(document, dict) or not (
        isinstance(document.get("posts"), list) or isinstance(document.get("threads"), list)
    ):
        errors = objects_in(document.get("errors")) if isinstance(document, dict) else []
        said = text_in(errors[0], "message")[:200] if errors else "no JSON"
        remedy = "Check the key and what it may read; or leave credentials out, then the pages themselves are read."
        return unreadable_answer(job, f"the forum gives no posts ({said})", remedy, OutcomeKind.WALL)
    gathered = Gathered(job)
    for post in objects_in(document.get("posts")):
        gathered.entry(
            link=text_in(post, "view_url"),
            account=text_in(post, "username"),
            posted_at=time_in(post, "post_date"),
            pictures=[_variants(item) for item in objects_in(post.get("Attachments"))],
            html=text_in(post, "message_parsed"),
        )
    root = urlsplit(job.url).path.partition("/api/")[0]
    threads = [*objects_in(document.get("sticky")), *objects_in(document.get("threads"))]
    pages = [f"{root}/api/threads/{own}/?with_posts=1" for thread in threads if (own := id_in(thread, "thread_id"))]
    pages += _further(job.url, object_in(document, "pagination"))
    thread = object_in(document, "thread")
    seen = absolute(job.url, text_in(thread, "view_url"))
    return gathered.content(text_in(thread, "title"), pages, url=seen if same_site(seen, job.url) else "")


def _variants(item: dict[str, Any]) -> Variants:
    """Of a film its still, of other files nothing."""
    name = text_in(item, "filename").lower()
    full = text_in(item, "direct_url") or text_in(item, "view_url")
    return [
        (ORIGINAL, full if not name or name.endswith(IMAGE_ENDINGS) else ""),
        (THUMBNAIL, text_in(item, "thumbnail_url")),
    ]


def _further(url: str, pagination: dict[str, Any]) -> list[str]:
    current, last = pagination.get("current_page"), pagination.get("last_page")
    if not (isinstance(current, int) and isinstance(last, int) and current < last):
        return []
    parts = urlsplit(url)
    return [urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "page": str(current + 1)})))]
