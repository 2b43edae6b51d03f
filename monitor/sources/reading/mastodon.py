"""Timelines and accounts, in the JSON of Mastodon and its relatives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.image_urls import is_image_link
from monitor.crawl.extract.page import unreadable_answer
from monitor.crawl.extract.weights import ANY_PAGE, ORIGINAL, PLAIN, THUMBNAIL, Variants
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.sources.mastodon import STATUSES_ASKED_FOR
from monitor.sources.reading.fields import id_in, json_answer, object_in, objects_in, text_in
from monitor.sources.reading.gather import Gathered, pictures_anywhere

_KNOWN = ("image", "gifv", "video", "audio", "unknown")  # MediaAttachment.type


def read_statuses(job: ParseJob, untrusted: bytes) -> PageContent:
    document = json_answer(job, untrusted)
    parts = urlsplit(job.url)
    if isinstance(document, dict):
        own = id_in(document, "id")
        if parts.path.endswith("/accounts/lookup") and own:
            base = f"{parts.scheme}://{parts.netloc}/api/v1/accounts/{own}/statuses"
            own_pictures = [text_in(document, name) for name in ("avatar", "header")]
            pictures: list[Variants] = [[(ORIGINAL, url)] for url in own_pictures if not url.endswith("/missing.png")]
            gathered = Gathered(job)
            gathered.entry(link=text_in(document, "url"), account=text_in(document, "acct"), pictures=pictures)
            return gathered.content(text_in(document, "acct"), [f"{base}?limit={STATUSES_ASKED_FOR}&only_media=true"])
        if error := text_in(document, "error"):
            return unreadable_answer(
                job,
                f"the server answers with an error: {error[:200]}",
                "Many servers show nothing without an account: add credentials with a token of yours.",
                OutcomeKind.WALL,
            )
    if not isinstance(document, list):
        return unreadable_answer(job, "the answer is not a timeline", "Is there a Mastodon at this address?")
    statuses = objects_in(document)
    gathered = Gathered(job)
    gathered.names(len(document))
    for status in statuses:
        shown = object_in(status, "reblog") or status
        quote = object_in(shown, "quote")
        for one in (shown, object_in(quote, "quoted_status") or quote):  # Mastodon; Pleroma
            if not one:
                continue
            gathered.entry(
                link=text_in(one, "url") or text_in(one, "uri"),
                account=text_in(object_in(one, "account"), "acct"),
                posted_at=text_in(one, "created_at"),
                pictures=list(_pictures(gathered, one)),
                html=text_in(one, "content"),
            )
    oldest = id_in(statuses[-1], "id") if statuses else ""
    return gathered.content("", [_before(job.url, oldest)] if oldest else [])


def _pictures(gathered: Gathered, status: dict[str, Any]) -> Iterator[Variants]:
    for item in objects_in(status.get("media_attachments")):
        kind = text_in(item, "type")
        if kind in _KNOWN:
            yield _variants(item)
        else:
            gathered.note_unknown(f"attachment {kind}")
            yield from pictures_anywhere(item)
    yield [(PLAIN, text_in(object_in(status, "card"), "image"))]


def _variants(item: dict[str, Any]) -> Variants:
    """A moving picture gives its still. What the server did not copy is `unknown`, and stands elsewhere, mostly under
    an address that does not look a picture."""
    kind, remote = text_in(item, "type"), text_in(item, "remote_url")
    full = text_in(item, "url") if kind == "image" or is_image_link(text_in(item, "url")) else ""
    return [
        (ORIGINAL, full),
        (PLAIN, remote if kind in ("image", "unknown") else ""),
        (THUMBNAIL, text_in(item, "preview_url")),
        (ANY_PAGE, text_in(item, "preview_remote_url")),
    ]


def _before(url: str, oldest: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "max_id": oldest})))
