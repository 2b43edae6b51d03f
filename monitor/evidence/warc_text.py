"""What a site sent, as text that is one line of a WARC and nothing else: no break, no byte that is not ASCII, nothing
that a reader could take for a header or a record of its own, no picture (`model/written_bytes`).
What is not safe is written %XX, by the byte."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from monitor.model.exchange import Exchange
from monitor.model.written_bytes import address_without, told_without

MAX_WARC_ADDRESS_CHARS = 8_000
MAX_WARC_VALUE_CHARS = 64_000
MAX_WARC_REASON_CHARS = 200
MAX_WARC_NAME_CHARS = 200

_NOT_TOKEN = re.compile(r"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")  # RFC 9110 section 5.6.2
_NOT_VALUE = re.compile(r"[^ -~]")
_NOT_ADDRESS = re.compile(r"[^!-~]|[<>\"\\^`{|}]")
_HTTP_1 = re.compile(r"HTTP/1\.[01]")
_METHOD = re.compile(r"[A-Z]{1,20}")
_TLS = {"TLSv1.3": "tls/1.3", "TLSv1.2": "tls/1.2", "TLSv1.1": "tls/1.1", "TLSv1": "tls/1.0"}
_HTTP = {"HTTP/1.0": "http/1.0", "HTTP/1.1": "http/1.1", "HTTP/2": "h2", "HTTP/3": "h3"}


def header_name(untrusted: str) -> str:
    return _NOT_TOKEN.sub(_by_byte, untrusted[:MAX_WARC_NAME_CHARS]) or "X-Archive-Nameless"


def header_value(untrusted: str) -> str:
    return _NOT_VALUE.sub(_by_byte, told_without(untrusted[:MAX_WARC_VALUE_CHARS]).replace("\t", " ")).strip()


def target_uri(untrusted: str) -> str:
    """Without its fragment, which nobody is asked for. What is no address that is visited stands in one that leads
    nowhere: readers look for what was answered at addresses."""
    safe = _NOT_ADDRESS.sub(_by_byte, address_without(untrusted.partition("#")[0][:MAX_WARC_ADDRESS_CHARS]))
    return safe if safe.startswith(("http://", "https://", "urn:")) else f"http://no-address.invalid/{safe}"


def request_target(exchange: Exchange) -> str:
    """What the first line of the request asked for: path and query."""
    try:
        parts = urlsplit(target_uri(exchange.url))
    except ValueError:
        return "/"
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def status_line(exchange: Exchange) -> str:
    reason = header_value(exchange.reason)[:MAX_WARC_REASON_CHARS]
    return f"{min(max(exchange.status, 0), 999):03d} {reason}".rstrip()


def http_version(exchange: Exchange) -> str:
    """As a WARC can say it: what came over HTTP/2 has no first line of its own, and readers know HTTP/1.1."""
    return exchange.protocol if _HTTP_1.fullmatch(exchange.protocol) else "HTTP/1.1"


def method(exchange: Exchange) -> str:
    return exchange.method if _METHOD.fullmatch(exchange.method) else "GET"


def protocol_words(exchange: Exchange) -> list[str]:
    """For `WARC-Protocol`, which other archives write likewise; what is not known is left out."""
    return [word for word in (_HTTP.get(exchange.protocol, ""), _TLS.get(exchange.tls, "")) if word]


def ip_literal(untrusted: str) -> str:
    """'' where it is not one."""
    try:
        return str(ip_address(untrusted.partition("%")[0]))
    except ValueError:
        return ""


def field_lines(fields: Sequence[tuple[str, str]]) -> bytes:
    """`application/warc-fields`: what says nothing is left out."""
    lines = (f"{header_name(name)}: {header_value(value)}\r\n" for name, value in fields if value)
    return "".join(lines).encode("ascii")


def pem_of(chain: Sequence[bytes]) -> bytes:
    """RFC 7468. The bytes may be anything: what is written is base64."""
    return b"".join(map(_pem, chain))


def _pem(der: bytes) -> bytes:
    body = base64.b64encode(der)
    rows = b"".join(body[at : at + 64] + b"\n" for at in range(0, len(body), 64))
    return b"-----BEGIN CERTIFICATE-----\n" + rows + b"-----END CERTIFICATE-----\n"


def _by_byte(found: re.Match[str]) -> str:
    """Header text is Latin-1, a byte a sign; what cannot be comes as UTF-8."""
    sign = found[0]
    raw = sign.encode("latin-1") if ord(sign) < 256 else sign.encode("utf-8", "surrogatepass")
    return "".join(f"%{byte:02X}" for byte in raw)
