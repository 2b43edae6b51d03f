"""What can be told of an address before anything is asked: whether the guard will let anybody go there at all."""

from __future__ import annotations

from monitor.crawl.url_standard import web_url
from monitor.errors import WatchlistError
from monitor.hosts import host_of
from monitor.model.settings import NetworkSettings
from monitor.outbound.guard import ONION, AddressRules, NoHostName, Refusal, as_number
from monitor.outbound.inside_names import leads_inside
from monitor.plain import plain, without_userinfo

TOR = (
    'Install Tor, then set [network] proxy = "socks5h://127.0.0.1:9050" in config.toml: all visits '
    "go through it then, and are slower."
)
SHOWN_OF_ADDRESS = 200  # characters of an address
COPY_IT = "Open the place in a browser, and copy what its address bar shows."


def why_not_reached(url: str, network: NetworkSettings) -> WatchlistError | None:
    """None where it may be asked, as far as that can be told without looking a name up."""
    rules, parsed, shown = AddressRules.of(network), web_url(url), plain(without_userinfo(url), SHOWN_OF_ADDRESS)
    rules.allow_ports_of([url])
    if parsed is None:
        return WatchlistError(f"{shown} is not an address that can be asked", remedy=COPY_IT, key="url")
    if parsed.host.endswith(ONION) and not network.proxy:
        return WatchlistError(f"{shown} is reached through Tor alone, and no proxy is set", remedy=TOR, key="url")
    try:
        rules.check_target(parsed.scheme, parsed.host, parsed.port, by_proxy=bool(network.proxy))
    except NoHostName as refusal:
        return WatchlistError(f"{shown} is not visited: {refusal}", remedy=COPY_IT, key="url")
    except Refusal as refusal:
        return WatchlistError(f"{shown} is not visited: {refusal}", remedy=_permission(parsed.host), key="url")
    name = host_of(url)
    if as_number(name) is None and leads_inside(name) and not network.allow_networks:
        said = f"{shown} is not visited: {name} is a name inside this computer's own network"
        return WatchlistError(said, remedy=_permission(name), key="url")
    return None


def _permission(host: str) -> str:
    number = as_number(host)
    shown = f'"{number}/{128 if ":" in number else 32}"' if number else '"192.168.1.5/32" (its number)'
    return (
        "Addresses inside this computer or its network are visited only with your permission. If it is a server of "
        f"your own: [network] allow_networks = [{shown}] in config.toml."
    )
