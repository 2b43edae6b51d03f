"""Chromium's life: who fells it, who stands beside it, where it may go, and that nothing of it stays behind."""

# ruff: noqa: E501 - one row a line reads best

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from monitor.crawl.cookies import CookieJar
from monitor.crawl.login import Cookie, LoginState, dump
from monitor.model.page import LoginOf, Request
from monitor.model.page import OutcomeKind as K
from monitor.outbound.browser import rendering as module
from monitor.outbound.browser.chromium import tree
from monitor.outbound.browser.fetcher import BrowserFetcher
from monitor.outbound.browser.finding import find_chromium
from tests.hostile.hostile_browser import answering, browser_visit, fetcher, visit
from tests.hostile.hostile_site import Names, ok, proxy, site, to
from tests.kept import KeptLogins
from tests.patience import LATE_S, WITHIN_S

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[BrowserFetcher]:
    made = fetcher(Names(third=[["127.0.0.1"]], inside=[["127.0.0.2"]]))
    yield made
    await made.aclose()


class Held:
    """A page whose answers come when `go` is set. here: set when so many have asked."""

    def __init__(self, wanted: int) -> None:
        self.go, self.here, self.asked, self._wanted = asyncio.Event(), asyncio.Event(), 0, wanted

    async def __call__(self, path: str, writer: asyncio.StreamWriter) -> None:
        if path.startswith("/held"):
            self.asked += 1
            if self.asked == self._wanted:
                self.here.set()
            await self.go.wait()
        writer.write(ok())


@pytest.mark.rows(1)
@pytest.mark.parametrize(("pages", "kinds"), [(1, [K.TOO_LARGE]), (3, [K.OK] * 3)], ids=["alone", "beside others"])
async def test_who_stood_beside_a_page_that_felled_the_browser_is_looked_at_again(
    pages: int, kinds: list[K], browser: BrowserFetcher
) -> None:
    held = Held(pages)
    async with site(held) as served:
        looks = [asyncio.ensure_future(browser_visit(browser, served, f"/held{n}")) for n in range(pages)]
        await held.here.wait()
        assert browser._chromium is not None
        browser._chromium.kill()
        held.go.set()
        assert [(await look).outcome.kind for look in looks] == kinds
        assert (await browser_visit(browser, served)).outcome.kind is K.OK  # and the next one at once


@pytest.mark.long
async def test_who_looks_again_is_alone(browser: BrowserFetcher) -> None:
    held = Held(2)
    most = 0

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        nonlocal most
        if held.go.is_set():
            most = max(most, len(browser._open))
        await held(path, writer)

    async with site(answer) as served:
        looks = [asyncio.ensure_future(browser_visit(browser, served, f"/held{n}")) for n in range(2)]
        await held.here.wait()
        assert browser._chromium is not None
        browser._chromium.kill()
        held.go.set()
        await asyncio.gather(*looks)
        assert most == 1


async def test_an_error_page_without_end_is_what_its_status_says(browser: BrowserFetcher) -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 x\r\nContent-Type: text/html\r\n\r\n")
        while True:
            writer.write(b"x" * 8000)
            await writer.drain()

    async with site(answer) as served:
        fetched = await browser_visit(browser, served)
        assert fetched.outcome.kind is K.GONE, fetched.outcome
        assert fetched.wire_bytes < 20_000_000  # it was not waited for


EVERYTHING = b"""<title>x</title><img src=/a.jpg><img src=http://third.test:{port}/b.jpg>
<img src=http://inside.test:{port}/c.jpg><img src=https://127.0.0.2:{port}/d.jpg><img src=http://pop.exoclick.com/e.jpg>
<link rel=preconnect href=http://never-named.test:{port}><link rel=dns-prefetch href=//nor-this.test>
<script>fetch('https://third.test:{port}/f').catch(() => 0)</script>"""


