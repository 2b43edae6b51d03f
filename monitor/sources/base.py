"""What kinds of watch have in common."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from monitor.errors import WatchlistError
from monitor.hosts import goes_to
from monitor.model.account import TokenExchange
from monitor.model.page import Fetched, ParseJob, Parser, Purpose, Request
from monitor.model.settings import Secret, Settings
from monitor.model.watch import Watch

ACCEPT_JSON = "application/json"
_PICTURES = tuple(
    f"image/{name}" for name in "jpeg png gif webp avif apng pjpeg heic heif heic-sequence tiff bmp x-ms-bmp".split()
)


def html_job(watch: Watch, fetched: Fetched, depth: int, *, follow_next: bool = True) -> ParseJob:
    """An ordinary page, or the picture itself where the address led to one."""
    content_type = fetched.header("content-type")
    is_picture = content_type.partition(";")[0].strip().lower() in _PICTURES
    return ParseJob(
        parser=Parser.IMAGE if is_picture else Parser.HTML,
        url=fetched.url,
        content_type=content_type,
        select_images=watch.images.select,
        select_links=watch.follow.links,
        same_site=watch.follow.same_site,
        follow_next=follow_next,
        offer_links=watch.follow.chooses_at(depth),
        is_rendered=fetched.request.browser,
    )


_NO_SECRETS = frozenset({"identifier", "client_id", "username"})  # may stand in config.toml itself


def account_of(watch: Watch, settings: Settings, *needed: str) -> dict[str, Secret]:
    """What the watch's credentials hold, {} when it has none. Raises WatchlistError when one of `needed` is missing."""
    if not watch.credentials:
        return {}
    values = next((dict(c.values) for c in settings.credentials if c.name == watch.credentials), {})
    for key in needed:
        if not values.get(key):
            written = key if key in _NO_SECRETS else f"{key}_file"
            raise WatchlistError(
                f"the credentials {watch.credentials!r} have no {key}",
                remedy=f'Add {written} = "..." to [credentials.{watch.credentials}] in config.toml.',
                key="credentials",
            )
    return values


def token_of(watch: Watch, settings: Settings, *urls: str) -> str:
    """The token of the watch's credentials, '' when it has none. urls: where it is going to be sent. Raises
    WatchlistError."""
    values = account_of(watch, settings, "token")
    if not values:
        return ""
    for url in urls or watch.urls:
        check_target(url, watch, settings)
    return values["token"].value


def account_hosts(watch: Watch, settings: Settings) -> tuple[str, ...]:
    """Where the watch's account data may go."""
    return next((one.hosts for one in settings.credentials if one.name == watch.credentials), ())


def check_target(url: str, watch: Watch, settings: Settings) -> None:
    """A watchlist may be somebody else's: what it names gets account data only where config.toml says that they belong,
    and only unseen by others on the way. Raises WatchlistError."""
    check_private(url, settings)
    hosts = account_hosts(watch, settings)
    if not goes_to(url, hosts):
        asked = urlsplit(url).netloc
        raise WatchlistError(
            f"the credentials {watch.credentials!r} are for {' and '.join(hosts) or 'no host'} alone, and this watch "
            f"would give them to {asked}",
            remedy=f"Take credentials out of this watch. Only if the account itself is at {asked}: "
            f'host = "{asked}" in [credentials.{watch.credentials}] of config.toml.',
            key="credentials",
        )


def hosts_of(watch: Watch) -> str:
    return ", ".join(dict.fromkeys(urlsplit(url).hostname or "" for url in watch.urls))


def check_private(url: str, settings: Settings) -> None:
    """Account data go over https, or to a server of one's own in a network that is allowed by number. Raises
    WatchlistError."""
    if urlsplit(url).scheme == "https" or is_own_number(urlsplit(url).netloc, settings):
        return
    raise WatchlistError(
        f"{url.partition('?')[0]} is asked without encryption, and everybody on the way would learn the credentials",
        remedy="Write https:// in the address, or take the credentials out.",
        key="url",
    )


def is_own_number(host: str, settings: Settings) -> bool:
    """host: with or without its port. A number inside a network that the owner allowed: a server of one's own."""
    with suppress(ValueError):
        address = ip_address(urlsplit(f"//{host}").hostname or "")
        networks = [ip_network(network, strict=False) for network in settings.network.allow_networks]
        return any(address in network for network in networks if network.version == address.version)
    return False


@dataclass(frozen=True, slots=True)
class Pages:
    """Ordinary pages from given addresses on: kinds `page` (one address, its next pages) and `urls` (many)."""

    follow_next: bool = True

    def seeds(self, watch: Watch) -> Sequence[Request]:
        return [Request(url) for url in watch.urls]

    def job(self, watch: Watch, fetched: Fetched, depth: int) -> ParseJob:
        return html_job(watch, fetched, depth, follow_next=self.follow_next)

    def disclosure(self, watch: Watch) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Listing:
    """An answer in a format of its own (`parser`) that lists posts; what it leads to are ordinary pages.

    starts: what is asked for first; further answers of the same format come as its next pages, so that they are asked
    for in the same way. headers: a source's own, a token for instance. account_remedy: what to do when the place does
    not let its account in. discloses: what the account tells whom, for `watch check`. shown: the pages that people
    see, one for each of `starts`; () = those themselves."""

    parser: Parser
    starts: tuple[str, ...]
    accept: str = ACCEPT_JSON
    purpose: Purpose = Purpose.API
    headers: tuple[tuple[str, str], ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    exchange: TokenExchange | None = None
    account_hosts: tuple[str, ...] = ()
    account_remedy: str = ""
    discloses: str = ""
    shown: tuple[str, ...] = ()

    def seeds(self, watch: Watch) -> Sequence[Request]:
        return [
            Request(
                url,
                self.purpose,
                accept=self.accept,
                headers=self.headers,
                exchange=self.exchange,
                account_hosts=self.account_hosts,
                account_remedy=self.account_remedy,
                shown=shown,
            )
            for url, shown in zip(self.starts, self.shown or self.starts, strict=True)
        ]

    def disclosure(self, watch: Watch) -> str:
        return self.discloses

    def job(self, watch: Watch, fetched: Fetched, depth: int) -> ParseJob:
        if depth > 0:
            return html_job(watch, fetched, depth)
        return ParseJob(
            parser=self.parser,
            url=fetched.url,
            content_type=fetched.header("content-type"),
            same_site=watch.follow.same_site,
            rules=self.rules,
        )
