"""Addresses from outside, exact and yet safe to print and to paste."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

import idna

from monitor.model.limits import MAX_URL_CHARS

# Kept as they are; everything else that is not an unreserved character is percent-encoded (RFC 3986).
_KEPT = "!$&'()*+,;=:@/?%#[]~-._"


def exact_url(url: str) -> str:
    """The same address in printable ASCII, ready to paste: international names in their `xn--` form,
    everything unprintable percent-encoded, a user name and password left out. '' for what is not http(s)
    address."""
    if len(url) > MAX_URL_CHARS:
        return ""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or port == 0 or set("\\ ") & set(parts.netloc):
        return ""
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            return ""
    if not all(character.isalnum() or character in "-._:" for character in host):
        return ""
    shown_host = f"[{host}]" if ":" in host else host
    netloc = shown_host if port is None else f"{shown_host}:{port}"
    rest = (quote(part, safe=_KEPT, errors="replace") for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, netloc, *rest))
