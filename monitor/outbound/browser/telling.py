"""What comes of a browser, as messages, and back: within the maxima that `parts.messages.browsing` states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from monitor.clock import Clock, monotonic
from monitor.model.page import Fetched
from monitor.model.rendered import BrowserLimits, Rendered
from monitor.model.screenshot import SavedPage
from monitor.outbound.browser.page_telling import MOST_TOLD_TEXT, CameAs, page_heard, page_told, too_long
from monitor.parts.frames import BadMessage
from monitor.parts.messages.browsing import (
    MAX_AFTER_BYTES,
    MAX_BROWSER_COOKIES,
    MAX_TOLD_BYTES,
    MAX_TOLD_PAGES,
    MAX_WITHHELD,
    AfterRender,
    CookieTold,
    Draw,
    DrawBeside,
    LimitsTold,
    PageTold,
    RenderOver,
    ServedTold,
    unpacked_beside,
)
from monitor.parts.talk import Talk


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


class MostTold(NamedTuple):
    """Bytes that a page load may bring: with one message, and with all of them."""

    at_once: int
    in_all: int

    @classmethod
    def by(cls, limits: BrowserLimits) -> MostTold:
        """A page twice, as it is shown and as it was served; styles, data and cookies; one picture, where a
        page is small. Of more pictures, as many as have room beside them."""
        page, picture = limits.max_page_bytes, limits.max_image_bytes
        at_once = max(page, picture, MAX_AFTER_BYTES)
        return cls(at_once, max(MAX_TOLD_BYTES, 2 * (max(page, picture // 2) + MAX_AFTER_BYTES)))


def rendered_told(rendered: Rendered, most: MostTold) -> Iterator[tuple[Struct, bytes]]:
    """In the order in which it is heard: what came along, the page, how it ended. What came along and has no room is
    left out: it is fetched like any other."""
    page = rendered.fetched
    served = page.served if page.served and len(page.served) <= most.at_once else b""
    left = most.in_all - len(page.body) - len(served) - MAX_AFTER_BYTES
    beside: tuple[tuple[CameAs, tuple[Fetched, ...]], ...] = (
        ("style", page.styles),
        ("data", page.data),
        ("image", page.subresources),
    )
    for came_as, several in beside:
        for one in several:
            told = page_told(one, came_as)
            if told is not None and len(one.body) <= min(most.at_once, left):
                left -= len(one.body)
                yield told, one.body
    told = page_told(page, "page", has_served=bool(served))
    if told is None or len(page.body) > most.at_once:
        told, body, served = page_told(too_long(page), "page"), b"", b""
        assert told is not None  # noqa: S101  # nothing of it is long
    else:
        body = page.body
    yield told, body
    if served:
        yield ServedTold(), served
    after = AfterRender(rendered.login, cookies_told(rendered.cookies)[:MAX_BROWSER_COOKIES])
    withheld = dict(list(rendered.withheld.items())[:MAX_WITHHELD])
    yield RenderOver(rendered.stood, rendered.why[:MOST_TOLD_TEXT], withheld), msgspec.msgpack.encode(after)


async def heard_of(
    talk: Talk[PageTold | ServedTold | RenderOver], at: datetime, within_s: float, clock: Clock, most_wire: int
) -> Rendered:
    """at: when it was asked. within_s: of the whole. most_wire: bytes that its line lets through. Raises PartLost;
    BadMessage where it is told in another order, or too much."""
    beside: dict[str, list[Fetched]] = {"image": [], "style": [], "data": []}
    page: tuple[PageTold, bytes] | None = None
    served: bytes | None = None
    count = 0
    end = monotonic() + within_s
    while True:
        said = await talk.hear(max(end - monotonic(), 0.001))
        message, count = said.message, count + 1
        if count > MAX_TOLD_PAGES + 2:
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
    now = clock()
    images, styles, data = (
        tuple(_as_it_can_be(one, at, now, most_wire) for one in beside[kind]) for kind in ("image", "style", "data")
    )
    return Rendered(
        fetched=replace(_as_it_can_be(fetched, at, now, most_wire), subresources=images, styles=styles, data=data),
        login=after.login,
        cookies=tuple(msgspec.to_builtins(cookie) for cookie in after.cookies),
        withheld=message.withheld,
        stood=message.stood,
        why=message.why,
    )


def _as_it_can_be(fetched: Fetched, asked: datetime, heard: datetime, most_wire: int) -> Fetched:
    """Its times go into sealed evidence, and its bytes against the budget of the visit: both as the core knows them,
    however a browser that is in a site's hands tells them. A clock that is set meanwhile is no lie."""
    first, last = min(asked, heard), max(asked, heard)
    hops = tuple(replace(hop, at=min(max(hop.at, first), last)) for hop in fetched.hops)
    return replace(fetched, hops=hops, wire_bytes=min(fetched.wire_bytes, most_wire))


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


_COOKIE = CookieTold.__struct_fields__
