"""What belongs to one owner: the registrable domain of a host name."""

from __future__ import annotations

from functools import cache, lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import TLDExtract


@lru_cache(maxsize=4096)
def registrable_domain(host: str) -> str:
    """`forum.example.co.uk` -> `example.co.uk`, with private suffixes not counted; an address or a name without a
    public suffix (`localhost`) stays whole."""
    host = host.lower().rstrip(".")
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return _suffixes()(host).top_domain_under_public_suffix or host


@cache
def _suffixes() -> TLDExtract:
    from tldextract import TLDExtract  # imports requests: only where a host is really looked at

    return TLDExtract(suffix_list_urls=(), cache_dir=None)  # the list in the package; never the network
