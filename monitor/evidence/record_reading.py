"""What a sealed record told, read again for a report. It is of this program or of an earlier version: what it does not
say is not known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.documents.visit_record import NOT_KNOWN
from monitor.evidence.packet import Answered

_NOTHING: Mapping[str, Any] = {}


def answers_in(record: bytes) -> tuple[Answered, ...]:
    """Of the page and of the picture, as far as the record has them."""
    told = _told(record)
    return tuple(_answer(what, told[key]) for key, what in (("page", "page"), ("image", "picture")) if _is(told, key))


def clock_in(record: bytes) -> str:
    """What the machine knew of its own clock, in words; '' where that was not noted."""
    clock = _told(record).get("our_clock")
    if not isinstance(clock, dict):
        return ""
    synchronised, off = clock.get("synchronised"), clock.get("may_be_off_by_s")
    if synchronised is None:
        return f"whether it was right is not known: {_text(clock, 'why_not_known')}"
    if not synchronised:
        return "not set by a time server, so it may be wrong"
    return "set by a time server" + (f"; off by {off:.3f} s at most" if isinstance(off, int | float) else "")


@dataclass(frozen=True, slots=True)
class PageInRecord:
    """url: after redirects. digest: SHA-256 as it came. served_digest: as the server sent it, where a browser rendered
    it."""

    url: str
    fetched_at: datetime | None
    digest: str
    media_type: str
    is_rendered: bool
    served_digest: str


def page_in(record: bytes) -> PageInRecord:
    told = _told(record).get("page")
    page: Mapping[str, Any] = told if isinstance(told, dict) else _NOTHING
    served = page.get("as_served")
    return PageInRecord(
        url=_text(page, "answered"),
        fetched_at=_time(_text(page, "fetched_at")),
        digest=_text(page, "sha256"),
        media_type=_header(page, "content-type") or "text/html",
        is_rendered=served is not None,
        served_digest=_text(served, "sha256") if isinstance(served, dict) else "",
    )


@dataclass(frozen=True, slots=True)
class NamesInRecord:
    """gave: addresses that gave the picture. named: every one by which its page names it. sizes: width and height of
    what is there, as far as they are known."""

    gave: tuple[str, ...]
    named: tuple[str, ...]
    sizes: Mapping[str, tuple[int, int]]


def picture_names_in(record: bytes) -> NamesInRecord:
    image = _told(record).get("image")
    told: Mapping[str, Any] = image if isinstance(image, dict) else _NOTHING
    gave = (_text(told, "asked"), _text(told, "answered"), _text(_told(record), "image_url"))
    listed = _told(record).get("image_named_as")
    lines = [line for line in listed if isinstance(line, dict)] if isinstance(listed, list) else []
    sizes = {_text(line, "url"): size for line in lines if (size := _size(line.get("size"))) is not None}
    return NamesInRecord(tuple(filter(None, gave)), tuple(filter(None, (_text(line, "url") for line in lines))), sizes)


def _size(told: object) -> tuple[int, int] | None:
    match told:
        case [int(width), int(height)]:
            return width, height
        case _:
            return None


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
    status, size, served = told.get("status"), told.get("bytes"), told.get("as_served")
    came: Mapping[str, Any] = served if isinstance(served, dict) else _NOTHING
    served_size = came.get("bytes")
    return Answered(
        what=what,
        asked=_text(told, "asked"),
        answered=_text(told, "answered"),
        status=status if isinstance(status, int) else None,
        ip=_known(told, "ip"),
        fetched_at=_text(told, "fetched_at"),
        server_said=_header(told, "date"),
        certificate=_certificate(told),
        hops=tuple(str(hop) for hop in hops) if isinstance(hops, list) else (),
        size=size if isinstance(size, int) else 0,
        digest=_text(told, "sha256"),
        is_rendered=served is not None,
        served_size=served_size if isinstance(served_size, int) else 0,
        served_digest=_text(came, "sha256"),
    )


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _text(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""


def _known(told: Mapping[str, Any], key: str) -> str:
    value = _text(told, key)
    return "" if value == NOT_KNOWN else value


def _certificate(told: Mapping[str, Any]) -> str:
    """SHA-256 of the one that the server showed at last."""
    hops = told.get("hops")
    last = hops[-1] if isinstance(hops, list) and hops else None
    shown = last.get("certificates_sha256") if isinstance(last, dict) else None
    if isinstance(shown, list) and shown:
        return str(shown[0])
    return _text(told, "certificate_sha256")  # as earlier versions told it


def _header(told: Mapping[str, Any], name: str) -> str:
    headers = told.get("headers")
    for line in headers if isinstance(headers, list) else ():
        if isinstance(line, list) and len(line) == 2 and str(line[0]).lower() == name:
            return str(line[1])
    return ""
