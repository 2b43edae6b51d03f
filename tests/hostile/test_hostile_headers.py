"""The lines that go out, beside those of the Chromium that is installed: order, spelling and values. Its version is
what it is; ours are asked for under a string of that version."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.async_api import async_playwright

from monitor.clock import utc_now
from monitor.model.page import Purpose, Request
from monitor.outbound.browser import chromium
from monitor.outbound.browser.fetcher import BrowserFetcher
from monitor.outbound.browser.finding import find_chromium
from monitor.outbound.browser.headers import brands_of
from monitor.outbound.guard import AddressRules
from tests.hostile.hostile_browser import jpeg, settings
from tests.hostile.hostile_site import Names, Site, ok, site, to, way
from tests.hostile.hostile_tls import serving, trusting

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine"),
]
MARKS = 'ETag: "tag"\r\nLast-Modified: Sun, 22 Nov 2026 20:00:00 GMT\r\nCache-Control: no-cache'
ETAG, MODIFIED = '"tag"', "Sun, 22 Nov 2026 20:00:00 GMT"


@dataclass(frozen=True)
class Pair:
    """Two sites, one of whose pages shows pictures of both."""

    one: Site
    other: Site
    scheme: str
    host: str

    def url(self, path: str) -> str:
        return self.one.url(path, self.host, self.scheme)

    def elsewhere(self, path: str) -> str:
        return self.other.url(path, "other.test", self.scheme)

    async def answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        page = f"""<title>x</title><link rel=stylesheet href=/style.css>
            <img src=/here.png><img src="{self.elsewhere("/there.png")}">
            <img src=/moved.png><iframe src="{self.elsewhere("/frame")}"></iframe>
            <script>fetch('/api', {{headers: {{Accept: 'application/json'}}}})</script>"""
        match path:
            case "/hop":
                writer.write(to(self.url("/page")))
            case "/away":
                writer.write(to(self.elsewhere("/plain")))
            case "/moved.png":
                writer.write(to(self.elsewhere("/landed.png")))
            case "/page":
                writer.write(ok(page.encode(), f"Content-Type: text/html\r\n{MARKS}"))
            case "/frame":
                writer.write(ok(b"<img src=/inframe.png><iframe srcdoc='<img src=/deep.png>'></iframe>"))
            case "/style.css":
                writer.write(ok(b"p { color: red }", "Content-Type: text/css"))
            case _ if path.endswith(".png"):
                writer.write(ok(jpeg(len(path)), f"Content-Type: image/jpeg\r\n{MARKS}"))
            case _:
                writer.write(ok(b"ok", "Content-Type: text/plain"))

    def head(self, path: str, number: int = 0) -> list[str]:
        """The lines of the request for it that came so manyeth."""
        heads = [head.decode().split("\r\n") for served in (self.one, self.other) for head in served.heads]
        return [lines for lines in heads if lines[0].split(" ")[1] == path][number][:-2]

    def forget(self) -> None:
        self.one.heads.clear()
        self.other.heads.clear()


@asynccontextmanager
async def two_sites(scheme: str, host: str, tls: dict[str, ssl.SSLContext]) -> AsyncIterator[Pair]:
    pairs: list[Pair] = []

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        await pairs[0].answer(path, writer)

    secure = scheme == "https"
    async with (
        site(answer, tls=tls["good.test"] if secure else None) as one,
        site(answer, tls=tls["other.test"] if secure else None) as other,
    ):
        pairs.append(Pair(one, other, scheme, host))
        yield pairs[0]


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ssl.SSLContext]:
    folders = {host: tmp_path_factory.mktemp(host) for host in ("good.test", "other.test")}
    made = {host: serving(folder, host) for host, folder in folders.items()}
    made["trust"] = f"--ignore-certificate-errors-spki-list={','.join(map(_pin, folders.values()))}"  # type: ignore[assignment]
    return made


def _pin(folder: Path) -> str:
    (path,) = folder.glob("*.pem")
    text = path.read_bytes()
    key = x509.load_pem_x509_certificate(text[text.index(b"-----BEGIN CERTIFICATE") :]).public_key()
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


@dataclass(frozen=True)
class Recorded:
    """What the installed Chromium sent, path by path. again: when the page was opened a second time."""

    user_agent: str
    hints: str
    heads: dict[str, list[str]]
    again: dict[str, list[str]]


PLACES = [("http", "good.test"), ("http", "127.0.0.1"), ("https", "good.test")]
PATHS = (
    "/hop",
    "/page",
    "/away",
    "/plain",
    "/style.css",
    "/here.png",
    "/there.png",
    "/moved.png",
    "/landed.png",
    "/api",
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def recorded(tls: dict[str, ssl.SSLContext]) -> dict[tuple[str, str], Recorded]:
    found = {}
    flags = ["--host-resolver-rules=MAP *.test 127.0.0.1", "--disable-features=HttpsUpgrades", str(tls["trust"])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(""), args=flags, chromium_sandbox=os.geteuid() != 0
        )
        for scheme, host in PLACES:
            async with two_sites(scheme, host, tls) as pair:
                page = await (await browser.new_context()).new_page()
                for path in ("/hop", "/away"):
                    await page.goto(pair.url(path), wait_until="networkidle")
                first = {path: pair.head(path) for path in PATHS}
                pair.forget()
                await page.goto(pair.url("/page"), wait_until="networkidle")
                again = {path: pair.head(path) for path in ("/page",)}
                lines = dict(line.split(": ", 1) for line in first["/page"][1:])
                agent = lines["User-Agent"].replace("HeadlessChrome", "Chrome")
                found[scheme, host] = Recorded(agent, lines.get("sec-ch-ua", ""), first, again)
                await page.context.close()
        await browser.close()
    return found


def usual(lines: list[str], hints: str, ports: dict[int, str]) -> list[str]:
    """As it would be sent by us: by Google's own Chrome, without a screen or with one, by who reads no JPEG XL and says
    nothing of where it comes from."""
    text = "\n".join(line for line in lines if not line.startswith("Referer: "))
    text = text.replace("HeadlessChrome", "Chrome").replace("image/jxl,", "")
    if hints:
        text = re.sub(r"^sec-ch-ua: .*$", f"sec-ch-ua: {hints}", text, flags=re.M)
    for port, name in ports.items():
        text = text.replace(f":{port}", f":{name}")
    return text.split("\n")


def google(user_agent: str) -> str:
    found = re.search(r"Chrome/([0-9]+)", user_agent)
    assert found
    return ", ".join(f'"{n}";v="{v}"' for n, v in brands_of(int(found[1]), ("Google Chrome", found[1])))


ASKED = [
    pytest.param("/hop", Purpose.PAGE, ("/hop", "/page"), id="a page, sent on"),
    pytest.param("/away", Purpose.PAGE, ("/away", "/plain"), id="a page, sent elsewhere"),
    pytest.param("/here.png", Purpose.IMAGE, ("/here.png",), id="a picture of its page"),
    pytest.param("/there.png", Purpose.IMAGE, ("/there.png",), id="a picture from elsewhere"),
    pytest.param("/moved.png", Purpose.IMAGE, ("/moved.png", "/landed.png"), id="a picture, sent elsewhere"),
    pytest.param("/style.css", Purpose.STYLE, ("/style.css",), id="a style sheet"),
    pytest.param("/api", Purpose.API, ("/api",), id="what a script asks for"),
]


@pytest.mark.rows(5)
@pytest.mark.parametrize("kind", ["straight", "socks", "http"])
@pytest.mark.parametrize("place", PLACES, ids=" ".join)
@pytest.mark.parametrize(("path", "purpose", "paths"), ASKED)
async def test_they_are_those_of_the_installed_chromium(
    path: str,
    purpose: Purpose,
    paths: tuple[str, ...],
    place: tuple[str, str],
    kind: str,
    recorded: dict[tuple[str, str], Recorded],
    tls: dict[str, ssl.SSLContext],
) -> None:
    told = recorded[place]
    async with two_sites(*place, tls) as pair, way(kind, pair.one.port, tls=trusting()) as client:
        client.rules.ports.add(pair.other.port)
        client.settings = replaced(client.settings, told.user_agent)
        url = pair.elsewhere(path) if path == "/there.png" else pair.url(path)
        accept = "application/json" if purpose is Purpose.API else ""
        referrer = "" if purpose is Purpose.PAGE else pair.url("/page")
        fetched = await client.fetch(Request(url, purpose, referrer=referrer, accept=accept))
        assert fetched.outcome.is_good_look, fetched.outcome
        ports = {pair.one.port: "one", pair.other.port: "other"}
        for each in paths:
            sent = usual(pair.head(each), "", ports)
            assert sent == usual(without_ports(told.heads[each], sent), google(told.user_agent), {}), each


@pytest.mark.parametrize("kind", ["straight", "socks", "http"])
async def test_asked_again_likewise(
    kind: str, recorded: dict[tuple[str, str], Recorded], tls: dict[str, ssl.SSLContext]
) -> None:
    place = ("http", "127.0.0.1")
    told = recorded[place]
    async with two_sites(*place, tls) as pair, way(kind, pair.one.port) as client:
        client.settings = replaced(client.settings, told.user_agent)
        await client.fetch(Request(pair.url("/page"), etag=ETAG, last_modified=MODIFIED))
        sent = usual(pair.head("/page"), "", {pair.one.port: "one"})
        assert sent == usual(without_ports(told.again["/page"], sent), google(told.user_agent), {})
        assert sent[-2:] == [f"If-None-Match: {ETAG}", f"If-Modified-Since: {MODIFIED}"]


def without_ports(told: list[str], sent: list[str]) -> list[str]:
    """Recorded at other ports: the line of the host is taken from ours where the host is the same."""
    here, there = told[1].rpartition(":")[0], sent[1].rpartition(":")[0]
    assert here == there
    return [told[0], sent[1], *told[2:]]


def replaced(network: object, user_agent: str) -> object:
    from dataclasses import replace

    return replace(network, user_agent=user_agent)  # type: ignore[type-var]


# -- the browser itself goes by the same string


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser(tls: dict[str, ssl.SSLContext]) -> AsyncIterator[BrowserFetcher]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chromium, "_FLAGS", (*chromium._FLAGS, str(tls["trust"])))
        made = BrowserFetcher(settings(), AddressRules.of(settings().network), Names(), clock=utc_now)
        yield made
        await made.aclose()


@pytest.mark.parametrize("place", [("https", "good.test"), ("http", "good.test")], ids=" ".join)
async def test_a_rendered_page_is_asked_for_with_the_same_lines(
    place: tuple[str, str], browser: BrowserFetcher, tls: dict[str, ssl.SSLContext]
) -> None:
    async with two_sites(*place, tls) as pair, way("straight", pair.one.port, tls=trusting()) as client:
        for rules in (client.rules, browser._rules):
            rules.ports |= {pair.one.port, pair.other.port}
        fetched = await browser.fetch(Request(pair.url("/hop"), browser=True))
        assert fetched.outcome.is_good_look, fetched.outcome
        paths = ("/hop", "/page", "/here.png", "/there.png", "/style.css")
        rendered = {path: usual(pair.head(path), "", {}) for path in paths}
        every = [head.decode() for served in (pair.one, pair.other) for head in served.heads]
        pair.forget()
        await client.fetch(Request(pair.url("/hop")))
        for path, purpose in (
            ("/here.png", Purpose.IMAGE),
            ("/there.png", Purpose.IMAGE),
            ("/style.css", Purpose.STYLE),
        ):
            url = pair.elsewhere(path) if path == "/there.png" else pair.url(path)
            await client.fetch(Request(url, purpose, referrer=pair.url("/page")))
        assert {path: pair.head(path) for path in paths} == rendered
        hints = {line for head in every for line in head.split("\r\n") if line.startswith("sec-ch-ua:")}
        assert hints == ({f"sec-ch-ua: {google(client.settings.user_agent)}"} if place[0] == "https" else set())
        assert any("/inframe.png" in head for head in every) and any("/deep.png" in head for head in every)
        assert not any("Headless" in head or "jxl" in head for head in every)


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    "user_agent", ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Mine/1.0"]
)
async def test_under_another_string_the_browser_gives_no_hints(
    user_agent: str, browser: BrowserFetcher, tls: dict[str, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "_settings", settings(user_agent=user_agent))
    async with two_sites("https", "good.test", tls) as pair:
        browser._rules.ports |= {pair.one.port, pair.other.port}
        assert (await browser.fetch(Request(pair.url("/page"), browser=True))).outcome.is_good_look
        heads = [head.decode() for served in (pair.one, pair.other) for head in served.heads]
        assert any("/inframe.png" in head for head in heads)
        assert all(f"User-Agent: {user_agent}\r\n" in head and "sec-ch-ua" not in head for head in heads)
