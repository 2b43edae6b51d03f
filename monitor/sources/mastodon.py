"""Kind `mastodon`: an account, a tag or the public timeline, by the API that Mastodon and its relatives (Pleroma,
Akkoma, GoToSocial, Friendica, Pixelfed) share. `read_*` are reader side. https://docs.joinmastodon.org/methods/timelines/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from monitor.crawl.extract.image_urls import is_image_link
from monitor.crawl.extract.page import unreadable
from monitor.errors import WatchlistError
from monitor.model.page import OutcomeKind, PageContent, ParseJob
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing, account_hosts, hosts_of, token_of
from monitor.sources.gather import FULL, PLAIN, THUMBNAIL, Gathered, Variants, inner, load_answer, number, objects, text

if TYPE_CHECKING:
    from monitor.ports import Source

PER_PAGE = 40  # the most that the API gives


def make(watch: Watch, settings: Settings) -> Source:
    """Raises WatchlistError."""
    token = token_of(watch, settings)
    headers = (("Authorization", f"Bearer {token}"),) if token else ()
    name = watch.credentials
    remedy = "Many servers show nothing without an account: add credentials with a token of yours."
    if token:
        remedy = (
            f"The token of [credentials.{name}] may have been withdrawn or may not read: make a new one with the scope "
            "`read` under Preferences, Development, on the server where you have the account."
        )
    return Listing(
        "mastodon",
        tuple(api_of(url) for url in watch.urls),
        headers=headers,
        account_hosts=account_hosts(watch, settings) if token else (),
        account_remedy=remedy,
        shown=watch.urls,
        discloses=f"{hosts_of(watch)} sees what is looked at by the account of [credentials.{name}]" if token else "",
    )


def api_of(url: str) -> str:
    """Raises WatchlistError. An account's number has to be asked for first."""
    parts = urlsplit(url)
    words = [word for word in parts.path.split("/") if word and word != "web"]
    base = f"{parts.scheme}://{parts.netloc}/api/v1"
    if words and words[0].startswith("@"):
        return f"{base}/accounts/lookup?acct={quote(words[0][1:], safe='@')}"
    if len(words) == 2 and words[0] in ("tags", "tag"):
        return f"{base}/timelines/tag/{quote(words[1], safe='')}?limit={PER_PAGE}&only_media=true"
    if not words or words[0] in ("public", "explore", "timelines"):
        local = "&local=true" if words[1:2] == ["local"] else ""
        return f"{base}/timelines/public?limit={PER_PAGE}&only_media=true{local}"
    raise WatchlistError(
        f"{url} names no account, tag or timeline of Mastodon",
        remedy="For example https://mastodon.example/@name, https://mastodon.example/tags/word or .../public.",
        key="url",
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
