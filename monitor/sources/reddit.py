"""Kind `reddit`: a subreddit, a user or a search. Without an account by the Atom feeds that Reddit gives out; with the
person's own OAuth client by its JSON, which names every picture of a gallery.
https://github.com/reddit-archive/reddit/wiki/OAuth2 (application only), https://www.reddit.com/dev/api
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor import __version__
from monitor.errors import WatchlistError
from monitor.hosts import own_host
from monitor.model.account import FormPost, TokenExchange
from monitor.model.page import Parser, Purpose
from monitor.model.settings import Secret, Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing, account_hosts, account_of, check_private, check_target
from monitor.sources.feed import ACCEPT

if TYPE_CHECKING:
    from monitor.ports import Source

REDDIT = "https://www.reddit.com"
# Its own, and no watchlist can name another: it need not stand under `host`.
REDDIT_API = "https://oauth.reddit.com"
TOKENS = f"{REDDIT}/api/v1/access_token"
_PER_PAGE = "100"  # the most that the API gives
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_LISTED = frozenset({"comments", "new", "hot", "top", "rising", "controversial", "best"})


def make(watch: Watch, settings: Settings) -> Source:
    """Raises WatchlistError."""
    account = account_of(watch, settings, "client_id", "client_secret", "username")
    if not account:
        return Listing(
            Parser.FEED,
            tuple(feed_of(url) for url in watch.urls),
            accept=ACCEPT,
            purpose=Purpose.PAGE,
            shown=watch.urls,
        )
    check_target(TOKENS, watch, settings)
    check_private(REDDIT_API, settings)
    exchange = _exchange(watch, account)
    return Listing(
        Parser.REDDIT,
        tuple(api_of(url) for url in watch.urls),
        shown=watch.urls,
        headers=exchange.headers[:1],
        exchange=exchange,
        account_hosts=(*account_hosts(watch, settings), own_host(urlsplit(REDDIT_API).netloc)),
        account_remedy="Private and quarantined places show nothing to a client without a member's account: look at "
        "this one yourself.",
        discloses=f"Reddit sees what is looked at by the OAuth client of [credentials.{watch.credentials}], which is "
        "registered to an account, and its user name in every request",
    )


def _exchange(watch: Watch, account: dict[str, Secret]) -> TokenExchange:
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
    return TokenExchange(
        watch.credentials,
        TOKENS,
        FormPost(Secret("grant_type=client_credentials"), "application/x-www-form-urlencoded"),
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
            f"{url} does not name a subreddit, user, post or search of Reddit",
            remedy=f"For example {REDDIT}/r/name/new, {REDDIT}/user/name or {REDDIT}/search?q=words.",
            key="url",
        )
    query = {"raw_json": "1", "limit": _PER_PAGE, **query}
    return f"{REDDIT_API}/{'/'.join(words)}?{urlencode(query)}"
