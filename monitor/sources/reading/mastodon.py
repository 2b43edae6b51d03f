"""Timelines and accounts, in the JSON of Mastodon and its relatives."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.image_urls import is_image_link
from monitor.crawl.extract.page import unreadable
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.mastodon import PER_PAGE
from monitor.sources.reading.gather import (
    FULL,
    PLAIN,
    THUMBNAIL,
    Gathered,
    Variants,
    inner,
    load_answer,
    number,
    objects,
    text,
)


def read_statuses(job: ParseJob, untrusted: bytes) -> PageContent:
    document = load_answer(job, untrusted)
    parts = urlsplit(job.url)
    if isinstance(document, dict):
        own = number(document, "id")
        if parts.path.endswith("/accounts/lookup") and own:
            base = f"{parts.scheme}://{parts.netloc}/api/v1/accounts/{own}/statuses"
            own_pictures = [text(document, name) for name in ("avatar", "header")]
            pictures: list[Variants] = [[(FULL, url)] for url in own_pictures if not url.endswith("/missing.png")]
            gathered = Gathered(job)
            gathered.entry(link=text(document, "url"), account=text(document, "acct"), pictures=pictures)
            return gathered.content(text(document, "acct"), [f"{base}?limit={PER_PAGE}&only_media=true"])
        if error := text(document, "error"):
            return unreadable(
                job,
                f"the server answers with an error: {error[:200]}",
                "Many servers show nothing without an account: add credentials with a token of yours.",
                OutcomeKind.WALL,
            )
    if not isinstance(document, list):
        return unreadable(job, "the answer is no timeline", "Is there a Mastodon at this address?")
    statuses = objects(document)
    gathered = Gathered(job)
    for status in statuses:
        shown = inner(status, "reblog") or status
        quote = inner(shown, "quote")
        for one in (shown, inner(quote, "quoted_status") or quote):  # Mastodon; Pleroma
            if not one:
                continue
            gathered.entry(
                link=text(one, "url") or text(one, "uri"),
                account=text(inner(one, "account"), "acct"),
                posted_at=text(one, "created_at"),
                pictures=[*(_variants(item) for item in objects(one.get("media_attachments"))), _card(one)],
                html=text(one, "content"),
            )
    oldest = number(statuses[-1], "id") if statuses else ""
    return gathered.content("", [_before(job.url, oldest)] if oldest else [])


def _variants(item: dict[str, Any]) -> Variants:
    """A moving picture gives its still. What the server did not copy is `unknown`, and stands elsewhere."""
    full = text(item, "url") if text(item, "type") == "image" else ""
    remote = text(item, "remote_url") if text(item, "type") in ("image", "unknown") else ""
    if text(item, "type") == "unknown" and not is_image_link(remote):
        remote = ""
    return [(FULL, full), (PLAIN, remote), (THUMBNAIL, text(item, "preview_url"))]


def _card(status: dict[str, Any]) -> Variants:
    return [(PLAIN, text(inner(status, "card"), "image"))]


def _before(url: str, oldest: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "max_id": oldest})))
