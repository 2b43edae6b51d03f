"""Whether the address of a desk can still be relied on, as far as one look at it tells. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.domains import registrable_domain
from monitor.hosts import host_of
from monitor.model.desk import DeskAnswer, DeskLook
from monitor.model.page import Outcome, OutcomeKind

LOOK_EVERY = timedelta(days=7)
LOOK_AGAIN = timedelta(days=1)  # after a look that told nothing

_LOG_IN = re.compile(r"(?<![a-z])(log-?_?in|sign-?_?in|signin|accounts?\.google|oauth2?|sso)(?![a-z])", re.IGNORECASE)
_LINK_SERVICE = "/fwlink"  # Microsoft's own: made to lead elsewhere
_ANSWERS = {
    OutcomeKind.GONE: DeskAnswer.GONE,
    OutcomeKind.MOVED: DeskAnswer.MOVED,
}


def judged(address: str, came_from: str, outcome: Outcome) -> tuple[DeskAnswer, str]:
    """came_from: the address after redirects. outcome: of the page, after it was read. What it means, and in words."""
    if outcome.kind is OutcomeKind.WALL:
        is_log_in = "log-in" in outcome.message
        return (DeskAnswer.LOG_IN if is_log_in else DeskAnswer.UNKNOWN), outcome.message
    if outcome.kind is not OutcomeKind.OK:
        return _ANSWERS.get(outcome.kind, DeskAnswer.UNKNOWN), outcome.message
    if _is_log_in(came_from) and not _is_log_in(address):
        return DeskAnswer.LOG_IN, f"it leads to a log-in at {host_of(came_from)}"
    if _is_elsewhere(address, came_from):
        return DeskAnswer.MOVED, f"it leads to {came_from}"
    return DeskAnswer.FINE, ""


def to_ask(needed: Collection[str], known: Mapping[str, DeskLook], now: datetime) -> tuple[str, ...]:
    """Of the addresses that open reports need, those to ask now. A look of the future (the clock was set back) is
    none."""
    return tuple(address for address in needed if _is_due(known.get(address), now))


def warning(look: DeskLook | None) -> str:
    """For the person, in full sentences; '' where nothing speaks against the address."""
    if look is None or not look.answer.is_doubt:
        return ""
    what = {
        DeskAnswer.GONE: "The page at this address was gone",
        DeskAnswer.MOVED: "This address led to another page",
        DeskAnswer.LOG_IN: "This address asked for a log-in",
    }[look.answer]
    return (
        f"{what} when the program looked on {look.at:%Y-%m-%d} ({look.said or 'it said no more'}). "
        "Look for the form on the site itself before you rely on it."
    )


def _is_due(look: DeskLook | None, now: datetime) -> bool:
    if look is None or look.at > now:
        return True
    return now - look.at >= (LOOK_AGAIN if look.answer is DeskAnswer.UNKNOWN else LOOK_EVERY)


def _is_log_in(address: str) -> bool:
    parts = urlsplit(address)
    return _LOG_IN.search(f"{parts.netloc}{parts.path}") is not None


def _is_elsewhere(address: str, came_from: str) -> bool:
    """The same page goes by longer names too: with a language in its path, or its title behind its number."""
    asked, came = urlsplit(address), urlsplit(came_from)
    if registrable_domain(asked.hostname or "") != registrable_domain(came.hostname or ""):
        return True
    if asked.path.rstrip("/") == _LINK_SERVICE:
        return False
    last = asked.path.rstrip("/").rpartition("/")[2]
    return last.casefold() not in came.path.casefold()
