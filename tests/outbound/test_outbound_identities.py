"""What one visitor opened, was handed out or was told goes to no other: seen by a server that writes all of it down."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from subprocess import check_output
from sys import executable

import httpx
import pytest

from monitor.model.account import FormPost, TokenExchange
from monitor.model.page import Fetched, LoginOf, OutcomeKind, Purpose, Request
from monitor.model.settings import NetworkSettings, Secret
from monitor.model.visitor import NOBODY, Visitor
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from monitor.outbound.identities import Identities
from monitor.outbound.pools import OF_IDENTITY, POOL_IDLE_S, Pools
from tests.hostile.hostile_tls import serving, trusting
from tests.outbound.polite_world import World, said
from tests.parts.hops import wire_apart
from tests.serving.streams import listening

JANE, JOHN = Visitor("jane"), Visitor("john")
HER_FORUM, HER_OTHER = Visitor("jane", "forum"), Visitor("jane", "other")
HER_ACCOUNT = Visitor("jane", "", "board")
ALL = (NOBODY, JANE, JOHN, HER_FORUM, HER_OTHER, HER_ACCOUNT, Visitor("jane", "forum", "board"), Visitor("janeforum"))

PAGE = "https://forum.example/t/1"
TOR = "tor://127.0.0.1:9050"


def named(proxy: str = "") -> Identities:
    return replace(Identities.by(proxy), key="k" * 64)


# -- names


def test_each_visitor_has_a_name_and_it_tells_nothing() -> None:
    names = [named().of(Request(PAGE, visitor=one), PAGE) for one in ALL]
    assert len(set(names)) == len(ALL)
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in names)
    assert Identities().of(Request(PAGE), PAGE) == Identities().of(Request(PAGE), PAGE) not in names
    told = "from monitor.outbound.identities import Identities as I; print(I().key)"
    assert check_output([executable, "-c", told], text=True).strip() != Identities().key  # another with each start
    assert "k" * 9 not in repr(named())


@pytest.mark.parametrize(
    ("proxy", "one", "other", "is_same"),
    [
        pytest.param("", Request(PAGE), Request("https://other.example/"), True, id="two sites, straight"),
        pytest.param("http://p:8080", Request(PAGE), Request("https://b.example/"), True, id="two sites by proxy"),
        pytest.param("socks5h://p:1080", Request(PAGE), Request("https://b.example/"), True, id="by SOCKS"),
        pytest.param(TOR, Request(PAGE), Request("https://b.example/"), False, id="two sites by Tor"),
        pytest.param("socks5h://p:9050", Request(PAGE), Request("https://b.example/"), False, id="by Tor's port"),
        pytest.param("socks5://p:9150", Request(PAGE), Request("https://b.example/"), False, id="by its browser's"),
        pytest.param("socks5h://me:x@p:9050", Request(PAGE), Request("https://b.example/"), True, id="by a log-in"),
        pytest.param("http://p:9050", Request(PAGE), Request("https://b.example/"), True, id="HTTP on its port"),
        pytest.param(TOR, Request("http://a.example.org/"), Request("http://b.example.org/"), True, id="one owner"),
        pytest.param(
            TOR,
            Request(PAGE),
            Request("https://cdn.example/1.jpg", Purpose.IMAGE, referrer=PAGE),
            True,
            id="a page's picture, wherever it stands",
        ),
        pytest.param(
            TOR,
            Request("https://cdn.example/1.jpg", Purpose.IMAGE, referrer="https://b.example/"),
            Request("https://cdn.example/1.jpg", Purpose.IMAGE, referrer=PAGE),
            False,
            id="the same picture on two pages",
        ),
        pytest.param(
            TOR, Request(PAGE), Request("https://b.example/", referrer=PAGE), False, id="a link is another page"
        ),
        pytest.param(TOR, Request("http://1.2.3.4/"), Request("http://1.2.3.5/"), False, id="numbers"),
        pytest.param(
            "",
            Request(PAGE, visitor=HER_FORUM),
            Request(PAGE, browser_state=LoginOf("jane", "forum")),
            True,
            id="whose log-in goes along, that one it is",
        ),
    ],
)
def test_what_goes_by_one_name(proxy: str, one: Request, other: Request, is_same: bool) -> None:
    names = named(proxy)
    assert (names.of(one, one.url) == names.of(other, other.url)) is is_same


def test_by_tor_who_is_sent_on_is_another_there() -> None:
    request = Request(PAGE)
    assert named(TOR).of(request, PAGE) != named(TOR).of(request, "https://b.example/")


# -- connections


@dataclass
class Noted:
    """By the path of each request: the connection that it came over. resumed: of each connection by TLS."""

    port: int = 0
    over: dict[str, int] = field(default_factory=dict)
    resumed: list[bool] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, tls = next(self._count), writer.get_extra_info("ssl_object")
        if tls is not None:
            self.resumed.append(tls.session_reused)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.over[head.split()[1].decode()] = number
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nhere")
        except (OSError, EOFError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def noting(
    tls: ssl.SSLContext | None = None, *, apart: bool = False
) -> AsyncIterator[tuple[Noted, GuardedClient]]:
    """apart: over the link to a fetcher."""
    noted, trusted = Noted(), trusting() if tls is not None else None

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async with AsyncExitStack() as opened:
        noted.port = await opened.enter_async_context(listening(noted.serve, tls))
        settings = NetworkSettings(allow_networks=("127.0.0.1/32",), allow_ports=(noted.port,))
        rules = AddressRules.of(settings)
        if apart:
            wire, _ = await opened.enter_async_context(wire_apart(resolve=resolve, tls=trusted))
            client = GuardedClient(settings, rules, wire=wire)
        else:
            client = GuardedClient(settings, rules, resolve=resolve, tls=trusted)
        yield noted, client
        await client.aclose()


@pytest.mark.parametrize("apart", [False, True], ids=["here", "in the fetcher"])
@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "TLS"])
async def test_a_connection_is_one_visitors(is_secure: bool, apart: bool, tmp_path: Path) -> None:
    async with noting(serving(tmp_path) if is_secure else None, apart=apart) as (noted, client):
        server = f"{'https' if is_secure else 'http'}://good.test:{noted.port}"
        for turn, (at, visitor) in itertools.product("ab", enumerate(ALL)):
            fetched = await client.fetch(Request(f"{server}/{at}{turn}", visitor=visitor))
            assert fetched.outcome.kind is OutcomeKind.OK
        first, second = ([noted.over[f"/{at}{turn}"] for at in range(len(ALL))] for turn in "ab")
        assert first == second  # kept for whoever opened it
        assert len(set(first)) == len(ALL)
        assert noted.resumed == [False] * (len(ALL) if is_secure else 0)


async def test_no_tls_session_is_taken_up_again_by_another_connection(tmp_path: Path) -> None:
    """Not even by the same visitor: a ticket would tell that both are one."""
    async with noting(serving(tmp_path)) as (noted, client):
        urls = [f"https://good.test:{noted.port}/{number}" for number in range(4)]
        await asyncio.gather(*(client.fetch(Request(url, visitor=JANE)) for url in urls))
        await client.fetch(Request(f"{urls[0]}?", visitor=JOHN))
    assert len(noted.resumed) > 2 and not any(noted.resumed)


# -- as many pools as are used


class Kept(httpx.AsyncBaseTransport):
    def __init__(self, closed: list[str], name: str) -> None:
        self.closed, self.name = closed, name

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(b"x"))

    async def aclose(self) -> None:
        self.closed.append(self.name)


@dataclass
class Watched:
    now: float = 0.0
    closed: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def make(self, name: str) -> httpx.AsyncBaseTransport:
        self.made.append(name)
        return Kept(self.closed, name)

    def pools(self, most: int = 3) -> Pools:
        return Pools(self.make, most=most, passed=lambda: self.now)


async def asked(pools: Pools, name: str) -> httpx.Response:
    request = httpx.Request("GET", "http://a.test/", extensions={OF_IDENTITY: name})
    return await pools.handle_async_request(request)


async def test_of_too_many_the_ones_used_longest_ago_are_closed() -> None:
    watched = Watched()
    pools = watched.pools()
    for name in "abacdd":
        await (await asked(pools, name)).aclose()
    await asyncio.sleep(0)
    assert (watched.made, watched.closed, len(pools)) == (["a", "b", "c", "d"], ["b"], 3)
    await pools.aclose()
    assert sorted(watched.closed) == ["a", "b", "c", "d"]


async def test_one_with_an_answer_under_way_is_not_closed() -> None:
    watched = Watched()
    pools = watched.pools(most=1)
    open_answers = [await asked(pools, name) for name in "abc"]
    await asyncio.sleep(0)
    assert watched.closed == []
    for answer in open_answers:
        await answer.aclose()
        await answer.aclose()  # twice is once
    await (await asked(pools, "c")).aclose()
    await asyncio.sleep(0)
    assert sorted(watched.closed) == ["a", "b"]
    await pools.aclose()


async def test_an_idle_one_is_closed_without_another_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.outbound.pools.POOL_IDLE_S", 0.0)
    watched = Watched()
    pools = watched.pools()
    await (await asked(pools, "a")).aclose()
    watched.now += 1
    async with asyncio.timeout(60):
        while not watched.closed:
            await asyncio.sleep(0)
    assert len(pools) == 0
    await pools.aclose()
    assert watched.closed == ["a"]


async def test_one_that_fails_is_free_again() -> None:
    watched = Watched()

    class Failing(Kept):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no")

    pools = Pools(lambda name: Failing(watched.closed, name), passed=lambda: watched.now)
    with pytest.raises(httpx.ConnectError):
        await asked(pools, "a")
    watched.now += POOL_IDLE_S + 1
    with pytest.raises(httpx.ConnectError):
        await asked(pools, "b")
    await asyncio.sleep(0)
    assert watched.closed == ["a"]
    await pools.aclose()


# -- robots.txt


async def test_each_visitor_goes_by_the_robots_txt_that_it_was_given() -> None:
    """A site that writes another file for each who asks knows none again by what they leave out."""
    world = World()
    given: list[Visitor] = []

    def answers(request: Request) -> Fetched:
        if not request.url.endswith("/robots.txt"):
            return said(request)
        given.append(request.visitor)
        return said(request, body=f"User-agent: *\nDisallow: /{ALL.index(request.visitor)}\n".encode())

    world.answers = answers
    for _ in range(2):  # the second time it is kept
        fetcher = world.polite(delay=0)
        for at, visitor in enumerate(ALL):
            urls = [f"http://a.test/{number}" for number in range(len(ALL))]
            outcomes = [(await fetcher.fetch(Request(url, visitor=visitor))).outcome.kind for url in urls]
            assert [outcomes.index(OutcomeKind.ROBOTS), outcomes.count(OutcomeKind.ROBOTS)] == [at, 1]
    assert given == list(ALL)
    assert len(world.kept.robots_copies.rows) == len(ALL)
    assert not any("jane" in key or "forum" in key for key in world.kept.robots_copies.rows)


ONE_GROUP, OTHER_GROUP = Visitor.of_group("a"), Visitor.of_group("b")


@pytest.mark.parametrize(
    ("proxy", "host", "visitors", "times"),
    [
        pytest.param("", "a.test", (ONE_GROUP, OTHER_GROUP), 1, id="two groups"),
        pytest.param("http://p:8080", "a.test", (ONE_GROUP, OTHER_GROUP), 1, id="two groups by a proxy"),
        pytest.param("", "a.test", (ONE_GROUP, JANE, OTHER_GROUP), 2, id="a case by itself"),
        pytest.param("", "a.test", (ONE_GROUP, replace(ONE_GROUP, login="forum"), OTHER_GROUP), 2, id="a log-in"),
        pytest.param("", "a.test", (ONE_GROUP, replace(ONE_GROUP, account="board"), OTHER_GROUP), 2, id="an account"),
        pytest.param(TOR, "a.test", (ONE_GROUP, OTHER_GROUP, ONE_GROUP), 2, id="by Tor, where nothing else tells"),
        pytest.param("socks5h://p:1080", "a.test", (ONE_GROUP, OTHER_GROUP), 2, id="by SOCKS, which may be Tor"),
        pytest.param("http://p:8080", "a.onion", (ONE_GROUP, OTHER_GROUP), 2, id="a hidden service"),
    ],
)
async def test_groups_have_one_robots_txt_in_common(
    proxy: str, host: str, visitors: Sequence[Visitor], times: int
) -> None:
    """There may be tens of thousands at a host. By one address it can tell them for one program as it is."""
    world, asked = World(), list[Visitor]()

    def answers(request: Request) -> Fetched:
        if request.url.endswith("/robots.txt"):
            asked.append(request.visitor)
        return said(request)

    world.answers = answers
    fetcher = world.polite(delay=0, proxy=proxy)
    for visitor in visitors:
        await fetcher.fetch(Request(f"http://{host}/1", visitor=visitor))
    assert len(asked) == times
    if times == 1:
        assert asked[0] not in visitors  # of whom it tells nothing


async def test_what_another_machine_was_told_is_not_asked_for_again() -> None:
    """A copy in memory that is of yesterday does not hide the one that another worker has kept since."""
    world = World()
    mine, other = world.polite(delay=0), world.polite(delay=0)
    await mine.fetch(Request("http://a.test/1", visitor=ONE_GROUP))
    world.now += timedelta(days=2)
    for fetcher in (other, mine):
        await fetcher.fetch(Request("http://a.test/1", visitor=OTHER_GROUP))
    assert [url for url, _ in world.asked].count("http://a.test/robots.txt") == 2


async def test_by_another_way_out_robots_txt_is_asked_anew() -> None:
    world = World()
    fetcher = world.polite()
    await fetcher.fetch(Request("http://a.test/1", visitor=JANE))
    world.kept.machine.way = None  # as after a change of the proxy
    await world.polite().fetch(Request("http://a.test/1", visitor=JANE))
    assert [url for url, _ in world.asked].count("http://a.test/robots.txt") == 2


# -- tokens


async def test_each_case_logs_in_for_itself_even_with_the_same_account() -> None:
    """The account is one; a token that two of them show would tell the place that one program asks for both."""
    world = World()
    exchange = TokenExchange("mine", "https://place.example/token", FormPost(Secret("x"), "text/plain"))
    asked: list[tuple[str, Visitor, str]] = []

    def answers(request: Request) -> Fetched:
        told = dict(request.headers).get("Authorization", "")
        asked.append((request.url, request.visitor, told))
        tokens = sum(url == exchange.url for url, _, _ in asked)
        return said(request, body=b'{"access_token": "t%d"}' % tokens if request.post else b"posts")

    world.answers = answers
    fetcher = world.polite(delay=0)
    for visitor in (HER_ACCOUNT, Visitor("john", "", "board"), HER_ACCOUNT):
        request = Request("https://place.example/posts", Purpose.API, exchange=exchange, visitor=visitor)
        await fetcher.fetch(replace(request, account_hosts=("place.example",)))
    jane, john = HER_ACCOUNT, Visitor("john", "", "board")
    shown = [(visitor, told) for url, visitor, told in asked if url != exchange.url]
    assert shown == [(jane, "Bearer t1"), (john, "Bearer t2"), (jane, "Bearer t1")]
    assert [visitor for url, visitor, _ in asked if url == exchange.url] == [jane, john]
