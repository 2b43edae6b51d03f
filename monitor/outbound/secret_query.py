"""Secrets that a place wants in the address: they stand in it on the wire alone, so that no report, log, piece of
evidence or remembered address ever holds one."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import httpx

from monitor.model.settings import Secret

Fields = tuple[tuple[str, Secret], ...]
HIDDEN = "***"


def with_secrets(url: httpx.URL, fields: Fields) -> httpx.URL:
    if not fields:
        return url
    added = urlencode([(name, secret.value) for name, secret in fields]).encode()
    return url.copy_with(query=url.query + b"&" + added if url.query else added)


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
    return None if any(secret.value in unquote(url) for _, secret in fields if secret) else url


def hidden(text: str, fields: Fields) -> str:
    for _, secret in fields:
        if secret:
            for written in {secret.value, quote(secret.value, safe="")}:
                text = text.replace(written, HIDDEN)
    return text


def hidden_bytes(data: bytes, fields: Fields) -> bytes:
    """An answer may repeat what it was asked with, and answers are kept as evidence."""
    for _, secret in fields:
        if secret:
            for written in {secret.value, quote(secret.value, safe="")}:
                data = data.replace(written.encode(), HIDDEN.encode())
    return data
