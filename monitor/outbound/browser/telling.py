"""What comes of a browser, as messages, and back: within the maxima that `parts.messages.browsing` states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from monitor.model.exchange import Exchange, HeaderLines
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.rendered import BrowserLimits
from monitor.parts.frames import BadMessage
from monitor.parts.messages import packed
from monitor.parts.messages.browsing import (
    MAX_ADDRESS_CHARS,
    MAX_CHAIN,
    MAX_HEAD_LINES,
    MAX_REDIRECTS,
    CookieTold,
    ExchangeTold,
    LimitsTold,
    OutcomeTold,
    PageTold,
)

_MOST_TEXT = 2_000


def outcome_told(outcome: Outcome) -> OutcomeTold:
    return OutcomeTold(
        outcome.kind, outcome.message[:_MOST_TEXT], outcome.own_remedy[:_MOST_TEXT], outcome.retry_after_s
    )


def outcome_of(told: OutcomeTold) -> Outcome:
    return Outcome(told.kind, told.message, told.own_remedy, told.retry_after_s)


def limits_told(limits: BrowserLimits) -> LimitsTold:
    return LimitsTold(
        limits.browser_path, limits.user_agent, limits.timeout_s, limits.max_page_bytes, limits.max_image_bytes
    )


def limits_of(told: LimitsTold) -> BrowserLimits:
    return BrowserLimits(
        browser_path=told.browser_path,
        user_agent=told.user_agent,
        timeout_s=told.timeout_s,
        max_page_bytes=told.max_page_bytes,
        max_image_bytes=told.max_image_bytes,
    )


def page_told(fetched: Fetched, came_as: Any, *, has_served: bool = False) -> PageTold | None:
    """None where an address of it is longer than any that is kept. Where its record is larger than a message, first
    what its hops proved themselves with and then the hops are left out: of those none are known."""
    request = fetched.request
    if max(map(len, (request.url, request.referrer, fetched.url, *fetched.redirects))) > MAX_ADDRESS_CHARS:
        return None
    served = "none" if fetched.served is None else "next" if has_served else "empty"
    hops = tuple(_exchange_told(hop) for hop in fetched.hops[-MAX_REDIRECTS - 1 :])
    bare = tuple(msgspec.structs.replace(hop, chain=()) for hop in hops)
    for kept, lines in ((hops, fetched.headers), (bare, fetched.headers), ((), fetched.headers), ((), ())):
        told = PageTold(
            came_as=came_as,
            asked_url=request.url,
            purpose=request.purpose,
            referrer=request.referrer,
            outcome=outcome_told(fetched.outcome),
            url=fetched.url,
            status=fetched.status,
            headers=_lines(lines),
            ip=fetched.ip,
            redirects=fetched.redirects[:MAX_REDIRECTS],
            wire_bytes=fetched.wire_bytes,
            hops=kept,
            served=served,
        )
        try:
            packed(told)
        except BadMessage:
            continue
        return told
    return None


def page_of(told: PageTold, body: bytes, served: bytes | None, at: Any) -> Fetched:
    return Fetched.of(
        Request(told.asked_url, told.purpose, referrer=told.referrer),
        outcome_of(told.outcome),
        told.url,
        at,
        status=told.status,
        headers=told.headers,
        body=body,
        ip=told.ip,
        redirects=told.redirects,
        wire_bytes=told.wire_bytes,
        hops=tuple(_exchange_of(hop) for hop in told.hops),
        served=served if told.served == "next" else b"" if told.served == "empty" else None,
    )


def cookies_told(cookies: tuple[Mapping[str, Any], ...]) -> tuple[CookieTold, ...]:
    """Those that are bound to the page that they were set in stay with the browser; what is no cookie, too."""
    told = []
    for one in cookies:
        if not one.get("partitionKey"):
            try:
                told.append(msgspec.convert({name: one[name] for name in _COOKIE if name in one}, CookieTold))
            except msgspec.ValidationError:
                continue
    return tuple(told)


def too_long(request: Request, at: Any) -> Fetched:
    return Fetched.of(
        Request(request.url[:MAX_ADDRESS_CHARS], request.purpose),
        Outcome(OutcomeKind.TOO_LARGE, "too large: its address has no end"),
        request.url[:MAX_ADDRESS_CHARS],
        at,
    )


_COOKIE = CookieTold.__struct_fields__


def _lines(lines: HeaderLines) -> HeaderLines:
    return lines[:MAX_HEAD_LINES]


def _exchange_told(hop: Exchange) -> ExchangeTold:
    return ExchangeTold(
        url=hop.url[:MAX_ADDRESS_CHARS],
        at=hop.at,
        status=hop.status,
        reason=hop.reason[:_MOST_TEXT],
        protocol=hop.protocol[:400],
        method=hop.method[:400],
        asked=_lines(hop.asked),
        answered=_lines(hop.answered),
        ip=hop.ip,
        tls=hop.tls[:400],
        chain=hop.chain[:MAX_CHAIN],
    )


def _exchange_of(told: ExchangeTold) -> Exchange:
    return Exchange(
        url=told.url,
        at=told.at,
        status=told.status,
        reason=told.reason,
        protocol=told.protocol,
        method=told.method,
        asked=told.asked,
        answered=told.answered,
        ip=told.ip,
        tls=told.tls,
        chain=told.chain,
    )
