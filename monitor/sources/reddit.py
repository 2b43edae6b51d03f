"""Kind `reddit`: a subreddit, a user or a search. Without an account by the Atom feeds that Reddit gives out; with the
person's own OAuth client by its JSON, which names every picture of a gallery. `read_listing` is reader side.
https://github.com/reddit-archive/reddit/wiki/OAuth2 (application only), https://www.reddit.com/dev/api
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor import __version__
from monitor.crawl.extract.image_urls import is_image_link
from monitor.crawl.extract.page import unreadable
from monitor.errors import WatchlistError
from monitor.hosts import own_host
from monitor.model.account import Post, SignIn
from monitor.model.page import OutcomeKind, PageContent, ParseJob, Purpose
from monitor.model.settings import Secret, Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing, account_hosts, account_of, check_private, check_target
from monitor.sources.feed import ACCEPT
from monitor.sources.gather import (
    FULL,
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

if TYPE_CHECKING:
    from monitor.ports import Source

SITE = "https://www.reddit.com"
API = "https://oauth.reddit.com"  # Reddit's own, and no watchlist can name another: it need not stand under `host`
TOKENS = f"{SITE}/api/v1/access_token"
PER_PAGE = "100"  # the most that the API gives
MAX_GALLERY = 100
MAX_POSTS = 2000  # of one answer, with comments
MAX_CURSOR_CHARS = 60
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_LISTED = frozenset({"comments", "new", "hot", "top", "rising", "controversial", "best"})


def make(watch: Watch, settings: Settings) -> Source:
    """Raises WatchlistError."""
    account = account_of(watch, settings, "client_id", "client_secret", "username")
    if not account:
        return Listing(
            "feed", tuple(feed_of(url) for url in watch.urls), accept=ACCEPT, purpose=Purpose.PAGE, shown=watch.urls
        )
    check_target(TOKENS, watch, settings)
    check_private(API, settings)
    sign_in = _sign_in(watch, account)
    return Listing(
        "reddit",
        tuple(api_of(url) for url in watch.urls),
        shown=watch.urls,
        headers=sign_in.headers[:1],
        sign_in=sign_in,
        account_hosts=(*account_hosts(watch, settings), own_host(urlsplit(API).netloc)),
        account_remedy="Private and quarantined places show nothing to a client without a member's account: look at "
        "this one yourself.",
        discloses=f"Reddit sees what is looked at by the OAuth client of [credentials.{watch.credentials}], which is "
        "registered to an account, and its user name in every request",
    )


def _sign_in(watch: Watch, account: dict[str, Secret]) -> SignIn:
    """Raises WatchlistError. Reddit wants `platform:app:version (by /u/name)` as the client's User-Agent and forbids a
    browser's; the client's own id stands for the app, so that this program's name is not told."""
    client, username = account["client_id"].value.strip(), account["username"].value.strip().removeprefix("u/")
    for key, value in (("client_id", client), ("username", username)):
        if not _NAME.fullmatch(value):
            raise WatchlistError(
                f"{key} of the credentials {watch.credentials!r} is none that Reddit gives",
                remedy="Copy it from https://www.reddit.com/prefs/apps: letters, digits, - and _ only.",
                key="credentials",
            )
    basic = b64encode(f"{client}:{account['client_secret'].value.strip()}".encode()).decode()
    return SignIn(
        watch.credentials,
        TOKENS,
        Post(Secret("grant_type=client_credentials"), "application/x-www-form-urlencoded"),
        headers=(
            ("User-Agent", f"linux:{client}:v{__version__} (by /u/{username})"),
            ("Authorization", f"Basic {basic}"),
        ),
        remedy='Compare client_id and client_secret with https://www.reddit.com/prefs/apps (an app of type "script" or '
        f'"web app"), and correct [credentials.{watch.credentials}].',
    )


def feed_of(url: str) -> str:
    """https://www.reddit.com/r/name/new -> https://www.reddit.com/r/name/new/.rss?limit=100"""
    parts = urlsplit(url)
    path = parts.path if parts.path.endswith(".rss") else f"{parts.path.rstrip('/')}/.rss"
    query = {"limit": "100", **dict(parse_qsl(parts.query))}
    return urlunsplit(parts._replace(path=path, query=urlencode(query), fragment=""))


def api_of(url: str) -> str:
    """https://www.reddit.com/r/name -> https://oauth.reddit.com/r/name/new?raw_json=1&limit=100. Raises
    WatchlistError."""
    parts = urlsplit(url)
    words = [word for word in parts.path.removesuffix(".rss").removesuffix(".json").split("/") if word]
    query = dict(parse_qsl(parts.query))
    if words[:1] in (["u"], ["user"]) and len(words) >= 2:
        words = ["user", words[1], *(words[2:] or ["submitted"])]
        query.setdefault("sort", "new")
    elif words[:1] == ["r"] and len(words) == 2:
        words.append("new")
    elif words[-1:] == ["search"] and query.get("q"):
        query = {"sort": "new", "include_over_18": "on", "type": "link", **query}
    elif words[:1] != ["comments"] and not (words[:1] == ["r"] and _LISTED.issuperset(words[2:3] or [""])):
        raise WatchlistError(
            f"{url} names no subreddit, user, post or search of Reddit",
            remedy=f"For example {SITE}/r/name/new, {SITE}/user/name or {SITE}/search?q=words.",
            key="url",
        )
    query = {"raw_json": "1", "limit": PER_PAGE, **query}
    return f"{API}/{'/'.join(words)}?{urlencode(query)}"


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
    while waiting and seen < MAX_POSTS:
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
