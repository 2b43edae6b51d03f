"""Discourse's JSON: a topic with its posts, a list of topics."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.page import unreadable_answer
from monitor.crawl.extract.weights import PLAIN
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.reading.fields import id_in, json_answer, object_in, objects_in, text_in
from monitor.sources.reading.gather import Gathered

_POSTS_PER_PAGE = 20  # Discourse's own


def read_forum(job: ParseJob, untrusted: bytes) -> PageContent:
    document = json_answer(job, untrusted)
    if isinstance(document, dict) and isinstance(object_in(document, "post_stream").get("posts"), list):
        return _topic(job, document)
    if isinstance(document, dict) and isinstance(object_in(document, "topic_list").get("topics"), list):
        return _topics(job, object_in(document, "topic_list"))
    error = text_in(document, "error_type") if isinstance(document, dict) else ""
    if error == "not_found":
        return unreadable_answer(
            job,
            "the forum says that this does not exist, or is not for visitors",
            "Open the address in a browser. If it shows only to members, credentials with a User API key help.",
            OutcomeKind.GONE,
        )
    return unreadable_answer(
        job,
        "the forum gives no list of topics or posts",
        'It may want a log-in: credentials with a User API key of yours, or kind = "page" with a saved log-in.',
        OutcomeKind.WALL if error else OutcomeKind.UNREADABLE,
    )


def _topic(job: ParseJob, topic: dict[str, Any]) -> PageContent:
    own = id_in(topic, "id")
    page = f"/t/{own}"
    gathered = Gathered(job)
    posts = objects_in(object_in(topic, "post_stream")["posts"])
    for post in posts:
        gathered.entry(
            link=text_in(post, "post_url") or f"{page}/{id_in(post, 'post_number')}",
            account=text_in(post, "username"),
            posted_at=text_in(post, "created_at"),
            html=text_in(post, "cooked"),
        )
    parts = urlsplit(job.url)
    query = dict(parse_qsl(parts.query))
    current = int(query["page"]) if query.get("page", "").isdecimal() else 1
    count = topic.get("posts_count")
    more = isinstance(count, int) and len(posts) > 0 and current * _POSTS_PER_PAGE < count
    further = urlunsplit(parts._replace(query=urlencode({**query, "page": str(current + 1)})))
    seen = urlunsplit(parts._replace(path=parts.path.removesuffix(".json"), query=""))
    return gathered.content(text_in(topic, "title"), [further] if more else [], url=seen)


def _topics(job: ParseJob, listed: dict[str, Any]) -> PageContent:
    """Its topics are its further pages."""
    gathered = Gathered(job)
    pages: list[str] = []
    for topic in objects_in(listed["topics"]):
        own = id_in(topic, "id")
        if own:
            gathered.entry(
                link=f"/t/{own}", pictures=[[(PLAIN, text_in(topic, "image_url"))]], title=text_in(topic, "title")
            )
            pages.append(f"/t/{own}.json")
    more = text_in(listed, "more_topics_url")
    path, _, query = more.partition("?")
    if more:
        pages.append(f"{path.removesuffix('.json')}.json?{query}")
    return gathered.content("", pages)
