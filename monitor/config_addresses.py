"""What addresses in config.toml must be: each takes one as it was given and gives it as it is kept. All raise
ValueError, in words that go on after the name of the key; never with a secret in them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from monitor.model.limits import MAX_ALERT_URL_CHARS
from monitor.model.proxy import Proxy
from monitor.model.settings import AlertUrl, Secret


def a_proxy(value: str) -> str:
    if value:
        Proxy.of(value)
    return value


def a_database(value: str) -> Secret | None:
    """Never repeated where it is wrong: a password may stand in it. What is in it is read by `store.postgres.address`:
    nothing of PostgreSQL is loaded for a file that names none."""
    if not value:
        return None
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("postgresql", "postgres") and len(parts.path) > 1
    except ValueError:
        fine = False
    if not fine or any(char.isspace() for char in value):
        raise ValueError("is not the address of a PostgreSQL with a database's name")
    return Secret(value)


def a_name_of_secret(value: str) -> str:
    if not re.fullmatch(
        r"database\.url|network\.proxy|monitoring\.ping_url|credentials\.[^\0-\x1f]{1,100}\.[\w-]{1,100}", value
    ):
        raise ValueError("names no secret of this file")
    return value


def a_network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise ValueError(f"is no network in CIDR form ({error})") from error


def a_recipient(value: str) -> str:
    if value.startswith("AGE-SECRET-KEY-"):
        raise ValueError("is a PRIVATE key: take it out of the file, whoever reads it opens the evidence")
    if not re.fullmatch(r"age1[02-9ac-hj-np-z]{58}", value):
        raise ValueError("is not an age public key")
    return value


def an_authority(value: str) -> str:
    """Not repeated where it is wrong: a password may stand in it."""
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or not value.isascii() or any(char.isspace() for char in value):
        raise ValueError("is not the address of a time-stamp authority")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a name or password: an authority that asks for one cannot be used in this version")
    return value


def a_ping_address(value: str) -> Secret | None:
    """As `healthchecks` gives them out. Never repeated where it is wrong: whoever has it can answer in its place."""
    if not value:
        return None
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.fragment
    except ValueError:
        fine = False
    if not fine or not value.isascii() or any(char.isspace() for char in value):
        raise ValueError("is not a web address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a name or password: only addresses that need none can be asked for")
    return Secret(value)


def a_mail_address(value: str) -> str:
    if value and not re.fullmatch(r"[^@\s<>,;:]+@[^@\s<>,;:]+", value):
        raise ValueError("is not a mail address")
    return value


def a_page_address(value: str) -> str:
    """A number: a name may lead elsewhere tomorrow. Never all of the machine's addresses: the page answers to one."""
    if not value:
        return ""
    try:
        address = ipaddress.ip_address(value)
    except ValueError as error:
        raise ValueError("is no address in numbers") from error
    if address.is_unspecified or address.is_multicast or "%" in value:
        raise ValueError("is not one address of this machine")
    return str(address)


def a_web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        fine = not value or (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        fine = False
    if not fine or parts.username is not None or not value.isascii() or any(char.isspace() for char in value):
        raise ValueError("is not a web address")
    return value


_ON_A_SERVER = re.compile(r"(?:mailto|json|xml|form|ntfy|gotify|signal|matrix|hassio)s?")
"""Kinds of alert URLs with a server and a port; in others a token may stand there, and a colon in it."""

_AS_SIGNS = "In a user name or password write @ as %40, : as %3A, / as %2F, # as %23, [ as %5B and ] as %5D"


def _alert_address(url: str) -> None:
    """Raises ValueError for what no channel could be, without a word of it: Python's own words may repeat it."""
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url):
        raise ValueError("is not an Apprise URL: it has no scheme such as mailto:// or json://")
    if any(ord(letter) < 32 or ord(letter) == 127 or 0xD800 <= ord(letter) < 0xE000 for letter in url):
        raise ValueError("is not a URL: it holds a line break or another sign that cannot be seen")
    if len(url) > MAX_ALERT_URL_CHARS:
        raise ValueError(f"is longer than {MAX_ALERT_URL_CHARS} signs: spread its recipients over several channels")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"is not a URL: its server's name cannot be one. {_AS_SIGNS}") from None
    if not _ON_A_SERVER.fullmatch(parts.scheme):
        return
    if not parts.hostname:
        raise ValueError("names no server. One that does: mailto://user:password@mail.example")
    try:
        fine = parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise ValueError(f"has no port from 1 to 65535 behind the colon. {_AS_SIGNS}")


def alert_url(value: object) -> AlertUrl:
    """`"mailto://..."` or `{ url = "...", tags = ["urgent"] }`. Raises ValueError; never repeats the URL,
    which holds passwords."""
    table: Mapping[str, Any] = {"url": value} if isinstance(value, str) else value  # type: ignore[assignment]
    if not isinstance(table, Mapping) or not isinstance(table.get("url"), str):
        raise ValueError("is neither a URL nor a table with url and tags")
    if unknown := sorted(set(table) - {"url", "tags"}):
        raise ValueError(f"has an unknown key {unknown[0]!r}: known are url, url_file and tags")
    _alert_address(table["url"])
    tags = table.get("tags", [])
    if not isinstance(tags, list) or any(tag not in ("urgent", "digest") for tag in tags):
        raise ValueError('has tags other than "urgent" and "digest"')
    return AlertUrl(url=Secret(table["url"]), tags=tuple(tags))
