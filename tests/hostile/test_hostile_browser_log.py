"""What a rendered page's visit knows of the wire: hops, lines, and the bytes of the page as they were served."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from monitor.clock import utc_now
from monitor.model.exchange import NOT_KEPT
from monitor.model.page import OutcomeKind as K
from monitor.outbound.browser.fetcher import BrowserFetcher
from monitor.outbound.browser.finding import find_chromium
from monitor.outbound.guard import AddressRules
from tests.hostile.hostile_browser import jpeg, settings, visit
from tests.hostile.hostile_site import Names, Site, ok, site, to

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine"),
]
SECRET = "s3cr3t-t0ken"
SCRIPTED = "<title>x</title><p id=p>{words}</p><script>p.append(' and more')</script>"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[BrowserFetcher]:
    names = Names(third=[["127.0.0.1"]])
    made = BrowserFetcher(settings(), AddressRules.of(settings().network), names, clock=utc_now)
    yield made
    await made.aclose()


def by_path(served: Site, answers: dict[bytes, bytes]) -> None:
    def answer(head: bytes) -> bytes:
        return answers.get(head.split(b" ")[1].rpartition(b"/")[2], ok(b"nothing", status="404 Not Found"))

    served.answer_to = answer  # type: ignore[method-assign]


async def test_hops_are_known_with_their_lines_and_no_log_in(browser: BrowserFetcher) -> None:
    moved = to("/page", "302 Gone Away").replace(b"\r\n\r\n", f"\r\nSet-Cookie: a={SECRET}\r\n\r\n".encode())
    page = b"<title>x</title><link rel=stylesheet href=/s.css><img src=/p.jpg><p>words</p>"
    lines = "Content-Type: text/html\r\nX-OdD: \xfc\r\nSet-Cookie: b=1\r\nSet-Cookie: c=2"
    async with site(b"") as served:
        by_path(
            served,
            {
                b"from": moved,
                b"page": ok(page, lines, "200 Fine Indeed"),
                b"p.jpg": ok(jpeg(3), "Content-Type: image/jpeg"),
                b"s.css": ok(b"p { color: green }", "Content-Type: text/css"),
            },
        )
        fetched = await visit(browser, served, served.url("/from"))
        assert fetched.outcome.kind is K.OK, fetched.outcome
        assert [(hop.url, hop.status, hop.reason) for hop in fetched.hops] == [
            (served.url("/from"), 302, "Gone Away"),
            (served.url("/page"), 200, "Fine Indeed"),
        ]
        last = fetched.hops[-1]
        assert (last.protocol, last.method, last.ip, last.tls, last.chain) == ("HTTP/1.1", "GET", "127.0.0.1", "", ())
        assert ("X-OdD", "\xfc") in last.answered
        assert [value for name, value in last.answered if name == "Set-Cookie"] == [NOT_KEPT, NOT_KEPT]
        head = next(head for head in served.heads if b" /page " in head)
        sent = {line for line in head.decode("latin-1").split("\r\n")[1:] if line}
        written = {f"{name}: {value}" for name, value in last.asked}
        assert {line for line in sent if not line.startswith("Cookie")} == written - {f"Cookie: {NOT_KEPT}"}
        assert f"Cookie: a={SECRET}" in sent and f"Cookie: {NOT_KEPT}" in written
        assert SECRET not in repr((fetched, fetched.hops))
        (picture,), (sheet,) = fetched.subresources, fetched.styles
        assert [hop.url for hop in picture.hops] == [served.url("/p.jpg")] and picture.hops[0].asked
        assert (sheet.url, sheet.body) == (served.url("/s.css"), b"p { color: green }")
        assert len(served.heads) == len({head.split(b" ")[1] for head in served.heads})  # nothing was asked for twice


@pytest.mark.parametrize(
    ("words", "head"),
    [
        pytest.param("grüße".encode(), "text/html; charset=utf-8", id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + "grüße".encode(), "text/html", id="UTF-8 with a mark"),
        pytest.param("привет".encode("cp1251"), "text/html; charset=windows-1251", id="Cyrillic"),
        pytest.param(b"gr\xfc\xdfe \x81 \x93x\x94", "text/html", id="no encoding named"),
        pytest.param(b"\xff\xfe bad \xc3", "text/html; charset=utf-8", id="not what it says"),
        pytest.param("привет".encode("koi8-r") * 20_000, "text/html; charset=koi8-r", id="long"),
    ],
)
async def test_the_page_is_had_as_it_was_served(browser: BrowserFetcher, words: bytes, head: str) -> None:
    page = SCRIPTED.encode().replace(b"{words}", words)
    async with site(ok(page, f"Content-Type: {head}")) as served:
        fetched = await visit(browser, served, served.url("/page"))
    assert fetched.outcome.kind is K.OK and b" and more" in fetched.body.replace(b"('", b"")
    assert fetched.served == page


@pytest.mark.long
async def test_what_is_no_page_is_as_it_was_served_anyway(browser: BrowserFetcher) -> None:
    async with site(ok(jpeg(1), "Content-Type: image/jpeg")) as served:
        fetched = await visit(browser, served, served.url("/p.jpg"))
    assert fetched.served is None and fetched.body == jpeg(1)
