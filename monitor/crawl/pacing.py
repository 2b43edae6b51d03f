"""How long to leave a host alone. Pure: times come in, times go out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_CRAWL_DELAY_S = 300.0  # a site that asks for more than this between two requests would never be seen whole
MAX_BACK_OFF_S = 6 * 3600.0  # of our own growth
MAX_ASKED_S = 86400.0  # of what a host may ask for: then it is asked once more, in case a clock stood wrong
FIRST_BACK_OFF_S = 30.0
JITTER = 0.25  # of the gap, added: requests on the dot tell a program


def gap(per_host_delay_s: float, crawl_delay_s: float | None, jitter: float) -> timedelta:
    """Between two requests to one host. robots.txt may only raise what the person set. jitter: 0 to 1."""
    asked = min(crawl_delay_s or 0.0, MAX_CRAWL_DELAY_S)
    return timedelta(seconds=max(per_host_delay_s, asked, 0.0) * (1.0 + JITTER * jitter))


def back_off(failures: int, retry_after_s: float | None, jitter: float) -> timedelta:
    """After the `failures`-th refusal in a row (1 = the first): 30 s, doubled each time, at most 6 h; never
    less than the host asked for, up to a day, nor on the dot of it. jitter: 0 to 1."""
    doubled = FIRST_BACK_OFF_S * 2.0 ** min(max(failures, 1) - 1, 20)
    ours = min(doubled * (1.0 + JITTER * jitter), MAX_BACK_OFF_S)
    asked = min(retry_after_s + FIRST_BACK_OFF_S * JITTER * jitter, MAX_ASKED_S) if retry_after_s else 0.0
    return timedelta(seconds=max(ours, asked))


def parse_retry_after(untrusted: str, now: datetime) -> float | None:
    """Seconds from now, at least 0; both forms of RFC 9110 section 10.2.3. None when it says nothing
    readable."""
    text = untrusted.strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:12]), 366 * 86400))
    try:
        moment = parsedate_to_datetime(text[:64])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)


def sent_at(untrusted: str, now: datetime) -> datetime:
    """By the server's own clock, as its `Date` says (RFC 9110 section 6.6.1): what it asks for by a time is counted
    from there, whichever of the two clocks is off. now: where it says nothing readable."""
    try:
        moment = parsedate_to_datetime(untrusted.strip()[:64])
    except (ValueError, TypeError, IndexError, OverflowError):
        return now
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def parse_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until a counted limit begins anew, as APIs write it: seconds from now (Reddit, the IETF's draft), seconds
    since 1970 (Bluesky) or a time (Mastodon). headers: names in lower case."""
    text = (headers.get("ratelimit-reset") or headers.get("x-ratelimit-reset") or "").strip()[:40]
    try:
        said = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        said = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not 0 <= said < 1e11:
        return None
    return max(said - now.timestamp(), 0.0) if said > 1e9 else said
