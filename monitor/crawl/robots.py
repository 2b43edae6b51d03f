"""robots.txt by RFC 9309, read as `*`: the program names itself to nobody, so it has no name to be addressed
by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from monitor.model.page import Fetched, OutcomeKind

MAX_BYTES = 500 * 1024  # RFC 9309 section 2.5: at least 500 KiB; the rest is not read
MAX_RULES = 5_000  # each is compared with each URL: more is a trap
KEEP = timedelta(hours=24)  # RFC 9309 section 2.4
KEEP_CLOSED = timedelta(hours=1)  # after a server error everything is disallowed, for this long
KEEP_UNREACHED = timedelta(minutes=5)  # no answer at all: the host is not asked again for every picture on it


@dataclass(frozen=True, slots=True)
class Robots:
    """What one host allows. text: robots.txt as far as it was read, '' for everything allowed or everything
    closed. closed: a server error stood in its place (RFC 9309 section 2.3.1.4)."""

    text: str
    closed: bool
    fetched_at: datetime
    _rules: Protego | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, text: str, *, fetched_at: datetime, closed: bool = False) -> Robots:
        return cls(text, closed, fetched_at, Protego.parse(_bounded(text)) if text else None)

    def allows(self, url: str) -> bool:
        if self.closed:
            return False
        if self._rules is None:
            return True
        # An unreadable URL is the guard's to refuse, not a reason to fall over here.
        try:
            return self._rules.can_fetch(url, "*")
        except ValueError:
            return True

    @property
    def crawl_delay_s(self) -> float | None:
        if self._rules is None:
            return None
        try:
            delay = self._rules.crawl_delay("*")
        except ValueError:
            return None
        return delay if delay is not None and 0 <= delay < float("inf") else None

    def fresh(self, now: datetime) -> bool:
        # A clock that jumped back makes nothing fresh for ever.
        age = now - self.fetched_at
        return timedelta(0) <= age < (KEEP_CLOSED if self.closed else KEEP)


def robots_of(fetched: Fetched) -> Robots | None:
    """None when there was no answer at all: then nothing is known, and the host cannot be visited either."""
    at = fetched.fetched_at
    match fetched.outcome.kind:
        case OutcomeKind.OK:
            text = fetched.body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
            return Robots.of("" if _is_markup(text) else text, fetched_at=at)
        case OutcomeKind.SERVER_ERROR | OutcomeKind.RATE_LIMITED:
            return Robots.of("", closed=True, fetched_at=at)
        case _ if fetched.status:  # RFC 9309 section 2.3.1.3: what is not there, or not for us, forbids nothing
            return Robots.of("", fetched_at=at)
        case _:
            return None


def address(url: str) -> str:
    """Where the rules for this URL stand: each scheme, host and port has its own (RFC 9309 section 2.3)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/robots.txt"


def _is_markup(text: str) -> bool:
    """Many sites answer every unknown address with a page: that is no robots.txt, and forbids nothing."""
    return text.lstrip()[:1] == "<"


def _bounded(text: str) -> str:
    """Every group that is not for `*` becomes one and the same: a file of thousands of names, each with
    thousands of rules, would otherwise be read as their product."""
    kept: list[str] = []
    rules = 0
    for line in text.splitlines():
        name, _, value = line.partition(":")
        match name.strip().lower():
            case "user-agent" | "useragent" | "user agent":
                star = value.partition("#")[0].strip() == "*"
                kept.append("User-agent: *" if star else "User-agent: another")
            case "allow" | "disallow" | "crawl-delay":
                rules += 1
                if rules <= MAX_RULES:
                    kept.append(line)
            case _:
                continue
    return "\n".join(kept)
