"""Which addresses may be dialled. What counts is the address that a socket is opened to, not what a URL
looks like: `2130706433`, `0x7f.1`, a name that answers with 10.0.0.1 and a redirect to any of them are all
one to this check.

Python 3.11's `is_global` is True for NAT64, 6to4, IPv4-compatible and multicast addresses, and False for
none of 100.64.0.0/10: so the networks are refused by name (IANA special-purpose registries, November 2026),
and `is_global` is asked besides.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from monitor.hosts import goes_to
from monitor.model.settings import NetworkSettings
from monitor.outbound.inside_names import addresses_in, leads_inside

SCHEMES = {"http": 80, "https": 443}
MAX_ANSWERS = 32  # of one name; more is a flood
DNS_THREADS = 16  # the system's resolver blocks: slow names must not starve what else uses threads

_REFUSED = tuple(
    (ip_network(network), name)
    for network, name in (
        ("0.0.0.0/8", "this host"),
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "a carrier's inside network"),
        ("127.0.0.0/8", "this computer"),
        ("169.254.0.0/16", "link-local (cloud metadata stands there)"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private network"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "this host"),
        ("::1/128", "this computer"),
        ("::/96", "an IPv4 address in an obsolete form"),
        ("::ffff:0:0/96", "an IPv4 address written as IPv6"),
        ("::ffff:0:0:0/96", "a translated IPv4 address"),
        ("64:ff9b::/96", "a translated IPv4 address (NAT64)"),
        ("64:ff9b:1::/48", "a translated IPv4 address (NAT64)"),
        ("100::/64", "a black hole"),
        ("2001::/23", "reserved for protocols (Teredo among them)"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "an IPv4 address in IPv6 (6to4)"),
        ("3fff::/20", "for documentation"),
        ("5f00::/16", "for segment routing"),
        ("fc00::/7", "a private network"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "a private network"),
        ("ff00::/8", "multicast"),
    )
)
_IPV6_PUBLIC = IPv6Network("2000::/3")  # all that has been given out so far
ONION = ".onion"
_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Refusal(Exception):
    """An address that is not visited. `str` says which and why. No OSError: nothing may try the next one
    after it."""


class NoHostName(Refusal):
    """Nothing can have this name."""


@dataclass(slots=True)
class AddressRules:
    """networks: what the owner allows although it is not public. ports: all that may be dialled; grows with
    the watches that are read."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    ports: set[int] = field(default_factory=lambda: set(SCHEMES.values()))

    @classmethod
    def of(cls, settings: NetworkSettings) -> AddressRules:
        return cls(
            tuple(ip_network(text, strict=False) for text in settings.allow_networks),
            {*SCHEMES.values(), *settings.allow_ports},
        )

    def allow_ports_of(self, urls: Iterable[str]) -> None:
        """Ports that the owner's own watches and engines name are meant to be dialled."""
        for url in urls:
            try:
                port = urlsplit(url).port
            except ValueError:  # `watch check` speaks of it
                continue
            if port is not None:
                self.ports.add(port)

    def check_account(self, url: str, hosts: tuple[str, ...]) -> None:
        """Whether account data may go to this address: it is one of their hosts, and nobody on the way can read along
        (https, or a number inside a network that the owner allowed). The last door: what a watch names was checked
        when it was read. Raises Refusal."""
        if not goes_to(url, hosts):
            raise Refusal("account data go to their own host alone, and this is another one")
        parts = urlsplit(url)
        if parts.scheme == "https":
            return
        with suppress(ValueError):
            address = ip_address(parts.hostname or "")
            if any(_within(address, network) for network in self.networks):
                return
        raise Refusal("account data go over https only")

    def check_address(self, address: str, port: int) -> None:
        """What is about to be dialled. Raises Refusal."""
        if port not in self.ports:
            raise Refusal(f"port {port} is not one of those that may be asked")
        why = _why_not(address, self.networks)
        if why:
            raise Refusal(f"it leads to {address}, which is {why}")

    def check_answers(self, host: str, addresses: Sequence[str], port: int) -> None:
        """All answers for one name: a public one beside an inside one is how a guard is tricked. Raises
        Refusal."""
        if len(addresses) > MAX_ANSWERS:
            raise Refusal(f"{host} answers with {len(addresses)} addresses")
        for address in addresses:
            self.check_address(address, port)

    def check_target(self, scheme: str, host: str, port: int | None, *, by_proxy: bool) -> None:
        """What can be told before a name is looked up. By a proxy the name is looked up far away, so only
        what is plainly outside may go there. Raises Refusal."""
        if scheme not in SCHEMES:
            raise Refusal(f"{scheme or 'no scheme'}: only http and https are visited")
        port = SCHEMES[scheme] if port is None else port
        if port not in self.ports:
            raise Refusal(f"port {port} is not one of those that may be asked")
        literal = as_number(host)
        if literal is not None:
            return self.check_address(literal, port)
        if not host.strip(".") or len(host) > 253 or not _HOST_CHARACTERS.issuperset(host):
            raise NoHostName(f"{host[:80]!r} is not the name of a host")
        if by_proxy:
            self._check_name(host.rstrip("."))
        elif host.rstrip(".").endswith(ONION):  # RFC 7686 section 2: not looked up, which would tell of it
            raise Refusal(f"{host} is reached through Tor alone: set [network] proxy")

    def _check_name(self, host: str) -> None:
        """One that the proxy will look up: nobody here sees what it answers with. Raises Refusal."""
        if leads_inside(host):
            raise Refusal(f"{host} is a name of an inside network, and the proxy would look it up there")
        for address in addresses_in(host):
            if why := _why_not(address, self.networks):
                raise Refusal(f"{host} most likely leads to {address}, which is {why}")


@lru_cache(maxsize=4096)
def _why_not(text: str, allowed: tuple[IPv4Network | IPv6Network, ...]) -> str:
    """'' when it may be dialled. allowed: although it is not public."""
    try:
        address = ip_address(text)
    except ValueError:
        return "no address"
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "an address with a zone: only good inside"
    if any(_within(address, network) for network in allowed):
        return ""
    for network, name in _REFUSED:
        if _within(address, network):
            return name
    if isinstance(address, IPv6Address) and address not in _IPV6_PUBLIC:
        return "not given out to anybody"
    return "" if address.is_global and not address.is_multicast else "not public"


def _within(address: IPv4Address | IPv6Address, network: IPv4Network | IPv6Network) -> bool:
    return address.version == network.version and address in network


def as_number(host: str) -> str | None:
    """The address that a host is another spelling of, as the system would read it; None for names. IPv6
    without brackets."""
    if ":" in host or "%" in host:
        return host.strip("[]")
    bare = host.rstrip(".")
    last = bare.rpartition(".")[2]
    if not last.isdigit() and not last.startswith("0x"):
        return None  # no name under a real suffix ends in a number (WHATWG URL, "ends in a number")
    try:
        return socket.inet_ntoa(socket.inet_aton(bare))
    except OSError:
        return bare  # a number that is not an address: refused as such


class SystemResolver:
    """Asks the system, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="dns")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Raises socket.gaierror, or UnicodeError for what can be no name."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _getaddrinfo, host, port)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _getaddrinfo(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]