async def test_every_connection_of_a_visit_is_one_that_its_page_named(
    browser: BrowserFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    real = browser.proxy.open_load
    monkeypatch.setattr(
        browser.proxy, "open_load", lambda *args, **more: opened.append(real(*args, **more)) or opened[-1]
    )
    browser.proxy.strangers.clear()
    async with site(b"") as served:
        served.answer = answering(ok(EVERYTHING.replace(b"{port}", str(served.port).encode())))  # type: ignore[assignment]
        fetched = await browser_visit(browser, served)
        assert fetched.outcome.kind is K.OK
        (seen,) = opened
        let_out = {(host, port) for host, port, allowed in seen.asked if allowed}
        # A name that leads inside is looked up and not dialled: the guard has the last word.
        named = {("good.test", served.port), ("third.test", served.port), ("inside.test", served.port)}
        assert let_out <= {*named, ("127.0.0.2", served.port)}
        assert {host for host, _, allowed in seen.asked if not allowed} <= {"pop.exoclick.com", "never-named.test"}
        assert set(seen.ips) == {"good.test", "third.test"}
        assert served.inside == 0
    assert all("Proxy" not in line for line in browser.proxy.strangers)


@pytest.mark.rows(1)
@pytest.mark.parametrize("scheme", ["socks5", "http"])
async def test_with_a_proxy_set_the_browser_goes_through_it_or_nowhere(scheme: str) -> None:
    here, there = Names(), Names()
    async with site(ok(b"<title>x</title><img src=/a.jpg><p>words")) as served:
        async with proxy(there) as through:
            made = fetcher(here, proxy=f"{scheme}://127.0.0.1:{through.port}")
            try:
                fetched = await visit(made, served, served.url())
                assert (fetched.outcome.kind, fetched.ip) == (K.OK, "")
                assert (here.asked, set(there.asked)) == ([], {"good.test"})
                served.answer = to("http://127.0.0.2/")
                assert (await visit(made, served, served.url())).outcome.kind is K.REFUSED
                assert (set(through.asked), served.inside) == ({"good.test"}, 0)
            finally:
                await made.aclose()
        served.heads.clear()
        made = fetcher(here, proxy=f"{scheme}://127.0.0.1:{through.port}")  # it is gone
        try:
            fetched = await visit(made, served, served.url())
            assert fetched.outcome.kind is K.PROXY, fetched.outcome
            assert (served.heads, here.asked) == ([], [])
        finally:
            await made.aclose()


# -- nothing is clicked but what refuses and what loads more

DIALOG = b"""<title>x</title><p>words</p><div id=box>%s</div><script>
document.querySelectorAll('#box button, #box a').forEach((one) => one.addEventListener('click', () => {
  const i = new Image(); i.src = '/clicked-' + one.dataset.is + '.jpg'; box.append(i); }))</script>"""


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    ("box", "clicked"),
    [
        pytest.param("<button id=onetrust-reject-all-handler data-is=no>Reject all</button>", ["no"], id="refused"),
        pytest.param("<button class=cc-deny data-is=no>x</button><button class=cc-allow data-is=yes>Accept</button>", ["no"], id="not accepted"),
        pytest.param("<button id=onetrust-accept-btn-handler data-is=yes>Accept all</button>", [], id="only to accept"),
        pytest.param("<button data-is=yes>I am over 18</button><button data-is=yes>Enter</button>", [], id="an age gate"),
        pytest.param("<a href=# data-is=yes>Yes, I am 18 or older - Enter</a>", [], id="an age gate of links"),
        pytest.param("<div class=h-captcha><button data-is=yes>I am human</button></div>", [], id="a captcha"),
        pytest.param("<button class='cc-deny' style='display:none' data-is=no>x</button>", [], id="hidden"),
        pytest.param("<button data-is=more>Load more</button>", ["more"], id="load more"),
        pytest.param("<a href=http://other.test/ data-is=more>Load more</a>", [], id="a link elsewhere that says so"),
        pytest.param("<button data-is=yes>Load more by accepting</button>", [], id="more words than that"),
        pytest.param("<button data-is=pay>Buy now</button><button data-is=del>Delete</button>", [], id="anything else"),
    ],
)  # fmt: skip
async def test_what_is_clicked(box: str, clicked: list[str], browser: BrowserFetcher) -> None:
    async with site(answering(ok(DIALOG % box.encode()))) as served:  # type: ignore[arg-type]
        fetched = await browser_visit(browser, served)
        assert fetched.outcome.kind is K.OK
        asked = [head.split(b" ")[1].decode() for head in served.heads if b"/clicked-" in head]
        assert [path.removeprefix("/clicked-").removesuffix(".jpg") for path in asked] == clicked


