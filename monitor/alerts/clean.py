"""Addresses from a site, made inert for mails."""

from __future__ import annotations

from monitor.plain import plain


def inert_url(untrusted: str, limit: int = 500) -> str:
    """An address that no mail program, scanner or preview opens by itself: hxxps://forum[.]example/thread."""
    text = plain(untrusted.strip(), limit).replace(" ", "%20")
    scheme, mark, rest = text.partition("://")
    if not mark:
        return text.replace(".", "[.]")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower().replace('tt', 'xx')}://{host.replace('.', '[.]')}{slash}{path}"
