"""What is known of one visit to one address, as a document: every hop, who answered and how that was proved, and what
each clock said. Small, whatever a site sends; nothing of it would log anybody in (`model/exchange`), nor shows a
picture."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from monitor.clock_trust import ClockTrust
from monitor.model.exchange import Exchange, HeaderLines, http_date
from monitor.model.page import Fetched
from monitor.model.written_bytes import address_without, told_without

MAX_HEADER_CHARS = 8_000  # of one answer; a page's content security policy takes two thousand
MAX_HOP_HEADER_CHARS = 1_000  # of one that only sent on, and of each request
MAX_RECORDED_URL_CHARS = 2_000
MAX_HOP_URL_CHARS = 500
MAX_REDIRECTS = 20
MAX_RECORDED_CHARS = 500
MAX_RECORDED_CERTIFICATE_BYTES = 8_192
MAX_RECORDED_CERTIFICATES = 6
NOT_KNOWN = "not known"

VisitFacts = dict[str, object]


def visit_record(fetched: Fetched | None) -> VisitFacts | None:
    """None where there was no visit: what is recorded was known from before."""
    if fetched is None:
        return None
    headers, left_out = _lines(fetched.headers, MAX_HEADER_CHARS)
    return {
        "asked": cut(address_without(fetched.request.url), MAX_RECORDED_URL_CHARS),
        "answered": cut(address_without(fetched.url), MAX_RECORDED_URL_CHARS),
        "by": "a browser, which rendered it" if fetched.served is not None else "a request",
        "redirects": [cut(address_without(url), MAX_RECORDED_URL_CHARS) for url in fetched.redirects[:MAX_REDIRECTS]],
        "status": fetched.status,
        "headers": headers,
        "headers_left_out": left_out,
        "ip": fetched.ip or NOT_KNOWN,
        "hops": _hops(fetched.hops),
        **_proof(fetched),
        "fetched_at": fetched.fetched_at.isoformat(),
        "server_date": _server_date(fetched),
        "sha256": fetched.digest,
        "bytes": len(fetched.body),
        "broke_off": fetched.cut,
        "as_served": _served(fetched),
    }


def clock_record(trust: ClockTrust | None) -> VisitFacts:
    """The kernel's word on the clock by which all times of a record are; and that it was set lately, where it was: then
    times of before and after do not go together."""
    leap: VisitFacts = {}
    if trust is not None and trust.set_at is not None:
        leap = {"was_set_at": trust.set_at.isoformat(), "was_set_on_by_s": trust.set_by_s}
    if trust is None or trust.is_synchronised is None:
        return {"synchronised": None, "why_not_known": trust.why if trust is not None else "it was not asked", **leap}
    return {
        "synchronised": trust.is_synchronised,
        "may_be_off_by_s": trust.error_s,
        "is_probably_off_by_s": trust.estimate_s,
        **leap,
    }


def cut(text: str, chars: int) -> str:
    """The end is left out with a mark, and the digest of the whole says what it was."""
    if len(text) <= chars:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return f"{text[:chars]}... (cut; {len(text)} characters, sha256 {digest})"


def _hops(hops: Sequence[Exchange]) -> list[VisitFacts]:
    return [_hop(hop, is_last=place == len(hops)) for place, hop in enumerate(hops[: MAX_REDIRECTS + 1], 1)]


def _hop(hop: Exchange, *, is_last: bool) -> VisitFacts:
    asked, not_told = _lines(hop.asked, MAX_HEADER_CHARS if is_last else MAX_HOP_HEADER_CHARS)
    answered, left_out = _lines(hop.answered, MAX_HEADER_CHARS if is_last else MAX_HOP_HEADER_CHARS)
    return {
        "at": hop.at.isoformat(),
        "method": hop.method,
        "url": cut(address_without(hop.url), MAX_HOP_URL_CHARS),
        "request_headers": asked or NOT_KNOWN,
        "request_headers_left_out": not_told,
        "protocol": cut(hop.protocol, MAX_RECORDED_CHARS) or NOT_KNOWN,
        "status": hop.status,
        "reason": cut(hop.reason, MAX_RECORDED_CHARS),
        "headers": answered or NOT_KNOWN,
        "headers_left_out": left_out,
        "ip": hop.ip or NOT_KNOWN,
        "tls": hop.tls or ("none: not https" if hop.url.startswith("http:") else NOT_KNOWN),
        "certificates_sha256": [hashlib.sha256(der).hexdigest() for der in hop.chain[:MAX_RECORDED_CERTIFICATES]],
    }


def _proof(fetched: Fetched) -> VisitFacts:
    """Of who answered at last; of a hop before, the digests stand with it, and its WARC has the whole."""
    chain = fetched.chain[:MAX_RECORDED_CERTIFICATES]
    fits = [der if len(der) <= MAX_RECORDED_CERTIFICATE_BYTES else b"" for der in chain]
    how = "as the browser put them together" if fetched.request.browser else "as the server sent them"
    return {
        "certificates": how if chain else NOT_KNOWN if fetched.url.startswith("https:") else "none: not https",
        "certificate_sha256": hashlib.sha256(chain[0]).hexdigest() if chain else "",
        "certificates_der_base64": [base64.b64encode(der).decode("ascii") for der in fits],
        "certificates_left_out": len(fetched.chain) - sum(map(bool, fits)),
    }


def _server_date(fetched: Fetched) -> VisitFacts | None:
    """The server's own clock beside ours, which tells of both. `ahead_of_ours_s` holds the time that the answer was on
    its way, or lay in a cache on the way (`age`)."""
    sent = fetched.header("date")
    if not sent:
        return None
    date = http_date(sent)
    return {
        "as_sent": cut(sent, MAX_RECORDED_CHARS),
        "utc": date.isoformat() if date else None,
        "ahead_of_ours_s": (date - _utc(fetched.fetched_at)).total_seconds() if date else None,
        "age": cut(fetched.header("age"), MAX_RECORDED_CHARS) or None,
    }


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _served(fetched: Fetched) -> VisitFacts | None:
    """None where what is in hand is what was served."""
    if fetched.served is None:
        return None
    if not fetched.served:
        return {"known": False, "why": "the browser no longer had the bytes exactly as they came"}
    return {"known": True, "sha256": hashlib.sha256(fetched.served).hexdigest(), "bytes": len(fetched.served)}


def _lines(lines: HeaderLines | Iterable[tuple[str, str]], most: int) -> tuple[list[list[str]], int]:
    """As sent and in order, as far as there is room; and how many were left out."""
    kept: list[list[str]] = []
    left_out, chars = 0, 0
    for name, sent in lines:
        value = told_without(sent)  # a picture may be written into it
        size = len(name) + len(value)
        if chars + size > most:
            left_out += 1
            continue
        chars += size
        kept.append([name, value])
    return kept, left_out
