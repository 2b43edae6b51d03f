"""What came of one address, as a message, and back: within the maxima that `parts.messages.browsing` states."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

import msgspec

from monitor.model.exchange import Exchange, HeaderLines
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.outbound.browser.finding import advice_told
from monitor.parts.frames import BadMessage
from monitor.parts.messages import packed
from monitor.parts.messages.browsing import (
    MAX_CHAIN,
    MAX_HEAD_LINES,
    MAX_TOLD_ADDRESS_CHARS,
    MAX_TOLD_REDIRECTS,
    MAX_TOLD_WAIT_S,
    ExchangeTold,
    OutcomeTold,
    PageTold,
)

MOST_TOLD_TEXT = 2_000  # characters of anything that is told in words
CameAs = Literal["page", "image", "style", "data"]


def outcome_told(outcome: Outcome) -> OutcomeTold:
    wait = outcome.retry_after_s
    return OutcomeTold(
        outcome.kind,
        outcome.message[:MOST_TOLD_TEXT],
        outcome.own_remedy[:MOST_TOLD_TEXT],
        None if wait is None else min(max(wait, 0.0), MAX_TOLD_WAIT_S),
    )


def outcome_of(told: OutcomeTold) -> Outcome:
    return Outcome(told.kind, told.message, told.own_remedy, told.retry_after_s)


def page_told(fetched: Fetched, came_as: CameAs, *, has_served: bool = False) -> PageTold | None:
    """None where an address of it is longer than any that is kept. Where its record is larger than a message, first
    what its hops proved themselves with and then the hops are left out: of those none are known."""
    request = fetched.request
    if max(map(len, (request.url, request.referrer, fetched.url, *fetched.redirects))) > MAX_TOLD_ADDRESS_CHARS:
        return None
    served: Literal["none", "empty", "next"] = "none" if fetched.served is None else "next" if has_served else "empty"
    hops = tuple(_exchange_told(hop) for hop in fetched.hops[-MAX_TOLD_REDIRECTS - 1 :])
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
            redirects=fetched.redirects[:MAX_TOLD_REDIRECTS],
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


def page_heard(told: PageTold, body: bytes, served: bytes | None, at: datetime) -> Fetched:
    outcome = outcome_of(told.outcome)
    return Fetched.of(
        Request(told.asked_url, told.purpose, referrer=told.referrer),
        replace(outcome, own_remedy=advice_told(outcome.own_remedy)),
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


def too_long(page: Fetched) -> Fetched:
    request = page.request
    why = Outcome(OutcomeKind.TOO_LARGE, "too large: more than is kept of any page")
    return Fetched.of(
        Request(request.url[:MAX_TOLD_ADDRESS_CHARS], request.purpose),
        why,
        request.url[:MAX_TOLD_ADDRESS_CHARS],
        page.fetched_at,
    )


def _lines(lines: HeaderLines) -> HeaderLines:
    return lines[:MAX_HEAD_LINES]


def _exchange_told(hop: Exchange) -> ExchangeTold:
    return ExchangeTold(
        url=hop.url[:MAX_TOLD_ADDRESS_CHARS],
        at=hop.at,
        status=hop.status,
        reason=hop.reason[:MOST_TOLD_TEXT],
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
