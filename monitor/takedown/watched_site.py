"""The one rule for every report: none goes to an address at the domain of the site that it is about, whoever names it.
There they would learn who asks, and from where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from monitor.domains import is_public_suffix, registrable_domain
from monitor.hosts import host_of


@dataclass(frozen=True, slots=True)
class WatchedSite:
    """hosts: of the page and of its media, each in one spelling."""

    hosts: frozenset[str]

    @classmethod
    def at(cls, hosts: Iterable[str]) -> WatchedSite:
        """As they stand in addresses, or were typed: in capitals, with a port, with the root's dot."""
        return cls(frozenset(filter(None, map(_one_spelling, hosts))))

    def has(self, host: str) -> bool:
        """It is the site's, stands beside it or below it, or above it. Where users have names of their own below a
        company's (`alice.blogspot.com`), all of them and the company count as one: rather one desk too few."""
        name = _one_spelling(host)
        domain = own_domain(name)
        return any(domain == own_domain(own) or f".{own}".endswith(f".{domain}") for own in self.hosts if domain)

    def has_email(self, email: str) -> bool:
        return self.has(email.rpartition("@")[2])

    def has_url(self, url: str) -> bool:
        return self.has(host_of(url))


def own_domain(host: str) -> str:
    """The registrable domain; of a name under an ending that the list of suffixes does not know, its last two
    labels."""
    domain = registrable_domain(host)
    last_two = ".".join(domain.split(".")[-2:])
    is_known = domain != host.rstrip(".") or is_public_suffix(last_two) or not last_two.strip("0123456789.:")
    return domain if is_known else last_two


def _one_spelling(host: str) -> str:
    text = host.strip().lower()
    try:
        number = ip_address(text.strip("[]"))
    except ValueError:
        return host_of(f"//{text}")
    mapped = number.ipv4_mapped if isinstance(number, IPv6Address) else None
    return str(mapped or number)
