"""Kind `mastodon`: an account, a tag or the public timeline, by the API that Mastodon and its relatives (Pleroma,
Akkoma, GoToSocial, Friendica, Pixelfed) share. https://docs.joinmastodon.org/methods/timelines/
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from monitor.errors import WatchlistError
from monitor.model.page import Parser
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing, account_hosts, hosts_of, token_of

if TYPE_CHECKING:
    from monitor.ports import Source

STATUSES_ASKED_FOR = 40  # the most that the API gives


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
        Parser.MASTODON,
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
        return f"{base}/timelines/tag/{quote(words[1], safe='')}?limit={STATUSES_ASKED_FOR}&only_media=true"
    if not words or words[0] in ("public", "explore", "timelines"):
        local = "&local=true" if words[1:2] == ["local"] else ""
        return f"{base}/timelines/public?limit={STATUSES_ASKED_FOR}&only_media=true{local}"
    raise WatchlistError(
        f"{url} does not name an account, tag or timeline of Mastodon",
        remedy="For example https://mastodon.example/@name, https://mastodon.example/tags/word or .../public.",
        key="url",
    )
