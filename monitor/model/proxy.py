"""The proxy that the person set: what `[network] proxy` says, as a value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit


class ProxyScheme(StrEnum):
    HTTP = "http"
    HTTPS = "https"  # HTTP inside TLS: its certificate is verified
    SOCKS5 = "socks5"
    SOCKS5H = "socks5h"  # the same here: names are looked up by the proxy in all of them
    TOR = "tor"  # SOCKS5 that keeps streams with another user name on another circuit


_PORTS = {
    ProxyScheme.HTTP: 80,
    ProxyScheme.HTTPS: 443,
    ProxyScheme.SOCKS5: 1080,
    ProxyScheme.SOCKS5H: 1080,
    ProxyScheme.TOR: 9050,
}
_TORS_PORTS = frozenset({9050, 9150})  # the service's own, and Tor Browser's


PROXY_LEFT_OUT = "socks5h://127.0.0.1:1"
"""In the place of a proxy that has to be given again after a restore: this machine itself, where nobody but root could
listen. So nothing goes out, and above all nothing goes past the proxy."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,15}").fullmatch  # what may be shown: no more than a scheme


def _refused(why: str) -> ValueError:
    return ValueError(f"is not a proxy that this program can use: {why}")


@dataclass(frozen=True, slots=True)
class Proxy:
    """user: '' where it wants none."""

    scheme: ProxyScheme
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Proxy:
        """Raises ValueError, without the address: a password may stand in it."""
        named, ends, _ = url.partition("://")
        if not ends or not named:
            raise _refused("it has no scheme")
        if named.lower() not in set(ProxyScheme):
            shown = f" {named!r}" if _SCHEME(named) else ""
            raise _refused(f"its scheme{shown} is none of {', '.join(ProxyScheme)}")
        if any(char.isspace() for char in url):
            raise _refused("there is a blank in it")
        try:
            parts = urlsplit(url)
        except ValueError:
            raise _refused("its host cannot be read") from None
        scheme = ProxyScheme(parts.scheme)
        try:
            port = parts.port or _PORTS[scheme]
        except ValueError:
            raise _refused("its port is not a number from 1 to 65535") from None
        if not parts.hostname:
            raise _refused("it names no host")
        if scheme is ProxyScheme.TOR and parts.username is not None:
            raise _refused("Tor takes any user name, and this program gives it another for each circuit: leave it out")
        return cls(scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""))

    @property
    def is_socks(self) -> bool:
        return self.scheme in (ProxyScheme.SOCKS5, ProxyScheme.SOCKS5H, ProxyScheme.TOR)

    @property
    def is_tor(self) -> bool:
        """As it is written, or as far as its port tells."""
        return self.scheme is ProxyScheme.TOR or (self.is_socks and not self.user and self.port in _TORS_PORTS)

    @property
    def is_tls(self) -> bool:
        return self.scheme is ProxyScheme.HTTPS
