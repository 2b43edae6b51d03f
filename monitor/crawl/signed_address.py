"""Addresses of files that serve for a time only: whoever serves them signs them with an end. Past it they answer like
what is gone, and say nothing of the file.

Read are the ends that the makers of such addresses document: Amazon S3 and Google Cloud Storage (`X-Amz-Date` with
`X-Amz-Expires`, `X-Goog-...`), CloudFront and S3's older kind (`Expires`), Azure (`se`), Akamai's token (`exp=` within
it), Facebook's and Instagram's `oe`, Discord's `ex` (both hexadecimal), and the plain names that many others use.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

_SIGNATURES = frozenset(
    "x-amz-signature x-goog-signature signature sig sign hm hash md5 token hmac hdnts hdntl __token__ oh policy "
    "secure verify st".split()
)
_ENDS = frozenset("expires expire expiry exp e se validto valid_until valid_to valid end ttl".split())
_HEX_ENDS = frozenset({"oe", "ex"})
_WITHIN = re.compile(r"(?:^|[~&*!/])(?:exp|expires)=(\d{10})(?=\D|$)")
_EARLIEST, _LATEST = datetime(2001, 9, 9, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def serves_for_a_time(url: str) -> bool:
    return ends_at(url) is not None or any(name in _SIGNATURES for name in _query(url))


def ends_at(url: str) -> datetime | None:
    """When it stops to serve; None where it does not say, or is not of this kind."""
    query = _query(url)
    for maker in ("x-amz", "x-goog"):
        if f"{maker}-date" in query and f"{maker}-expires" in query:
            return _after(query[f"{maker}-date"], query[f"{maker}-expires"])
    if _SIGNATURES.isdisjoint(query) and _HEX_ENDS.isdisjoint(query):
        return None
    for name, value in query.items():
        at = _seconds(value) if name in _ENDS else _seconds(value, 16) if name in _HEX_ENDS else None
        if name == "se" and at is None:
            at = _iso(value)
        if at is None and (within := _WITHIN.search(value)):
            at = _seconds(within[1])
        if at is not None:
            return at
    return None


def has_run_out(url: str, now: datetime) -> bool:
    at = ends_at(url)
    return at is not None and at <= now


def _query(url: str) -> dict[str, str]:
    try:
        return {name.lower(): value for name, value in parse_qsl(urlsplit(url).query)[:40]}
    except ValueError:
        return {}


def _after(start: str, seconds: str) -> datetime | None:
    try:
        begins = datetime.strptime(start, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return begins + timedelta(seconds=int(seconds))
    except (ValueError, OverflowError):
        return None


def _seconds(value: str, base: int = 10) -> datetime | None:
    """Since 1970; in milliseconds where there are so many digits."""
    try:
        number = int(value, base) if value.isascii() and value.isalnum() else -1
        at = datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if _EARLIEST <= at < _LATEST else None


def _iso(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
