"""Web addresses by the URL standard (https://url.spec.whatwg.org/), as far as http and https go: what browsers make of
what a page wrote, and so what is asked for. Percent signs stay as they were written; nothing is decoded but a host.

Our own, and no library's: `docs/decisions/0023`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import unquote_to_bytes

from monitor.hosts import ascii_host

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_PORT = 65_535

_EDGES = "".join(map(chr, range(33)))  # control characters and spaces around an address are no part of it
_DROPPED = str.maketrans("", "", "\t\n\r")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_END_OF_SERVER = re.compile(r"[/\\]")
_FORBIDDEN_IN_NAME = re.compile(r"[\x00-\x20\x7f#/:<>?@\[\\\]^|%]")  # "forbidden domain code point"
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DOT, _DOTS = frozenset((".", "%2e")), frozenset(("..", ".%2e", "%2e.", "%2e%2e"))
_MAY_HOLD_DOTS = re.compile(r"[/\\](?:\.|%2e)", re.IGNORECASE)
# The percent-encode sets; all of them hold the control characters and what is not ASCII.
_REST = "\x00-\x1f\x7f-\U0010ffff"
_OF_PATH = re.compile(rf'[{_REST} "#<>?^`{{}}]+')
_OF_QUERY = re.compile(rf"[{_REST} \"#<>']+")
_OF_USER = re.compile(rf'[{_REST} "#<>?^`{{}}/:;=@\[\\\]|]+')
_QUERY_BYTES = frozenset(b" \"#<>'") | frozenset(range(0x20)) | frozenset(range(0x7F, 0x100))
_LONE = re.compile("[\ud800-\udfff]")  # half of a pair
# Of these, queries are UTF-8 ("get an output encoding"); and so they are of what cannot be escaped by a codec.
_IN_UTF8 = frozenset(("", "utf-8", "utf-16-le", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class WebUrl:
    """host: as it is looked up, IPv6 in brackets. port: None for the scheme's own. path: with its first slash. query:
    with its question mark, '' without one. user: with its `@`. All in ASCII; without a fragment, which is never
    sent."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    user: str = ""

    @property
    def netloc(self) -> str:
        """What a `Host` line says."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, DEFAULT_PORTS[self.scheme] if self.port is None else self.port

    @property
    def target(self) -> str:
        """What a request line says."""
        return self.path + self.query

    def __str__(self) -> str:
        return f"{self.scheme}://{self.user}{self.netloc}{self.path}{self.query}"


@lru_cache(maxsize=1024)  # what is asked for comes by several times, and so does the base of a page's addresses
def web_url(url: str) -> WebUrl | None:
    """Of an address that stands by itself; None for what is none."""
    return parse_web_url(url)


def parse_web_url(written: str, base: WebUrl | None = None, codec: str = "utf-8") -> WebUrl | None:
    """None for what is no address of the web. codec: the document's, in which what it writes into queries is
    escaped."""
    text = written.strip(_EDGES).translate(_DROPPED).partition("#")[0]
    found = _SCHEME.match(text)
    try:
        if found is None:
            return _relative(text, base, codec) if base is not None else None
        scheme, rest = found[1].lower(), text[found.end() :]
        if scheme not in DEFAULT_PORTS:
            return None
        if base is not None and scheme == base.scheme and not rest.startswith("//"):
            return _relative(rest, base, codec)
        return _absolute(scheme, rest, codec)
    except ValueError:
        return None


def _relative(text: str, base: WebUrl, codec: str) -> WebUrl:
    path, mark, query = text.partition("?")
    said = _query(mark, query, codec)
    if not path:
        return WebUrl(base.scheme, base.host, base.port, base.path, said if mark else base.query, base.user)
    if path[0] not in "/\\":
        path = f"{base.path.rpartition('/')[0]}/{path}"
    elif path[1:2] in ("/", "\\"):
        return _absolute(base.scheme, text, codec)
    return WebUrl(base.scheme, base.host, base.port, _path(path), said, base.user)


def _absolute(scheme: str, text: str, codec: str) -> WebUrl:
    """text: what follows the scheme. Raises ValueError."""
    rest, mark, query = text.lstrip("/\\").partition("?")
    end = found.start() if (found := _END_OF_SERVER.search(rest)) else len(rest)
    user, _, server = rest[:end].rpartition("@")
    name, port = _split(server)
    host, number = _host(name), _port(scheme, port)
    return WebUrl(scheme, host, number, _path(rest[end:]), _query(mark, query, codec), _user(user))


def _split(server: str) -> tuple[str, str]:
    if not server.startswith("["):
        host, _, port = server.partition(":")
        return host, port
    host, closing, rest = server.partition("]")
    if not closing or rest[:1] not in ("", ":"):
        raise ValueError(server)
    return host + closing, rest[1:]


def _port(scheme: str, written: str) -> int | None:
    if not written:
        return None
    if not (written.isascii() and written.isdigit()) or (port := int(written.lstrip("0")[:6] or "0")) > MAX_PORT:
        raise ValueError(written)
    return None if port == DEFAULT_PORTS[scheme] else port


def _host(written: str) -> str:
    """Raises ValueError."""
    if written.startswith("["):
        if "%" in written:  # a zone: only good inside
            raise ValueError(written)
        return f"[{IPv6Address(written[1:-1]).compressed}]"
    name = unquote_to_bytes(written).decode("utf-8", "replace") if "%" in written else written
    name = ascii_host(name).lower()
    if not name or not name.isascii() or _FORBIDDEN_IN_NAME.search(name):
        raise ValueError(written)
    if "xn--" in name and not all(_is_sound(label) for label in name.split(".") if label.startswith("xn--")):
        raise ValueError(written)
    last = name.removesuffix(".").rpartition(".")[2]
    return _ipv4(name) if _NUMBER.fullmatch(last) else name


def _is_sound(label: str) -> bool:
    """Whether an encoded label is what its own letters are encoded as."""
    try:
        letters = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return False
    return not letters.isascii() and ascii_host(letters) == label


def _ipv4(name: str) -> str:
    """Every way in which a number is written that is an address. Raises ValueError."""
    parts = name.removesuffix(".").split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError(name)
    *first, last = [_number(part) for part in parts]
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        raise ValueError(name)
    return str(IPv4Address(last + sum(number << 8 * (3 - at) for at, number in enumerate(first))))


def _number(part: str) -> int:
    """Raises ValueError."""
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") else int(part)


def _path(written: str) -> str:
    """With dots resolved. written: from the first slash on."""
    if not written:
        return "/"
    if "\\" in written:
        written = written.replace("\\", "/")
    if _MAY_HOLD_DOTS.search(written):
        written = _without_dots(written)
    return _OF_PATH.sub(_escaped, written)


def _without_dots(path: str) -> str:
    kept: list[str] = []
    segments = path[1:].split("/")
    for segment in segments:
        word = segment.lower()
        if word in _DOTS:
            del kept[-1:]
        elif word not in _DOT:
            kept.append(segment)
    if word in _DOTS or word in _DOT:
        kept.append("")
    return "/" + "/".join(kept)


def _query(mark: str, written: str, codec: str) -> str:
    if codec in _IN_UTF8 or written.isascii():
        return mark + _OF_QUERY.sub(_escaped, written)
    try:
        # What the codec lacks becomes `&#1234;`, which is escaped in its turn.
        parts = [f"%26%23{ord(c)}%3B" if (b := _bytes(c, codec)) is None else _of_bytes(b) for c in written]
    except LookupError:
        return mark + _OF_QUERY.sub(_escaped, written)
    return mark + "".join(parts)


def _bytes(letter: str, codec: str) -> bytes | None:
    try:
        return letter.encode(codec)
    except UnicodeEncodeError:
        return None


def _of_bytes(data: bytes) -> str:
    return "".join(f"%{byte:02X}" if byte in _QUERY_BYTES else chr(byte) for byte in data)


def _user(written: str) -> str:
    name, _, password = written.partition(":")
    name, password = (_OF_USER.sub(_escaped, part) for part in (name, password))
    if password:
        return f"{name}:{password}@"
    return f"{name}@" if name else ""


def _escaped(found: re.Match[str]) -> str:
    data = _LONE.sub("\N{REPLACEMENT CHARACTER}", found[0]).encode()
    return "".join(f"%{byte:02X}" for byte in data)
