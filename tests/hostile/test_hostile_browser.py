"""The same catalogue in front of Chromium, whose only way out is our proxy. Nothing inside is reached, and nothing
is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from monitor.clock import utc_now
from monitor.crawl.cookies import CookieJar
from monitor.model.page import OutcomeKind as K
from monitor.model.page import Request
from monitor.outbound.browser.chromium import tree
from monitor.outbound.browser.fetcher import BrowserFetcher
from monitor.outbound.browser.finding import find_chromium
from monitor.outbound.guard import AddressRules
from tests.hostile.hostile_browser import answering, browser_visit, jpeg, settings, visit
from tests.hostile.hostile_site import Names, ok, site, to
from tests.hostile.hostile_tls import serving

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def names() -> Names:
    return Names(inside=[["127.0.0.2"]], mixed=[["127.0.0.1", "127.0.0.2"]], third=[["127.0.0.1"]])


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser(names: Names) -> AsyncIterator[BrowserFetcher]:
    made = BrowserFetcher(settings(), AddressRules.of(settings().network), names, clock=utc_now)
    yield made
    await made.aclose()


PAGE = b"""<!doctype html><title>Gallery</title><body><div id=here></div>
<script>setTimeout(() => {
  for (let n = 0; n < 3; n++) { const i = new Image(); i.src = '/made' + n + '.jpg'; here.append(i); }
}, 50)</script>
<img src=/one.jpg><img src=http://third.test:{port}/two.jpg>
<img loading=lazy style="display:block;margin-top:5000px;width:9px;height:9px" src=/late.jpg>"""


async def test_a_page_is_rendered_and_its_pictures_come_along_asked_for_once(browser: BrowserFetcher) -> None:
    async with site(b"") as served:
        served.answer = answering(ok(PAGE.replace(b"{port}", str(served.port).encode())))  # type: ignore[assignment]
        fetched = await browser_visit(browser, served)
        assert (fetched.outcome.kind, fetched.status, fetched.ip) == (K.OK, 200, "127.0.0.1")
        assert b"made2.jpg" in fetched.body  # by the script
        pictures = {sub.url.rpartition("/")[2]: sub for sub in fetched.subresources}
        assert set(pictures) == {"made0.jpg", "made1.jpg", "made2.jpg", "one.jpg", "two.jpg", "late.jpg"}
        assert all(sub.body.startswith(b"\xff\xd8") and sub.digest for sub in pictures.values())
        asked = [head.split(b" ")[1] for head in served.heads if b".jpg" in head]
        assert len(asked) == len(set(asked)) == 6
        assert not any(b"Referer" in head and b"third.test" in head and b"/page" in head for head in served.heads)


async def test_known_pictures_are_not_asked_for_again_and_the_page_goes_on(browser: BrowserFetcher) -> None:
    page = b"""<body><p id=p></p><img src=/a.jpg?x=*1><img src=/new.jpg><script>
    const i = new Image(); i.onload = () => { const j = new Image(); j.src = '/after.jpg'; document.body.append(j); };
    i.onerror = () => p.append('fai' + 'led'); i.src = '/b.jpg'; document.body.append(i);
    fetch('/b.jpg').then((r) => r.blob()).then((b) => p.append('bytes ' + b.size));
    </script><img src=/a.jpg?x=21 crossorigin=use-credentials>"""
    async with site(answering(ok(page))) as served:  # type: ignore[arg-type]
        browser._rules.ports.add(served.port)
        known = tuple(served.url(path) for path in ("/a.jpg?x=*1", "/b.jpg"))
        fetched = await browser.fetch(Request(served.url("/page"), browser=True, known_images=known))
        assert fetched.outcome.kind is K.OK
        assert {sub.url.rpartition("/")[2] for sub in fetched.subresources} == {"new.jpg", "after.jpg", "a.jpg?x=21"}
        asked = [head.split(b" ")[1].rpartition(b"/")[2] for head in served.heads if b".jpg" in head]
        assert b"a.jpg?x=*1" not in asked
        assert asked.count(b"b.jpg") == 1  # by the script itself, which wants the bytes
        assert b"failed" not in fetched.body
        assert b"bytes %d" % len(jpeg(len("/b.jpg"))) in fetched.body


WAYS_INSIDE = b"""<!doctype html><title>x</title><body>
<img src=http://127.0.0.2:{port}/a.jpg><img src=http://2130706434:{port}/b.jpg><img src=http://0x7f.0.0.2:{port}/c.jpg>
<img src=http://[::ffff:127.0.0.2]:{port}/d.jpg><img src=http://inside.test:{port}/e.jpg>
<img src=http://mixed.test:{port}/f.jpg><iframe src=http://127.0.0.2:{port}/g></iframe>
<iframe src=file:///etc/passwd></iframe><img src=http://169.254.169.254/latest/meta-data/>
<link rel=stylesheet href=http://127.0.0.2:{port}/h.css><link rel=preconnect href=http://127.0.0.2:{port}/>
<link rel=prefetch href=http://127.0.0.2:{port}/p><link rel=dns-prefetch href=//inside.test>
<form id=f action=http://127.0.0.2:{port}/i method=post target=t></form><iframe name=t></iframe>
<a id=ping href=# ping=http://127.0.0.2:{port}/j>x</a><object data=http://127.0.0.2:{port}/k></object>
<video src=http://127.0.0.2:{port}/l.mp4 autoplay></video>
<script>
  for (const to of ['http://127.0.0.2:{port}/m', 'http://inside.test:{port}/n', 'http://other.test:{port}/hop'])
    fetch(to, {mode: 'no-cors'}).catch(() => 0);
  try { new WebSocket('ws://127.0.0.2:{port}/o'); } catch (e) {}
  try { new WebSocket('ws://inside.test:{port}/o'); } catch (e) {}
  navigator.sendBeacon('http://127.0.0.2:{port}/q', 'x');
  f.submit(); ping.click();
  const s = document.createElement('script'); s.src = 'http://127.0.0.2:{port}/r.js'; document.body.append(s);
  const peer = new RTCPeerConnection({iceServers: [
    {urls: 'turn:127.0.0.2:{port}?transport=tcp', username: 'a', credential: 'b'}]});
  peer.createDataChannel('x'); peer.createOffer().then((o) => peer.setLocalDescription(o));
  try { navigator.serviceWorker.register('/sw.js'); } catch (e) {}
  window.open('http://127.0.0.2:{port}/s'); alert('x'); confirm('y');
  try { new EventSource('http://127.0.0.2:{port}/u'); } catch (e) {}
  try { new Worker('http://127.0.0.2:{port}/v.js'); } catch (e) {}
