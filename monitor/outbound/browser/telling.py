"""What comes of a browser, as messages, and back: within the maxima that `parts.messages.browsing` states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from monitor.clock import monotonic
from monitor.model.exchange import Exchange, HeaderLines
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.rendered import BrowserLimits, Rendered
from monitor.model.screenshot import SavedPage
from monitor.parts.frames import MAX_FRAME_BODY, BadMessage
from monitor.parts.messages import packed
from monitor.parts.messages.browsing import (
    MAX_BROWSER_COOKIES,
    MAX_CHAIN,
    MAX_HEAD_LINES,
    MAX_TOLD_ADDRESS_CHARS,
    MAX_TOLD_BYTES,
    MAX_TOLD_PAGES,
    MAX_TOLD_REDIRECTS,
    MAX_WITHHELD,
    AfterRender,
    CookieTold,
    Draw,
    DrawBeside,
    ExchangeTold,
    LimitsTold,
    OutcomeTold,
    PageTold,
    RenderOver,
    ServedTold,
    unpacked_beside,
)
from monitor.parts.talk import Talk

_MOST_TEXT = 2_000
CameAs = Literal["page", "image", "style", "data"]


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


def rendered_told(rendered: Rendered) -> Iterator[tuple[Struct, bytes]]:
    """In the order in which it is heard: what came along, the page, how it ended."""
    page = rendered.fetched
    beside: tuple[tuple[CameAs, tuple[Fetched, ...]], ...] = (
        ("image", page.subresources),
        ("style", page.styles),
        ("data", page.data),
    )
    for came_as, several in beside:
        for one in several:
            told = page_told(one, came_as)
            if told is not None and len(one.body) <= MAX_FRAME_BODY:
                yield told, one.body
    served = page.served if page.served and len(page.served) <= MAX_FRAME_BODY else b""
    told = page_told(page, "page", has_served=bool(served))
    if told is None or len(page.body) > MAX_FRAME_BODY:
        told, body, served = page_told(too_long(page), "page"), b"", b""
        assert told is not None  # noqa: S101  # nothing of it is long
    else:
        body = page.body
    yield told, body
    if served:
        yield ServedTold(), served
    after = AfterRender(rendered.login, cookies_told(rendered.cookies)[:MAX_BROWSER_COOKIES])
    withheld = dict(list(rendered.withheld.items())[:MAX_WITHHELD])
    yield RenderOver(rendered.stood, rendered.why[:_MOST_TEXT], withheld), msgspec.msgpack.encode(after)


async def heard_of(talk: Talk[PageTold | ServedTold | RenderOver], at: datetime, within_s: float) -> Rendered:
    """within_s: of the whole. Raises PartLost; BadMessage where it is told in another order, or too much."""
    beside: dict[str, list[Fetched]] = {"image": [], "style": [], "data": []}
    page: tuple[PageTold, bytes] | None = None
    served: bytes | None = None
    count = size = 0
    end = monotonic() + within_s
    while True:
        said = await talk.hear(max(end - monotonic(), 0.001))
        message, count, size = said.message, count + 1, size + len(said.body)
        if count > MAX_TOLD_PAGES + 2 or size > MAX_TOLD_BYTES:
            raise BadMessage("more came of a page than may")
        match message:
            case PageTold(came_as="page") if page is None:
                page = message, said.body
            case PageTold() if page is None and message.came_as != "page" and message.served == "none":
                beside[message.came_as].append(page_heard(message, said.body, None, at))
            case ServedTold() if page is not None and page[0].served == "next" and served is None:
                served = said.body
            case RenderOver() if page is not None:
                break
            case _:
                raise BadMessage("what came of a page came in disorder")
    after = unpacked_beside(AfterRender, said.body)
    fetched = page_heard(page[0], page[1], served, at)
    return Rendered(
        fetched=replace(
            fetched,
            subresources=tuple(beside["image"]),
            styles=tuple(beside["style"]),
            data=tuple(beside["data"]),
        ),
        login=after.login,
        cookies=tuple(msgspec.to_builtins(cookie) for cookie in after.cookies),
        withheld=message.withheld,
        stood=message.stood,
        why=message.why,
    )


def draw_told(saved: SavedPage, browser_path: str) -> tuple[Draw, bytes, tuple[bytes, ...]]:
    """The question, what goes beside it, and the files that follow."""
    picture = saved.picture
    opening = Draw(
        browser_path=browser_path,
        url=saved.url,
        account=saved.account,
        fetched_at=saved.fetched_at,
        media_type=saved.media_type,
        page_digest=saved.page_digest,
        picture_type=picture.media_type if picture is not None else None,
        is_rendered=saved.is_rendered,
        served_digest=saved.served_digest,
        sheets=len(saved.sheets),
    )
    beside = DrawBeside(
        addresses=tuple(sorted(picture.addresses)) if picture is not None else (),
        variants=tuple(sorted(picture.variants)) if picture is not None else (),
        sheets=tuple(sheet.url for sheet in saved.sheets),
        sizes=dict(saved.sizes),
    )
    files = (saved.body, *((picture.body,) if picture is not None else ()), *(sheet.body for sheet in saved.sheets))
    return opening, msgspec.msgpack.encode(beside), files


def too_long(page: Fetched) -> Fetched:
    request = page.request
    why = Outcome(OutcomeKind.TOO_LARGE, "too large: more than is kept of any page")
    return Fetched.of(
        Request(request.url[:MAX_TOLD_ADDRESS_CHARS], request.purpose),
        why,
        request.url[:MAX_TOLD_ADDRESS_CHARS],
        page.fetched_at,
    )


_COOKIE = CookieTold.__struct_fields__


def _lines(lines: HeaderLines) -> HeaderLines:
    return lines[:MAX_HEAD_LINES]


def _exchange_told(hop: Exchange) -> ExchangeTold:
    return ExchangeTold(
        url=hop.url[:MAX_TOLD_ADDRESS_CHARS],
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
