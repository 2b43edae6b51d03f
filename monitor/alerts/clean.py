"""Text from a site, made harmless: it can be no markup, header, terminal code or change of writing direction."""

from __future__ import annotations

import unicodedata

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories: control, format (bidi marks and overrides among them), surrogates, private, unassigned."""


def plain(untrusted: str, limit: int = 200) -> str:
    """One line of at most `limit` characters. Markup is escaped where HTML is made, not here."""
    spaced = " ".join(untrusted.split())  # line ends of every kind become spaces before controls are dropped
    kept = "".join(char for char in spaced if unicodedata.category(char) not in _DROPPED)
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def inert_url(untrusted: str, limit: int = 500) -> str:
    """An address that no mail program, scanner or preview opens by itself: hxxps://forum[.]example/thread."""
    text = plain(untrusted, limit).replace(" ", "%20")
    scheme, mark, rest = text.partition("://")
    if not mark:
        return text.replace(".", "[.]")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower().replace('tt', 'xx')}://{host.replace('.', '[.]')}{slash}{path}"
