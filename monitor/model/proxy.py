"""The proxy that the person set: what `[network] proxy` says, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit


class ProxyScheme(StrEnum):
    HTTP = "http"
    HTTPS = "https"  # HTTP inside TLS: its certificate is verified
    SOCKS5 = "socks5"
    SOCKS5H = "socks5h"  # the same here: names are looked up by the proxy in all of them


_PORTS = {ProxyScheme.HTTP: 80, ProxyScheme.HTTPS: 443, ProxyScheme.SOCKS5: 1080, ProxyScheme.SOCKS5H: 1080}


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
        try:
            parts = urlsplit(url)
            scheme = ProxyScheme(parts.scheme)
            port = parts.port or _PORTS[scheme]
        except ValueError:
            raise ValueError("is not a proxy that this program can use") from None
        if not parts.hostname or any(char.isspace() for char in url):
            raise ValueError("is not a proxy that this program can use")
        return cls(scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""))

    @property
    def is_socks(self) -> bool:
        return self.scheme in (ProxyScheme.SOCKS5, ProxyScheme.SOCKS5H)

    @property
    def is_tls(self) -> bool:
        return self.scheme is ProxyScheme.HTTPS
