"""Host names: of an address, as they are looked up and compared, and which of them account data may go to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import idna

MAX_HOST_CHARS = 253  # RFC 1035 section 2.3.4, without the root's dot
_NAME = re.compile(r"[a-z0-9._-]+").fullmatch
_DEFAULT_PORTS = {"http": 80, "https": 443}


def ascii_host(host: str) -> str:
    """A name as it is looked up, by UTS 46 as browsers read it: Python's own codec makes `strasse.example`, which is
    somebody else, of `straße.example`. What can be no name is returned as it came."""
    if host.isascii():
        return host
    try:
        labels = idna.uts46_remap(host, std3_rules=False, transitional=False).split(".")
        found = ".".join(x if x.isascii() else f"xn--{x.encode('punycode').decode('ascii')}" for x in labels)
    except (UnicodeError, idna.IDNAError):
        return host
    return found if _NAME(found) else host  # no sign that ends a name in an address may come out of it


def host_of(url: str) -> str:
    """Lower case, ASCII, without port and brackets; '' where there is none."""
    beginning = _beginning(url)
    return _host_in(beginning) if len(beginning) <= MAX_HOST_CHARS else _host_in.__wrapped__(beginning)


@lru_cache(maxsize=4096)
def _host_in(url: str) -> str:
    try:
        return ascii_host(urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def undisputed_host_of(url: str) -> str:
    """As `host_of`; '' for what is not http(s), or where a backslash, a blank or a control character before the path
    makes browsers and parsers disagree about the host: nothing is addressed to whom such an address seems to name."""
    beginning = _beginning(url)
    return _undisputed_in(beginning) if len(beginning) <= MAX_HOST_CHARS else _undisputed_in.__wrapped__(beginning)


@lru_cache(maxsize=4096)
def _undisputed_in(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc.isprintable() or set("\\ ") & set(parts.netloc):
        return ""
    return host_of(url)


def _beginning(url: str) -> str:
    """Behind the third stroke stands nothing of the host."""
    return "/".join(url.split("/", 3)[:3])


def own_host(written: str) -> str:
    """What stands under `host` of account data, in one spelling: `name`, `name:port`, `[v6]:port`. Raises ValueError
    for anything else: a whole address, a user name, a pattern."""
    text = written.strip()
    name, port = _split(text)
    if not name or len(name) > MAX_HOST_CHARS or port == 0:
        raise ValueError(
            f"is not a host{_why_not(text)}: only a name such as forum.example, without https:// and a path"
        )
    shown = f"[{name}]" if ":" in name else name
    return f"{shown}:{port}" if port is not None else shown


def _why_not(text: str) -> str:
    for sign, why in (("@", "it holds a user name"), ("//", "it is a whole address"), ("/", "it has a path")):
        if sign in text:
            return f" ({why})"
    if "*" in text:
        return " (it is a pattern)"
    name, colon, port = text.rpartition(":")
    if colon and name and _split(name)[0] and not (port.isdecimal() and 0 < int(port[:6]) <= 65_535):
        return " (its port is not a number from 1 to 65535)"
    return "" if text else " (it is empty)"


def goes_to(url: str, hosts: Iterable[str]) -> bool:
    """Whether what is for these hosts (`own_host`'s spelling) may be sent to the address. Exactly these: no host below
    or above them. A name without a port stands for https on 443, where nobody but who runs the host listens; a number
    without one for every port of that machine, for those are servers of one's own."""
    try:
        parts = urlsplit(url)
        given = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
        if parts.username is not None or parts.password is not None:
            return False
        name = _one_spelling(parts.hostname or "")
    except ValueError:
        return False
    for host in hosts:
        own, port = _split(host)
        if own and own == name and given and (port == given or (port is None and (given == 443 or _is_number(name)))):
            return True
    return False


def _split(text: str) -> tuple[str, int | None]:
    """('', None) for what is not a host with or without its port."""
    if any(sign in text for sign in "/\\@?#%* ") or any(ord(sign) < 33 or ord(sign) == 127 for sign in text):
        return "", None
    if text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"
    try:
        parts = urlsplit(f"//{text}")
        name, port = _one_spelling(parts.hostname or ""), parts.port
    except ValueError:
        return "", None
    return ("", None) if text.endswith(":") else (name, port)


def _one_spelling(host: str) -> str:
    """'' for what is neither a number nor a name."""
    name = ascii_host(host.lower()).lower().removesuffix(".")
    if _is_number(name):
        return str(ip_address(name))
    good = _NAME(name) and all(0 < len(label) <= 63 for label in name.split("."))
    return name if good else ""


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
