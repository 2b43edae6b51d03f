"""What a sealed record told, read again for a report. It is of this program or of an earlier version: what it does not
say is not known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from monitor.evidence.packet import Answered

_NOTHING: Mapping[str, Any] = {}


def answers_in(record: bytes) -> tuple[Answered, ...]:
    """Of the page and of the picture, as far as the record has them."""
    told = _told(record)
    return tuple(_answer(what, told[key]) for key, what in (("page", "page"), ("image", "picture")) if _is(told, key))


def clock_in(record: bytes) -> str:
    """What the machine knew of its own clock, in words; '' where that was not noted."""
    clock = _told(record).get("clock")
    if isinstance(clock, str):
        return clock
    if not isinstance(clock, dict):
        return ""
    return "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in clock.items() if value not in (None, ""))


def _told(record: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(record)
    except (ValueError, RecursionError):
        return _NOTHING
    return told if isinstance(told, dict) else _NOTHING


def _is(told: Mapping[str, Any], key: str) -> bool:
    return isinstance(told.get(key), dict)


def _answer(what: str, told: Mapping[str, Any]) -> Answered:
    hops = told.get("redirects")
    status, size = told.get("status"), told.get("bytes")
    return Answered(
        what=what,
        asked=_text(told, "asked"),
        answered=_text(told, "answered"),
        status=status if isinstance(status, int) else None,
        ip=_text(told, "ip"),
        fetched_at=_text(told, "fetched_at"),
        server_said=_header(told, "date"),
        certificate=_text(told, "certificate_sha256"),
        hops=tuple(str(hop) for hop in hops) if isinstance(hops, list) else (),
        size=size if isinstance(size, int) else 0,
        digest=_text(told, "sha256"),
    )


def _text(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""


def _header(told: Mapping[str, Any], name: str) -> str:
    headers = told.get("headers")
    for line in headers if isinstance(headers, list) else ():
        if isinstance(line, list) and len(line) == 2 and str(line[0]).lower() == name:
            return str(line[1])
    return ""
