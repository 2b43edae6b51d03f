"""What stands at a host's robots.txt, read as `*`: the program names itself to nobody, so it has no name to be
addressed by. The file is parsed by a confined reader (`reading`); here is what its rules mean, and for how long."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlsplit

from monitor.crawl.robots.patterns import Patterns
from monitor.model.page import Fetched, OutcomeKind
from monitor.model.robots import RobotsRules

KEEP = timedelta(hours=24)  # RFC 9309 section 2.4
KEEP_CLOSED = timedelta(hours=1)  # after a server error everything is disallowed, for this long
_NOT_KNOWN = frozenset({OutcomeKind.UNREADABLE, OutcomeKind.TOO_LARGE, OutcomeKind.TIMEOUT, OutcomeKind.CONNECTION})
_VERSION = 2  # of the note; the first kept the text, which is asked for anew


@dataclass(frozen=True)
class Robots:
    """What one host allows. closed: nothing, for a fault stood in its place (RFC 9309 section 2.3.1.4). digest: of the
    file that the rules were read from; '' where there was none."""

    rules: RobotsRules
    fetched_at: datetime
    closed: bool = False
    digest: str = ""

    @cached_property
    def _patterns(self) -> Patterns:
        return Patterns(self.rules)

    def allows(self, url: str) -> bool:
        return not self.closed and self._patterns.allow(url)

    def fresh(self, now: datetime) -> bool:
        # A clock that jumped back makes nothing fresh for ever.
        age = now - self.fetched_at
        return timedelta(0) <= age < (KEEP_CLOSED if self.closed else KEEP)

    def note(self) -> str:
        rules = self.rules
        kept = {
            "version": _VERSION,
            "at": self.fetched_at.isoformat(),
            "closed": self.closed,
            "digest": self.digest,
            "allow": rules.allow,
            "disallow": rules.disallow,
            "crawl_delay_s": rules.crawl_delay_s,
        }
        return json.dumps(kept)


def robots_of_note(note: str | None) -> Robots | None:
    """None where there is none, or one of another version."""
    try:
        kept = json.loads(note or "{}")
        if kept["version"] != _VERSION:
            return None
        rules = RobotsRules(tuple(kept["allow"]), tuple(kept["disallow"]), kept["crawl_delay_s"])
        return Robots(rules, datetime.fromisoformat(kept["at"]), bool(kept["closed"]), str(kept["digest"]))
    except (ValueError, KeyError, TypeError):
        return None


def needs_reading(fetched: Fetched) -> bool:
    """Many sites answer every unknown address with a page: that is not a robots.txt, and forbids nothing."""
    first = fetched.body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return fetched.outcome.kind is OutcomeKind.OK and first not in (b"", b"<")


def robots_of_answer(fetched: Fetched, read: RobotsRules | None) -> Robots | None:
    """read: what a reader made of it, where `needs_reading`; None = it died of it. None when there was no answer at
    all: then nothing is known, and the host cannot be visited either."""
    kind, at = fetched.outcome.kind, fetched.fetched_at
    if needs_reading(fetched) and read is not None:
        return Robots(read, at, digest=fetched.digest)
    # A fault; or something came, and what it says is not known: no reader survived it, or it could not be unpacked.
    faulty = 500 <= fetched.status < 600 or fetched.status == 429
    if faulty or needs_reading(fetched) or (fetched.status == 200 and kind in _NOT_KNOWN):
        return Robots(RobotsRules(), at, closed=True)
    # RFC 9309 sections 2.3.1.2 and 2.3.1.3: what is not there, not for us, or sent on for ever, forbids nothing.
    if fetched.status or kind is OutcomeKind.MOVED:
        return Robots(RobotsRules(), at)
    # The host answered, but not where it sent us to: not reached. One that is only resting is asked again.
    if fetched.redirects and kind not in (OutcomeKind.RATE_LIMITED, OutcomeKind.OFFLINE, OutcomeKind.PART):
        return Robots(RobotsRules(), at, closed=True)
    return None


def robots_url(url: str) -> str:
    """Where the rules for this URL stand: each scheme, host and port has its own (RFC 9309 section 2.3)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}/robots.txt"
