"""By Tor each site, each case and each log-in has a circuit of its own: told apart by name and password, as a SOCKS
server sees them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from monitor.clock import utc_now
from monitor.model.page import Fetched, LoginOf, Outcome, OutcomeKind, Purpose, Request
from monitor.model.proxy import Proxy
from monitor.model.rendered import Rendered, ToRender
from monitor.model.settings import NetworkSettings, Settings
from monitor.model.visitor import Visitor
from monitor.outbound.browser.fetcher import BrowserFetcher
from monitor.outbound.browser.line import LineDialler
from monitor.outbound.client import GuardedClient
from monitor.outbound.dial import LocalDialler
from monitor.outbound.dial_here import LocalDialWays
from monitor.outbound.dial_ways import line_terms
from monitor.outbound.dialling import Dialler
from monitor.outbound.guard import AddressRules
from monitor.outbound.identities import Identities
from monitor.outbound.proxy import ProxyFailed, handshake, open_through
from tests.parts.hops import wire_apart
from tests.serving.socks import WITH_NAME, WITHOUT, Circuits, circuits
from tests.serving.web import answering

JANE, JOHN = Visitor("jane"), Visitor("john")


async def nobody(host: str, port: int) -> list[str]:
    raise AssertionError("a name was looked up past the proxy")


@asynccontextmanager
async def by_tor(
    takes: tuple[int, ...] = (WITH_NAME, WITHOUT), proxy: str = "tor://127.0.0.1:{port}", *, apart: bool = False
) -> AsyncIterator[tuple[Circuits, GuardedClient]]:
    """apart: over the link to a fetcher."""

    async def site(request: web.Request) -> web.StreamResponse:
        if request.path == "/sent":
            raise web.HTTPFound("http://there.example/")
        return web.Response(body=b"here", content_type="image/png" if request.path == "/1.png" else "text/html")

    async with answering(site) as leads_to, circuits(leads_to, takes=takes) as tor, AsyncExitStack() as opened:
        settings = NetworkSettings(proxy=proxy.format(port=tor.port))
        wire = (await opened.enter_async_context(wire_apart(resolve=nobody)))[0] if apart else None
        client = GuardedClient(settings, AddressRules.of(settings), wire=wire, resolve=nobody)
        yield tor, client
        await client.aclose()


@pytest.mark.parametrize("apart", [False, True], ids=["here", "in the fetcher"])
async def test_a_circuit_is_of_one_visitor_at_one_site(apart: bool) -> None:
    async with by_tor(apart=apart) as (tor, client):
        for _ in range(2):
            for visitor in (JANE, JOHN, Visitor("jane", "forum"), Visitor("jane", "", "board")):
                for site in ("one.example", "two.example"):
                    fetched = await client.fetch(Request(f"http://{site}/", visitor=visitor))
                    assert fetched.outcome.kind is OutcomeKind.OK
        pairs = [pair for pair, _ in tor.asked]
        assert len(pairs) == len(set(pairs)) == 8  # and each connection is kept for its own
        assert tor.of("one.example").isdisjoint(tor.of("two.example"))
        assert all(len(pair) == 65 and "jane" not in pair and "forum" not in pair for pair in pairs)


async def test_what_a_page_shows_comes_by_its_own_circuit() -> None:
    async with by_tor() as (tor, client):
        for page in ("one.example", "two.example"):
            await client.fetch(Request(f"http://{page}/", visitor=JANE))
            part = Request("http://cdn.example/1.png", Purpose.IMAGE, referrer=f"http://{page}/", visitor=JANE)
            await client.fetch(part)
        assert tor.of("cdn.example") == tor.of("one.example") | tor.of("two.example")
        assert len(tor.of("cdn.example")) == 2


async def test_who_is_sent_on_comes_there_by_another() -> None:
    async with by_tor() as (tor, client):
        await client.fetch(Request("http://here.example/sent", visitor=JANE))
        await client.fetch(Request("http://there.example/", visitor=JANE))
        assert len(tor.of("here.example")) == len(tor.of("there.example")) == 1
        assert tor.of("here.example").isdisjoint(tor.of("there.example"))


async def test_a_tunnel_of_the_browser_has_the_circuit_that_it_is_given() -> None:
    async with by_tor() as (tor, client):
        for identity in ("a" * 32, "b" * 32):
            dialler = LocalDialler(client.rules, nobody, client.settings.proxy, identity)
            (_, writer), _ = await dialler.open("one.example", 80)
            writer.transport.abort()
        assert [pair for pair, _ in tor.asked] == [f"{'a' * 32}:{'a' * 32}", f"{'b' * 32}:{'b' * 32}"]


async def test_a_line_of_the_browser_s_own_process_has_one_too() -> None:
    """Each page load has a line, each line one circuit, whatever is dialled by it."""
    async with by_tor() as (tor, client):
        for identity in ("a" * 32, "b" * 32):
            terms = line_terms(client.rules, client.settings.proxy, max_bytes=1000, max_dials=5, identity=identity)
            async with LocalDialWays(nobody).line(terms) as line:
                dialler = LineDialler(socket.socket(fileno=line.take()))
                for host in ("one.example", "cdn.example"):
                    (_, writer), _ = await dialler.dial(host, 80)
                    writer.transport.abort()
                dialler.close()
        assert [pair for pair, _ in tor.asked] == [f"{name * 32}:{name * 32}" for name in "aabb"]


async def test_a_page_in_the_browser_has_the_circuit_of_what_is_asked_beside_it(tmp_path: Path) -> None:
    """A page load is one circuit, which its picture has when it is asked for afterwards."""
    shown: list[str] = []

    class Rendering(BrowserFetcher):
        async def render(self, asked: ToRender, dialler: Dialler) -> Rendered:
            assert isinstance(dialler, LocalDialler)
            shown.append(dialler.identity)
            request = Request(asked.url)
            return Rendered(fetched=Fetched.of(request, Outcome(OutcomeKind.OK), asked.url, utc_now()), withheld={})

    network = NetworkSettings(proxy="tor://127.0.0.1")
    settings = Settings(path=None, data_dir=tmp_path, watchlist_dir=tmp_path, network=network)
    browser = Rendering(settings, AddressRules.of(network), nobody, clock=utc_now)
    page = Request("http://one.example/", browser=True, visitor=JANE)
    for request in (page, replace(page, visitor=JOHN), replace(page, browser_state=LoginOf("jane", "forum"))):
        await browser.fetch(request)
    part = Request("http://cdn.example/1.png", Purpose.IMAGE, referrer=page.url, visitor=JANE)
    assert len(set(shown)) == 3 and Identities.by(network.proxy).of(part, part.url) == shown[0]


async def test_destinations_of_the_owner_have_circuits_apart_from_each_other_and_from_visits() -> None:
    """Who sees what leaves a circuit does not see the mailbox beside the places."""
    async with by_tor() as (tor, client):
        await client.fetch(Request("http://mail.example/", visitor=JANE))
        proxy = Proxy.of(client.settings.proxy)
        for host in ("mail.example", "push.example", "mail.example"):
            _, writer = await open_through(proxy, host, 443)
            writer.transport.abort()
        visit, mail, push, again = (pair for pair, _ in tor.asked)
        assert len({visit, mail, push}) == 3 and mail == again


# -- what is Tor


def offered(proxy: str) -> tuple[int, ...]:
    """The ways of logging in that are told to the proxy."""
    greeting, _ = next(handshake(Proxy.of(proxy), "one.example", 80, "identity"))
    return tuple(greeting[2:])


@pytest.mark.parametrize(
    ("proxy", "methods"),
    [
        pytest.param("tor://127.0.0.1", (WITH_NAME,), id="as it is written"),
        pytest.param("TOR://10.1.2.3:9111", (WITH_NAME,), id="wherever it is"),
        pytest.param("socks5h://127.0.0.1:9050", (WITH_NAME, WITHOUT), id="by its port"),
        pytest.param("socks5://gateway:9150", (WITH_NAME, WITHOUT), id="by its browser's port"),
        pytest.param("socks5h://127.0.0.1:1080", (WITHOUT,), id="another port"),
        pytest.param("socks5h://127.0.0.1", (WITHOUT,), id="no port"),
        pytest.param("socks5h://me:word@127.0.0.1:9050", (WITH_NAME,), id="with the owner's own log-in"),
    ],
)
def test_who_is_told_a_name(proxy: str, methods: tuple[int, ...]) -> None:
    assert offered(proxy) == methods


def test_the_owners_own_log_in_stays_as_it_is() -> None:
    talk = handshake(Proxy.of("socks5h://me:word@127.0.0.1:9050"), "one.example", 80, "identity")
    next(talk)
    told, _ = talk.send(b"\x05\x02")
    assert told == b"\x01\x02me\x04word"


@pytest.mark.parametrize("proxy", ["tor://me@127.0.0.1", "tor://me:word@127.0.0.1:9050", "tor://:@127.0.0.1"])
def test_tor_with_a_log_in_of_ones_own_is_refused(proxy: str) -> None:
    with pytest.raises(ValueError, match="leave it out"):
        Proxy.of(proxy)


def test_what_only_listens_on_its_port_is_used_as_it_wants() -> None:
    talk = handshake(Proxy.of("socks5h://127.0.0.1:9050"), "one.example", 80, "identity")
    next(talk)
    told, _ = talk.send(b"\x05\x00")  # no name is wanted
    assert told[:4] == b"\x05\x01\x00\x03" and b"identity" not in told


async def test_what_is_said_to_be_tor_and_keeps_no_circuits_apart_is_not_used() -> None:
    async with by_tor((WITHOUT,)) as (tor, client):
        fetched = await client.fetch(Request("http://one.example/", visitor=JANE))
        assert (fetched.outcome.kind, tor.asked) == (OutcomeKind.PROXY, [])
        assert "no circuits apart" in fetched.outcome.message
        with pytest.raises(ProxyFailed, match="no circuits apart"):
            await open_through(Proxy.of(client.settings.proxy), "one.example", 80)


async def test_any_other_socks_is_told_no_name() -> None:
    async with by_tor(proxy="socks5h://127.0.0.1:{port}") as (tor, client):
        for visitor in (JANE, JOHN):
            await client.fetch(Request("http://one.example/", visitor=visitor))
        assert tor.asked == [("", "one.example")] * 2  # two connections all the same
        assert tor.offered == [(WITHOUT,)] * 2
        await asyncio.sleep(0)
