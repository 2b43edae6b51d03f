"""What an answer's head says, read alike on both sides of the cut: where its body is taken, and where it is used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.crawl.outcome import outcome_of_status
from monitor.model.exchange import HeaderLines
from monitor.model.page import Outcome
from monitor.parts.messages.fetching import HopHead

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def locations(head: HopHead) -> list[str]:
    """Each address that it sends on to, once; none where it does not. Bytes that are not ASCII go on as they came, as
    in browsers."""
    if head.status not in _REDIRECTS:
        return []
    named = [value.strip() for key, value in head.lines if key.lower() == b"location"]
    written = ("".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in value) for value in named if value)
    return list(dict.fromkeys(written))


def header_lines_of(head: HopHead) -> HeaderLines:
    """Names in lower case."""
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in head.lines)


def as_one(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What stands in several lines, in one."""
    headers: dict[str, str] = {}
    for name, value in lines:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def said_by(head: HopHead, headers: dict[str, str], *, is_conditional: bool, now: datetime) -> Outcome:
    return outcome_of_status(head.status, headers, conditional=is_conditional, now=now)