</script>"""


async def test_no_way_out_of_a_page_leads_inside(browser: BrowserFetcher) -> None:
    async with site(b"") as served:

        async def answer(path: str, writer: asyncio.StreamWriter) -> None:
            if path == "/hop":
                writer.write(to(f"http://127.0.0.2:{served.port}/hopped"))
            else:
                writer.write(ok(WAYS_INSIDE.replace(b"{port}", str(served.port).encode())))

        served.answer = answer
        fetched = await browser_visit(browser, served)
        assert fetched.outcome.kind is K.OK
        assert served.inside == 0
        assert b"root:" not in fetched.body


async def test_only_what_pages_named_is_connected_to_and_the_browser_s_own_errands_go_nowhere(
    browser: BrowserFetcher, names: Names
) -> None:
    names.asked.clear()
    async with site(ok(b"<title>x</title><p>quiet")) as served:
        fetched = await browser_visit(browser, served)
        assert fetched.outcome.kind is K.OK
    assert set(names.asked) <= {"good.test"}
    assert all("127.0.0.1" not in line or "good.test" in line for line in browser.proxy.strangers if "CONNECT" in line)


async def test_visits_know_nothing_of_each_other(browser: BrowserFetcher) -> None:
    page = b"<script>document.cookie='id=1;max-age=9999';localStorage.id=1</script><p id=p></p><script>p.textContent="
    async with site(
        ok(page + b"document.cookie+localStorage.length</script>", "Set-Cookie: s=1\r\nContent-Type: text/html")
    ) as served:
        await browser_visit(browser, served)
        served.heads.clear()
        served.answer = ok(b"<p id=p></p><script>p.textContent='['+document.cookie+localStorage.length+']'</script>")
        fetched = await browser_visit(browser, served)
        assert b"[0]" in fetched.body
        assert not any(b"\r\nCookie:" in head for head in served.heads)


async def test_what_a_page_set_is_shown_to_its_pictures_by_who_asks_for_them_after(browser: BrowserFetcher) -> None:
    """Its answer's cookies and its scripts', by the same rules as in any visit; without a visit nothing is kept."""
    page = b"<p>x<script>document.cookie='made=1; path=/i'; document.cookie='old=1; max-age=0'</script>"
    lines = "Content-Type: text/html\r\nSet-Cookie: sent=1; Path=/; HttpOnly\r\nSet-Cookie: b=2; Domain=other.test"
    async with site(ok(page, lines)) as served:
        browser._rules.ports.add(served.port)
        jar, at = CookieJar(), utc_now()
        await browser.fetch(Request(served.url("/page"), browser=True, jar=jar))
        asked = [jar.line(served.url(path), at, page=served.url("/page")) for path in ("/i/a.jpg", "/a.jpg")]
        assert asked == ["made=1; sent=1", "sent=1"]
        assert jar.line(f"http://third.test:{served.port}/i/a.jpg", at) == ""
        await browser.fetch(Request(served.url("/page"), browser=True))


async def test_fonts_and_films_are_not_asked_for(browser: BrowserFetcher) -> None:
    page = b"""<style>@font-face{font-family:a;src:url(/a.woff2)}p{font-family:a}</style><p>x
    <video src=/b.mp4 autoplay preload=auto></video><img src=/c.jpg>"""
    async with site(answering(ok(page))) as served:  # type: ignore[arg-type]
        await browser_visit(browser, served)
        paths = {head.split(b" ")[1] for head in served.heads}
        assert b"/c.jpg" in paths
        assert not paths & {b"/a.woff2", b"/b.mp4"}


ADS = b"""<title>x</title><script src=http://pop.exoclick.com:{port}/a.js></script>
<img src=http://ad.doubleclick.net:{port}/b.jpg><iframe src=http://s.magsrv.com:{port}/c></iframe>
<script>fetch('http://mc.yandex.ru:{port}/d').catch(() => 0)</script><img src=/one.jpg>"""


@pytest.mark.long
async def test_advertisers_are_not_asked_and_the_page_is_none_the_worse(
    names: Names, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "monitor.outbound.rendered")
    there = ["pop.exoclick.com", "ad.doubleclick.net", "s.magsrv.com", "mc.yandex.ru", "static.exoclick.com"]
    here = Names()
    here.answers |= {host: [["127.0.0.1"]] for host in there}
    made = BrowserFetcher(settings(), AddressRules.of(settings().network), here, clock=utc_now)
    try:
        async with site(b"") as served:
            served.answer = answering(ok(ADS.replace(b"{port}", str(served.port).encode())))  # type: ignore[assignment]
            fetched = await browser_visit(made, served)
            assert (fetched.outcome.kind, len(fetched.subresources)) == (K.OK, 1)
            assert {head.split(b" ")[1] for head in served.heads} - {b"/favicon.ico"} == {b"/page", b"/one.jpg"}
            assert set(here.asked) == {"good.test"}
            (told,) = [record.__dict__ for record in caplog.records if record.__dict__.get("action") == "ads_withheld"]
            assert (told["requests"], told["hosts"]) == (4, 4)
            # What is watched is looked at, whoever it belongs to.
            page = b"<title>x</title><img src=http://static.exoclick.com:%d/own.jpg>" % served.port
            served.answer = answering(ok(page))  # type: ignore[assignment]
            fetched = await visit(made, served, served.url(host="pop.exoclick.com"))  # type: ignore[assignment]
            assert (fetched.outcome.kind, len(fetched.subresources)) == (K.OK, 1)
            served.answer = to(served.url(host="ad.doubleclick.net"))
            fetched = await browser_visit(made, served)
            assert fetched.outcome.kind is K.MOVED
            assert "ad.doubleclick.net" in fetched.outcome.message
    finally:
        await made.aclose()


async def test_data_that_scripts_were_given_come_along_within_bounds(browser: BrowserFetcher) -> None:
    page = b"""<title>x</title><p id=p>words</p><script>
    for (const path of ['/a', '/b', '/large', '/html', '/gone', '/held']) fetch(path).catch(() => 0);
    const asked = new XMLHttpRequest(); asked.open('GET', '/c'); asked.send();
    </script>"""
    kinds = {"/a": "application/json; charset=utf-8", "/b": "application/activity+json", "/c": "text/json"}

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        body = b'{"full": "/%s.jpg"}' % path[1:].encode()
        if path in kinds:
            writer.write(ok(body, f"Content-Type: {kinds[path]}"))
        elif path == "/large":
            writer.write(ok(b'["' + bytes(b"x" * 2_000_000) + b'"]', "Content-Type: application/json"))
        elif path == "/gone":
            writer.write(ok(body, "Content-Type: application/json", "404 Not Found"))
        elif path == "/held":
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"full": ')
            await asyncio.Event().wait()
        else:
            writer.write(ok(page if path == "/page" else body))

    async with site(answer) as served:
        fetched = await browser_visit(browser, served)
        assert fetched.outcome.kind is K.OK
        assert {one.url.rpartition("/")[2]: one.body for one in fetched.data} == {
            name: b'{"full": "/%s.jpg"}' % name.encode() for name in ("a", "b", "c")
        }


async def test_a_picture_that_never_ends_costs_no_page(browser: BrowserFetcher) -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/held.jpg":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg(1)[:200])
            await writer.drain()
            await asyncio.Event().wait()
        writer.write(
            ok(jpeg(2), "Content-Type: image/jpeg") if path == "/a.jpg" else ok(b"<img src=/held.jpg><img src=/a.jpg>")
        )

    async with site(answer) as served:
        fetched = await browser_visit(browser, served)
        assert fetched.outcome.kind is K.OK, fetched.outcome
        assert [sub.url.rpartition("/")[2] for sub in fetched.subresources] == ["a.jpg"]


async def test_more_is_loaded_on_scrolling_and_by_its_button_within_bounds(browser: BrowserFetcher) -> None:
    page = b"""<body><div id=d></div><button onclick="more()">Load more</button><script>
    let n = 0; function more() { for (let k = 0; k < 3; k++) { const i = new Image(); i.src = '/m' + (n++) + '.jpg';
    i.style = 'display:block;height:900px'; d.append(i); } } </script>"""
    async with site(answering(ok(page))) as served:  # type: ignore[arg-type]
        fetched = await browser_visit(browser, served)
        assert 6 <= len(fetched.subresources) <= 24


async def test_a_certificate_that_nobody_knows(browser: BrowserFetcher, tmp_path: Path) -> None:
    async with site(ok(), tls=serving(tmp_path, self_signed=True)) as served:
        fetched = await visit(browser, served, served.url(scheme="https"))
        assert fetched.outcome.kind is K.TLS, fetched.outcome
        assert served.heads == []


@pytest.mark.long
async def test_an_idle_browser_is_closed(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.outbound.browser import rendering as module

    monkeypatch.setattr(module, "CHROMIUM_IDLE_S", 0.0)
    made = BrowserFetcher(settings(), AddressRules.of(settings().network), names, clock=utc_now)
    async with site(ok()) as served:
        assert (await browser_visit(made, served)).outcome.kind is K.OK
        assert made._resting is not None
        await made._resting
        assert made._chromium is None
        assert (await browser_visit(made, served)).outcome.kind is K.OK
    await made.aclose()


@pytest.mark.long
async def test_closing_leaves_no_process(names: Names) -> None:
    made = BrowserFetcher(settings(), AddressRules.of(settings().network), names, clock=utc_now)
    async with site(ok()) as served:
        assert (await browser_visit(made, served)).outcome.kind is K.OK
    chromium = made._chromium
    assert chromium is not None
    main = chromium.main
    assert main is not None
    driver = int(Path(f"/proc/{main}/stat").read_text().rpartition(")")[2].split()[1])
    family = tree(driver)
    assert len(family) > 3
    await made.aclose()
    assert [process for process in family if is_alive(process)] == []


def is_alive(process: int) -> bool:
    """A zombie has ended and only waits to be counted by its parent."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.long
async def test_a_missing_browser_is_said_with_what_to_do(names: Names) -> None:
    from monitor.model.settings import CrawlSettings

    without = replace(settings(), crawl=CrawlSettings(browser_path="/nowhere/chromium"))
    made = BrowserFetcher(without, AddressRules.of(without.network), names, clock=utc_now)
    fetched = await made.fetch(Request("http://good.test/", browser=True))
    await made.aclose()
    assert fetched.outcome.kind is K.UNREADABLE
    assert "apt install chromium" in fetched.outcome.remedy
