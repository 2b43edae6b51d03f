"""Kind `bluesky`: an account's posts or a feed, by the AppView that answers without an account; searches and tags by
the server (PDS) of the account in `credentials`, signed in with an app password.
https://docs.bsky.app/docs/api/app-bsky-feed-get-author-feed, .../app-bsky-feed-search-posts and
.../com-atproto-server-create-session
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from monitor.errors import WatchlistError
from monitor.model.account import FormPost, TokenExchange
from monitor.model.page import Fetched, ParseJob, Parser, Request
from monitor.model.settings import Secret, Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing, account_hosts, account_of, is_own_number

if TYPE_CHECKING:
    from monitor.ports import Source

APP_VIEW = "https://public.api.bsky.app/xrpc"
BLUESKY = "https://bsky.app"
SERVER = "bsky.social"  # where most accounts are: signs in, and passes questions on to the AppView
APP_PASSWORDS = f"{BLUESKY}/settings/app-passwords"


@dataclass(frozen=True, slots=True)
class OpenAndSearches:
    """What is open is asked for without the account, though there be one: it would only tell who is looking."""

    openly: Listing
    searches: Listing

    def seeds(self, watch: Watch) -> Sequence[Request]:
        return [*self.openly.seeds(watch), *self.searches.seeds(watch)]

    def job(self, watch: Watch, fetched: Fetched, depth: int) -> ParseJob:
        return self.openly.job(watch, fetched, depth)

    def disclosure(self, watch: Watch) -> str:
        return self.searches.discloses if self.searches.starts else ""


def make(watch: Watch, settings: Settings) -> Source:
    """Raises WatchlistError."""
    words = {url: found for url in watch.urls if (found := searched(url))}
    profiles = tuple(url for url in watch.urls if url not in words)
    openly = Listing(Parser.BLUESKY, tuple(api_of(url) for url in profiles), shown=profiles)
    if not words:
        return openly
    account = account_of(watch, settings, "identifier", "password")
    if not account:
        raise WatchlistError(
            f"{next(iter(words))} is a search, and Bluesky answers those only to accounts",
            remedy="Add [credentials.NAME] with identifier and password_file (an app password, made at "
            f'{APP_PASSWORDS}) to config.toml, and credentials = "NAME" to the watch.',
            key="credentials",
        )
    (host, *others) = account_hosts(watch, settings) or ("",)
    if not host or others:
        raise WatchlistError(
            f"the credentials {watch.credentials!r} name {'several hosts' if others else 'no host'}, and an account of "
            "Bluesky is at one",
            remedy=f'host = "{SERVER}" in [credentials.{watch.credentials}], or where the account lives.',
            key="credentials",
        )
    server = f"http://{host}" if is_own_number(host, settings) else f"https://{host}"
    return OpenAndSearches(openly, _searches(watch, tuple(words.values()), server, account, host))


def _searches(watch: Watch, words: tuple[str, ...], server: str, account: dict[str, Secret], host: str) -> Listing:
    body = json.dumps({"identifier": account["identifier"].value, "password": account["password"].value})
    remedy = (
        f"Make a new app password at {APP_PASSWORDS} (not the account's own password: it would want a code by mail) "
        f"and put it into the password_file of [credentials.{watch.credentials}]; is the identifier right?"
    )
    starts = [
        f"{server}/xrpc/app.bsky.feed.searchPosts?{urlencode({'q': q, 'limit': 100, 'sort': 'latest'})}" for q in words
    ]
    told = ", ".join(repr(q) for q in words)
    return Listing(
        Parser.BLUESKY,
        tuple(starts),
        exchange=TokenExchange(
            watch.credentials,
            f"{server}/xrpc/com.atproto.server.createSession",
            FormPost(Secret(body), "application/json"),
            member="accessJwt",
            expired=("ExpiredToken", "InvalidToken"),
            remedy=remedy,
        ),
        account_hosts=(host,),
        account_remedy=remedy,
        discloses=f"the words {told} are told to {host} and Bluesky's AppView, under the account of "
        f"[credentials.{watch.credentials}]",
    )


def searched(url: str) -> str:
    """The words of a search or tag, as Bluesky's own pages ask for them; '' for other addresses."""
    parts = urlsplit(url)
    words = [unquote(word) for word in parts.path.split("/") if word]
    query = dict(parse_qsl(parts.query))
    if words == ["search"]:
        return query.get("q", "").strip()
    if words[:1] == ["hashtag"] and len(words) == 2:
        return f"#{words[1]} from:{query['author']}" if query.get("author") else f"#{words[1]}"
    return ""


def api_of(url: str) -> str:
    """Raises WatchlistError."""
    parts = urlsplit(url)
    if "/xrpc/" in parts.path:
        return url  # another AppView, written out
    words = [word for word in parts.path.split("/") if word]
    if words[:1] == ["profile"] and len(words) == 2:
        query = urlencode({"actor": words[1], "limit": "100", "filter": "posts_with_media"})
        return f"{APP_VIEW}/app.bsky.feed.getAuthorFeed?{query}"
    if words[:1] == ["profile"] and len(words) == 4 and words[2] == "feed":
        feed = f"at://{words[1]}/app.bsky.feed.generator/{words[3]}"
        return f"{APP_VIEW}/app.bsky.feed.getFeed?{urlencode({'feed': feed, 'limit': '100'})}"
    raise WatchlistError(
        f"{url} is neither an account nor a feed of Bluesky",
        remedy=f"For example {BLUESKY}/profile/name.bsky.social, {BLUESKY}/search?q=words or {BLUESKY}/hashtag/word.",
        key="url",
    )
