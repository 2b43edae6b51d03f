"""When a known address is asked for again: by what its answers say of themselves (RFC 9111), and by how long it was
seen to stay the same. Pure.

What says that it stays, stays for so long. What says that it does not is asked again at the next visit, and what says
nothing the next day; then each time after as long again as it was seen to stay the same, up to thirty days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from monitor.crawl.sameness import drawn, is_drawn
from monitor.errors import UnreadableKind
from monitor.model.exchange import http_date

MOST_APART = timedelta(days=30)  # whatever it says: another picture may have been put at the address
SOON = timedelta(0)  # what is not for long: being made, being scanned, for one visitor
UNSAID = timedelta(hours=20)  # what says nothing: at the next day's visit, though that be an hour early
HEURISTIC_SHARE = 10  # RFC 9111 section 4.2.2: a tenth of the time since it was last changed
NAMED_WHOLE_AFTER = timedelta(hours=44)  # at the visit of the second day, though that be early
OTHERS_WHOLE_AFTER = timedelta(days=4)
OTHERS_SPREAD_DAYS = 4
WHOLE_AFTER = timedelta(days=8)  # known for the same for so long, one in `sameness.ONE_IN` is asked for whole again

HALF_MADE = frozenset({UnreadableKind.BROKEN, UnreadableKind.NOT_AN_IMAGE})
"""What may be there in full a little later."""

_OF_AN_OWNER = re.compile(r"(?<![a-z])(?:avatars?|userpics?|profile|banners?|headers?|covers?|gravatar|pfp)(?![a-z])")

MAX_SECONDS = 2**31  # RFC 9111 section 1.2.2
_SECONDS_CHARS = 20

Headers = Iterable[tuple[str, str]]
"""(lower-case name, value), as sent; a name may come several times."""


def lifetime(headers: Headers, at: datetime) -> timedelta | None:
    """How long an answer says it stays good from `at`, when it came; 0 where it says that it does not, None where it
    says nothing. What is wrongly written says that it does not (RFC 9111 section 4.2.1)."""
    sent = _by_name(headers)
    directives = _directives(sent.get("cache-control", []))
    if directives.keys() & {"no-store", "no-cache"} or "*" in (value.strip() for value in sent.get("vary", [])):
        return timedelta(0)
    if "max-age" in directives:
        said = min((_seconds(value) for value in directives["max-age"]), default=0)
        return _left(said, sent)
    if "expires" in sent:
        until = http_date(sent["expires"][0])
        since = http_date(sent.get("date", [""])[0]) or at
        return _left(int((until - since).total_seconds()), sent) if until is not None else timedelta(0)
    if "immutable" in directives:  # RFC 8246, without the max-age that belongs to it
        return MOST_APART
    if "cache-control" not in sent and any("no-cache" in value.lower() for value in sent.get("pragma", [])):
        return timedelta(0)
    return None


def heuristic(headers: Headers, at: datetime) -> timedelta | None:
    """Of what says nothing: a tenth of the time since it was last changed, where it says when that was."""
    sent = _by_name(headers)
    changed = http_date(sent.get("last-modified", [""])[0])
    since = (http_date(sent.get("date", [""])[0]) or at) - changed if changed is not None else None
    return since / HEURISTIC_SHARE if since is not None and since > timedelta(0) else None


def ask_again_at(
    headers: Headers,
    at: datetime,
    *,
    same_since: datetime,
    is_changing: bool = False,
    passed_on: bool = False,
    unreadable: UnreadableKind | None = None,
) -> datetime:
    """at: when it was asked for last. same_since: when it was first seen as it is now. is_changing: where it says
    nothing of itself, it is taken for something that changes. passed_on: a redirect led to it, which is for now unless
    somebody says so for good."""
    proven = max(at - same_since, timedelta(0))
    said = lifetime(headers, at)
    if passed_on or unreadable in HALF_MADE:
        first = SOON
    elif said is None and is_changing:
        first = SOON
    elif said is None:
        first = max(heuristic(headers, at) or UNSAID, UNSAID)
    else:
        first = max(said, SOON)
    return at + min(max(first, proven), MOST_APART)


def is_asked_whole(url: str, now: datetime, *, same_since: datetime) -> bool:
    """Without a validator: who answers "not modified" for ever is not believed for ever."""
    return now - same_since >= WHOLE_AFTER and is_drawn(url, now.toordinal())


def is_page_asked_whole(url: str, now: datetime, *, came_at: datetime, is_named: bool) -> bool:
    """Likewise of a page. came_at: when it last came whole. is_named: by the watch itself. The others are spread, so
    that not all of a place come at once."""
    if is_named:
        return now - came_at >= NAMED_WHOLE_AFTER
    later = timedelta(days=drawn(url, OTHERS_SPREAD_DAYS))
    return now - came_at >= OTHERS_WHOLE_AFTER + later


def names_what_changes(url: str) -> bool:
    """An avatar, a banner: one address, and the picture that its owner has there now."""
    return not url.startswith("data:") and bool(_OF_AN_OWNER.search(url.partition("?")[0].lower()))


def _by_name(headers: Headers) -> Mapping[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for name, value in headers:
        sent.setdefault(name, []).append(value)
    return sent


def _directives(lines: Iterable[str]) -> Mapping[str, list[str]]:
    """A directive with fields of its own (`no-cache="set-cookie"`) is about these fields alone, and left out."""
    found: dict[str, list[str]] = {}
    for part in ",".join(lines)[:4096].split(","):
        name, equals, value = part.partition("=")
        name, value = name.strip().lower(), value.strip()
        if not (equals and name in ("no-cache", "private")):
            found.setdefault(name, []).append(value.strip('"'))
    return found


def _seconds(written: str) -> int:
    """0 for what is no number."""
    is_number = written.isascii() and written.isdigit() and len(written) <= _SECONDS_CHARS
    return min(int(written), MAX_SECONDS) if is_number else 0


def _left(seconds: int, sent: Mapping[str, list[str]]) -> timedelta:
    """Without the time that it lay in caches on the way."""
    return timedelta(seconds=min(max(seconds - _seconds(sent.get("age", ["0"])[0].strip()), 0), MAX_SECONDS))
