"""What the core makes of what a part says that was taken over: it holds every maximum, and is a lie all the same."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache

from msgspec import msgpack, to_builtins

from monitor.parts.frames import BadMessage
from monitor.parts.messages import OneOf, packed
from tests.fuzz.samples import sample
from tests.fuzz.target import Target

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def _samples(of: object, count: int = 60) -> Sequence[bytes]:
    pick, made = random.Random(str(of)), list[bytes]()
    for _ in range(count):
        try:
            made.append(packed(sample(of, pick)))
        except (BadMessage, ValueError):
            continue
    return made


def _hop(data: bytes) -> None:
    """A fetcher that lies, below everything that the core does with an answer."""
    from monitor.documents.visit_record import visit_record
    from monitor.model.page import Purpose, Request
    from monitor.model.settings import NetworkSettings
    from monitor.outbound.client import GuardedClient
    from monitor.outbound.guard import AddressRules
    from monitor.parts.messages.fetching import HopAnswer, HopAsk

    said = OneOf(HopAnswer).unpack(data)

    class Lying:
        async def ask(self, asked: HopAsk, body: bytes = b"") -> tuple[HopAnswer, bytes]:
            return said, data

        async def aclose(self) -> None: ...

    client = GuardedClient(NetworkSettings(), AddressRules(), wire=Lying(), clock=lambda: NOW)  # type: ignore[arg-type]
    for purpose in (Purpose.PAGE, Purpose.IMAGE):
        fetched = _loop().run_until_complete(client.fetch(Request("https://site.example/", purpose)))
        json.dumps(visit_record(fetched))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    import atexit

    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


def _rendered(data: bytes) -> None:
    """A browser that lies: its page becomes evidence as any other."""
    from monitor.crawl.outcome import outcome_of_page
    from monitor.documents.visit_record import visit_record
    from monitor.model.ids import CaptureId
    from monitor.model.page import PageContent
    from monitor.outbound.browser.page_telling import page_heard
    from monitor.parts.messages.browsing import PageTold
    from monitor.pipeline.sealable_page import without_pictures
    from monitor.pipeline.warc_files import page_warc

    fetched = page_heard(OneOf(PageTold).unpack(data), b"<p>body", None, NOW)
    json.dumps(visit_record(fetched))
    page_warc(fetched, without_pictures(fetched.body), None, CaptureId("c1"), NOW)
    outcome_of_page(PageContent(fetched.url), fetched)


def _after(data: bytes) -> None:
    from monitor.crawl.cookies import CookieJar
    from monitor.crawl.login import state_from
    from monitor.parts.messages.browsing import AfterRender, unpacked_beside

    after = unpacked_beside(AfterRender, data)
    state_from(after.login)
    jar = CookieJar()
    jar.take_shown(tuple(to_builtins(cookie) for cookie in after.cookies), NOW)
    jar.line("https://site.example/", NOW)


def _after_samples() -> Sequence[bytes]:
    from monitor.parts.messages.browsing import AfterRender

    pick = random.Random("after")
    return [msgpack.encode(sample(AfterRender, pick)) for _ in range(40)]


def _page_samples() -> Sequence[bytes]:
    from monitor.parts.messages.browsing import PageTold

    usual = _samples(PageTold)
    return [*usual, *(re.sub(_MOMENT, odd, one, flags=re.DOTALL) for one in usual[:20] for odd in _ODD_MOMENTS)]


_MOMENT = rb"\xd6\xff.{4}"  # as msgpack has it
_ODD_MOMENTS = (b"\xb90001-01-01T00:00:00+14:00", b"\xb99999-12-31T23:59:59-12:00", b"\xb32026-11-29T12:00:00")
"""Of no year in UTC; of no zone."""


def _hop_samples() -> Sequence[bytes]:
    from monitor.parts.messages.fetching import HopAnswer

    return _samples(HopAnswer)


def _sender(data: bytes) -> None:
    from monitor.parts.messages import own

    for kinds in (own.OF_SENDER_OR_FELL, own.TO_SENDER, own.JOB):
        try:
            kinds.unpack(data)
        except BadMessage:
            continue


def _sender_samples() -> Sequence[bytes]:
    from monitor.parts.messages import own

    return [one for kind in own.OF_SENDER_OR_FELL.types for one in _samples(kind, 10)]


def _control(data: bytes) -> None:
    from monitor.parts.parent.control import BadControl, pack_reply, pack_request, unpack_reply, unpack_request

    for unpack, pack in ((unpack_request, pack_request), (unpack_reply, pack_reply)):
        try:
            turn, said = unpack(data)  # type: ignore[operator]
        except BadControl:
            continue
        assert pack(turn, said) == data  # type: ignore[operator]


def _control_samples() -> Sequence[bytes]:
    from monitor.parts.parent import control

    return [
        control.pack_request(1, control.StartPart("fetcher")),
        control.pack_request(2, control.EndPart(7, 500)),
        control.pack_reply(1, control.PartStarted(7, 4321)),
        control.pack_reply(1, control.PartNotStarted("no such file")),
        control.pack_reply(2, control.EndOfPart(7, -9, "killed")),
    ]


_ALL: Sequence[tuple[str, Callable[[bytes], object], Callable[[], Sequence[bytes]], int]] = [
    ("apart-hop", _hop, _hop_samples, 60),
    ("apart-rendered", _rendered, _page_samples, 60),
    ("apart-after-render", _after, _after_samples, 60),
    ("apart-sender", _sender, _sender_samples, 60),
    ("apart-control", _control, _control_samples, 150),
]

APART = [
    Target(name=name, take=take, seeds=seeds, refuses=(BadMessage,), tries=tries) for name, take, seeds, tries in _ALL
]
