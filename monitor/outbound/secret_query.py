"""Secrets that a place wants in the address: they stand in it on the wire alone, so that no report, log, piece of
evidence or remembered address ever holds one."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.crawl.url_standard import WebUrl
from monitor.model.settings import Secret

Fields = tuple[tuple[str, Secret], ...]
HIDDEN = "***"


def with_secrets(url: WebUrl, fields: Fields) -> WebUrl:
    if not fields:
        return url
    added = urlencode([(name, secret.value) for name, secret in fields])
    return replace(url, query=f"{url.query}&{added}" if len(url.query) > 1 else f"?{added}")


def without_secrets(url: str, fields: Fields) -> str | None:
    """An address that a place named: it may repeat what it was asked with. None when a secret stands elsewhere in it
    than in its own field."""
    if not fields:
        return url
    parts = urlsplit(url)
    names = {name for name, _ in fields}
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in names]
    if len(kept) != len(parse_qsl(parts.query, keep_blank_values=True)):
        url = urlunsplit(parts._replace(query=urlencode(kept)))
    return url if hidden(url, fields) == url else None


def hidden(text: str, fields: Fields) -> str:
    for _, secret in fields:
        if secret:
            text = _written(secret.value).sub(HIDDEN, text)
    return text


def hidden_bytes(data: bytes, fields: Fields) -> bytes:
    """An answer may repeat what it was asked with, and answers are kept as evidence. Latin-1 gives bytes back as they
    were."""
    return hidden(data.decode("latin-1"), fields).encode("latin-1") if fields else data


@lru_cache(maxsize=16)
def _written(value: str) -> re.Pattern[str]:
    """The secret in every way that an address or JSON writes it. Each letter has ways that do not overlap, so nothing
    is tried twice; but for `%`, which begins its own code."""
    ways = []
    for letter in value:
        coded = "".join(f"%(?i:{byte:02x})" for byte in letter.encode())
        own = "[ +]" if letter == " " else r"\\?/" if letter == "/" else re.escape(letter)
        ways.append(f"(?:{coded}|{own})")
    return re.compile("".join(ways))