async def test_scrolling_without_end_ends(browser: BrowserFetcher) -> None:
    page = b"""<body style=height:3000px><script>let n = 0; addEventListener('scroll', () => {
    const i = new Image(); i.src = '/m' + n++ + '.jpg'; i.style = 'display:block;height:3000px'; document.body.append(i)
    })    </script>"""
    async with site(answering(ok(page))) as served:  # type: ignore[arg-type]
        began = time.monotonic()
        fetched = await browser_visit(browser, served)
        assert fetched.outcome.kind is K.OK
        assert time.monotonic() - began < module.UNFOLD_S + LATE_S
        assert len(fetched.subresources) <= 400


# -- a saved log-in

STATE = LoginState(
    (Cookie("session", "planted", "good.test"), Cookie("wide", "planted", ".good.test")), (), ("good.test",)
)


@pytest.mark.parametrize(
    ("host", "page", "told"),
    [
        pytest.param("good.test", b"<img src=/a.jpg>", {"good.test"}, id="its own site"),
        pytest.param("good.test", b"<img src=http://third.test:{port}/a.jpg>", {"good.test"}, id="a picture elsewhere"),
        pytest.param("third.test", b"<p>x", set(), id="another site"),
        pytest.param("third.test", b"<img src=http://good.test:{port}/a.jpg>", set(), id="from another site"),
    ],
)
async def test_a_saved_log_in_is_shown_to_its_own_site_alone(
    host: str, page: bytes, told: set[str], browser: BrowserFetcher
) -> None:
    browser._logins = KeptLogins({("a", "b"): dump(STATE) or ""})
    try:
        async with site(b"") as served:
            served.answer = answering(ok(b"<title>x</title>" + page.replace(b"{port}", str(served.port).encode())))  # type: ignore[assignment]
            browser._rules.ports.add(served.port)
            jar = CookieJar()
            request = Request(served.url("/page", host=host), browser=True, browser_state=LoginOf("a", "b"), jar=jar)
            assert (await browser.fetch(request)).outcome.kind is K.OK
            shown = {line.split(b":")[1].strip().decode() for head in served.heads if b"planted" in head
                     for line in head.split(b"\r\n") if line.lower().startswith(b"host:")}  # fmt: skip
            assert shown == told
            assert not jar.state()  # it stays with the browser: no request of the visit carries it
    finally:
        browser._logins = None


# -- nothing stays behind


def alive(processes: list[int]) -> list[int]:
    """A zombie has ended and only waits to be counted by its parent."""
    found = []
    for process in processes:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(process)
        except OSError:
            continue
    return found


@pytest.mark.rows(1)
@pytest.mark.parametrize("script", ["", "<script>for (;;) {}</script>"], ids=["at rest", "busy for ever"])
async def test_chromium_does_not_outlive_its_parent(script: str) -> None:
    """Killed without a word, as the kernel does when memory runs out."""
    program = "tests.hostile.visit_and_wait"
    with tempfile.TemporaryDirectory(prefix="life-") as folder:  # a short path: Chromium has a socket in it
        environment = {**os.environ, "TMPDIR": folder, "PYTHONPATH": str(Path(__file__).parents[2])}
        with subprocess.Popen(
            [sys.executable, "-m", program, script], stdout=subprocess.PIPE, env=environment
        ) as parent:
            try:
                assert parent.stdout is not None
                assert await asyncio.to_thread(parent.stdout.readline) == b"up\n"
                family = tree(parent.pid)[1:]
                assert len(family) > 3
            finally:
                os.kill(parent.pid, signal.SIGKILL)
        deadline = time.monotonic() + WITHIN_S
        while alive(family) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert alive(family) == []
        assert [path for path in Path(folder).rglob("*") if path.is_file() and b"planted" in path.read_bytes()] == []
