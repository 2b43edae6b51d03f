"""Kind `xenforo`: with credentials a thread or a forum by XenForo's REST API, else its pages as they are (their markup
is known). https://xenforo.com/community/pages/api-endpoints/
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from monitor.errors import WatchlistError
from monitor.model.page import Parser
from monitor.model.settings import Settings
from monitor.model.watch import Watch
from monitor.sources.base import Listing, Pages, account_hosts, hosts_of, token_of

if TYPE_CHECKING:
    from monitor.ports import Source


def make(watch: Watch, settings: Settings) -> Source:
    """Raises WatchlistError."""
    token = token_of(watch, settings)
    if not token:
        return Pages()
    starts = tuple(api_of(url) for url in watch.urls)
    name = watch.credentials
    return Listing(
        Parser.XENFORO,
        starts,
        headers=(("XF-Api-Key", token),),
        account_hosts=account_hosts(watch, settings),
        account_remedy=f"The API key of [credentials.{name}] may have been withdrawn or may not read threads: ask the "
        "forum's administrator for one; or leave credentials out, then the pages themselves are read.",
        shown=watch.urls,
        discloses=f"{hosts_of(watch)} sees what is looked at with the API key of [credentials.{name}]",
    )


def api_of(url: str) -> str:
    """.../threads/title.123/ -> .../api/threads/123/?with_posts=1. Raises WatchlistError."""
    parts = urlsplit(url)
    head, _, tail = parts.path.partition("/threads/")
    own = tail.strip("/").split("/")[0].rpartition(".")[2]
    if own.isdigit():
        return urlunsplit(parts._replace(path=f"{head}/api/threads/{own}/", query="with_posts=1", fragment=""))
    head, _, tail = parts.path.partition("/forums/")
    own = tail.strip("/").split("/")[0].rpartition(".")[2]
    if own.isdigit():
        return urlunsplit(parts._replace(path=f"{head}/api/forums/{own}/", query="with_threads=1", fragment=""))
    raise WatchlistError(
        f"{url} names neither a thread nor a forum of XenForo",
        remedy="For example https://forum.example/threads/title.123/ or https://forum.example/forums/name.4/.",
        key="url",
    )
