"""What a request for an address can come to. Apart from `page`: whatever tells of a run needs these words alone."""

from __future__ import annotations

from enum import StrEnum


class OutcomeKind(StrEnum):
    OK = "ok"
    NOT_MODIFIED = "not_modified"
    GONE = "gone"  # 404, 410, or a page that says so with 200
    MOVED = "moved"  # a redirect that was not followed (too many, or to another scheme)
    WALL = "wall"  # bot check, log-in, age gate, consent
    BLOCKED = "blocked"  # 403, 451: may still be there for others
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TLS = "tls"
    DNS = "dns"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    UNREADABLE = "unreadable"  # lies about its type, broken coding, parser died
    REFUSED = "refused"  # by our own guard: an inside address, a scheme or port that is not allowed
    ROBOTS = "robots"  # robots.txt says no
    OFFLINE = "offline"  # this machine has no network
    PROXY = "proxy"  # the configured proxy cannot be used; nothing is sent without it
    PART = "part"  # a process of this program ended, hung or answered what it may not: nothing is said of the site
    BUDGET = "budget"  # a cap of ours was reached before this one
