"""Text and addresses from outside, made safe to print: nothing in them can break a line, hide, or turn the
page."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, urlsplit, urlunsplit

import idna

MAX_TEXT = 200  # characters of an account name or a title; more is not needed to tell what is meant
MAX_URL = 8_000  # RFC 9110 section 4.1 asks for 8,000 octets at least; longer ones do not survive a form

# Kept as they are; everything else that is not an unreserved character is percent-encoded (RFC 3986).
_KEPT = "!$&'()*+,;=:@/?%#[]~-._"


def plain(text: str, limit: int = MAX_TEXT) -> str:
    """One printable line. Control, bidi, zero-width, private and unassigned characters stand as
    `\\u{202e}`."""
    shown = "".join(_shown(character) for character in text[: limit + 1]).strip()
    return shown if len(text) <= limit else shown[:limit].rstrip() + " [cut]"


def exact_url(url: str) -> str:
    """The same address in printable ASCII, ready to paste: international names in their `xn--` form,
    everything unprintable percent-encoded, a user name and password left out. '' for what is no http(s)
    address."""
    if len(url) > MAX_URL:
        return ""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or set("\\ ") & set(parts.netloc):
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


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category.startswith("C") or category in ("Zl", "Zp"):
        return f"\\u{{{ord(character):x}}}"
    return " " if category == "Zs" else character
