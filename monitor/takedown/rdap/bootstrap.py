"""Which registry is asked: IANA's bootstrap files (RFC 9224), shipped as dated copies in `bootstrap/` and renewed by
the daemon each month. Nothing here asks anybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from monitor.model.registry import RdapServers

BOOTSTRAP_URLS: Mapping[str, str] = {
    name: f"https://data.iana.org/rdap/{name}.json" for name in ("dns", "ipv4", "ipv6")
}
"""Where IANA publishes each file. Numbers of networks (asn.json) are not asked about: an address leads to its network
without them."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """names: ending of a name -> server. networks: the narrowest first."""

    names: Mapping[str, str]
    networks: tuple[tuple[IPv4Network | IPv6Network, str], ...]

    def about_address(self, address: str) -> str:
        """The address to ask (RFC 9082 section 3.1.1); '' where no registry answers for it."""
        number = ip_address(address)
        server = next((url for net, url in self.networks if net.version == number.version and number in net), "")
        return f"{_with_slash(server)}ip/{number}" if server else ""

    def about_domain(self, domain: str) -> str:
        """RFC 9082 section 3.1.3: by the longest ending that a registry answers for. '' where none does."""
        labels = domain.lower().rstrip(".").split(".")
        endings = (".".join(labels[at:]) for at in range(len(labels)))
        server = next((self.names[ending] for ending in endings if ending in self.names), "")
        return f"{_with_slash(server)}domain/{'.'.join(labels)}" if server else ""


def bootstrap_of(renewed: Mapping[str, RdapServers]) -> Bootstrap:
    """renewed: those files (`dns`, `ipv4`, `ipv6`) that were asked for since; the others are the shipped ones."""
    told = {**shipped_servers(), **renewed}
    networks = [
        (network, url)
        for name in ("ipv4", "ipv6")
        for prefix, url in told[name].servers
        if (network := _network(prefix)) is not None
    ]
    return Bootstrap(dict(told["dns"].servers), tuple(sorted(networks, key=lambda one: -one[0].prefixlen)))


@cache
def shipped_servers() -> Mapping[str, RdapServers]:
    folder = files("monitor.takedown.rdap") / "bootstrap"
    told: dict[str, RdapServers] = {}
    for name in BOOTSTRAP_URLS:
        found = json.loads((folder / f"{name}.json").read_text("utf-8"))
        servers = tuple((key, urls[0]) for keys, urls in found["services"] for key in keys)
        told[name] = RdapServers(found["publication"], servers)
    return told


def _network(prefix: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(prefix)
    except ValueError:
        return None


def _with_slash(server: str) -> str:
    return server if server.endswith("/") else f"{server}/"
