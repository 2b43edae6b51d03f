"""What belongs to one owner: the registrable domain of a host name."""

from __future__ import annotations

from functools import cache, lru_cache
from ipaddress import ip_address

from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=4096)
def registrable_domain(host: str) -> str:
    """`forum.example.co.uk` -> `example.co.uk`, with private suffixes not counted; an address or a name without a
    public suffix (`localhost`) stays whole."""
    host = host.lower().rstrip(".")
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True, accept_unknown=False)  # the list in the package; read when first asked
