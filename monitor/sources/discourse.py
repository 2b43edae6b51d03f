"""Kind `discourse`: a topic, a category or a list, by the JSON that Discourse gives beside every page.
https://docs.discourse.org/"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from monitor.model.page import Parser
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing, account_hosts, hosts_of, token_of

if TYPE_CHECKING:
    from monitor.ports import Source


def make(watch: Watch, settings: Settings) -> Source:
    """Raises WatchlistError."""
    token = token_of(watch, settings)
    headers = (("User-Api-Key", token),) if token else ()
    name = watch.credentials
    remedy = 'It wants a log-in: credentials with a User API key of yours, or kind = "page" with a saved log-in.'
    if token:
        remedy = (
            f"The User API key of [credentials.{name}] may have been withdrawn (your profile there, Security or Apps, "
            "lists them), or its account may not see this place: make a new one."
        )
    return Listing(
        Parser.DISCOURSE,
        tuple(json_of(url) for url in watch.urls),
        headers=headers,
        account_hosts=account_hosts(watch, settings) if token else (),
        account_remedy=remedy,
        shown=watch.urls,
        discloses=f"{hosts_of(watch)} sees what is looked at by the account of [credentials.{name}]" if token else "",
    )


def json_of(url: str) -> str:
    """A site's front page stands for its latest topics."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/") or "/latest"
    words = path.split("/")
    if len(words) >= 4 and words[-3] == "t" and not words[-2].isdigit() and words[-1].isdigit():
        path = "/".join([*words[:-2], words[-1]])  # /t/slug/123 -> /t/123: the slug may change
    return urlunsplit(parts._replace(path=path if path.endswith(".json") else f"{path}.json", fragment=""))
