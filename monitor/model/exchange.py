"""What passed between this program and a server, as far as it may be kept: evidence is made of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

HeaderLines = tuple[tuple[str, str], ...]
"""Names as they were written, values by the byte (Latin-1), in order."""

NOT_KEPT = "(not kept)"
LOGIN_HEADERS = frozenset({"cookie", "cookie2", "set-cookie", "set-cookie2", "authorization", "proxy-authorization"})
"""With their values anybody is let in as the person: no record of a visit ever holds one."""


def without_logins(lines: HeaderLines, also: Collection[str] = ()) -> HeaderLines:
    """also: further names, in lower case."""
    if not any((lower := name.lower()) in LOGIN_HEADERS or lower in also for name, _ in lines):
        return lines
    return tuple((name, NOT_KEPT if name.lower() in LOGIN_HEADERS or name.lower() in also else v) for name, v in lines)


def http_date(written: str) -> datetime | None:
    """Of a header line, in UTC; None for what is no date."""
    try:
        read = parsedate_to_datetime(written.strip()[:60])
        return read.astimezone(UTC) if read.tzinfo is not None else read.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and the head of its answer: a hop that sent on, or where it ended.

    url: as it was asked for, without what is secret in it. asked, answered: the lines that went out and came back;
    () = not known. protocol: of the answer, `HTTP/1.1` or `HTTP/2`. tls: its version as OpenSSL writes it, `TLSv1.3`.
    chain: certificates, DER, the server's own first. '' and () = there was none, or it is not known: by a proxy no
    address is, and of a plain page that an HTTP proxy fetched, nothing of this kind.
    """

    url: str
    at: datetime
    status: int = 0
    reason: str = ""
    protocol: str = ""
    method: str = "GET"
    asked: HeaderLines = ()
    answered: HeaderLines = ()
    ip: str = ""
    tls: str = ""
    chain: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "asked", without_logins(self.asked))
        object.__setattr__(self, "answered", without_logins(self.answered))
