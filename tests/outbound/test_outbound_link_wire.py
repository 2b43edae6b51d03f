"""A hop that another process takes: as it is told here, and what becomes of it when that process falls over it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import msgspec
import pytest

from monitor.model.account import FormPost
from monitor.model.page import Fetched, OutcomeKind, Purpose, Request
from monitor.model.settings import NetworkSettings, Secret
from monitor.outbound import own_network
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from monitor.outbound.hop import LocalWire
from monitor.outbound.link_wire import HOP_WIRE_SLACK, LinkWire
from monitor.parts.frames import BadMessage
from monitor.parts.link import Link
from monitor.parts.messages import OneOf
from monitor.parts.messages.fetching import FetcherSetup, HopAnswer, HopAsk, HopFailure, HopHead, NameTold
from monitor.parts.parent.launched import LaunchedParts
from monitor.parts.starting import ProgramPart
from tests.hostile.hostile_site import Names, ok, site, to
from tests.parts.hops import fetching
from tests.parts.in_loop import PartsInLoop
from tests.patience import WITHIN_S


@dataclass
class Falling(LocalWire):
    """Ends its process over an address with `/fall` in it, says too much over `/much`, tells of a terabyte over
    `/claims`."""

    def __init__(self) -> None:
        super().__init__(resolve=Names())
        self.pipe: socket.socket | None = None
        self.asked: list[str] = []

    async def ask(self, asked: HopAsk, body: bytes = b"") -> tuple[HopAnswer, bytes]:
        self.asked.append(asked.target)
        if "/fall" in asked.target and self.pipe is not None:
            await asyncio.sleep(0)
            self.pipe.shutdown(socket.SHUT_RDWR)
            await asyncio.Event().wait()
        if "/claims" in asked.target:
            return HopAnswer(HopHead(200, b"OK", b"HTTP/1.1", ()), wire_bytes=1 << 40), b"few"
        if "/much" in asked.target:
            return HopAnswer(HopHead(200, b"OK", b"HTTP/1.1", ())), bytes(asked.cap + 1_000_000)
        return await super().ask(asked, body)


@dataclass
class Apart:
    client: GuardedClient
    parts: PartsInLoop
    fallen: list[Falling] = field(default_factory=list)

    async def get(self, url: str, **more: object) -> Fetched:
        return await asyncio.wait_for(self.client.fetch(Request(url, **more)), WITHIN_S)  # type: ignore[arg-type]


@asynccontextmanager
async def apart(port: int, wire: Callable[[], Falling] = Falling, **settings: object) -> AsyncIterator[Apart]:
    wires: list[Falling] = []

    def begin(pipe: socket.socket) -> Awaitable[None]:
        wires.append(wire())
        wires[-1].pipe = pipe
        return fetching(wires[-1])(pipe)

    parts = PartsInLoop(begin)
    link = Link(parts, ProgramPart.FETCHER, FetcherSetup)
    network = NetworkSettings(allow_networks=("127.0.0.1/32",), allow_ports=(port,), **settings)  # type: ignore[arg-type]
    try:
        yield Apart(GuardedClient(network, AddressRules.of(network), wire=LinkWire(link)), parts, wires)
    finally:
        await link.aclose()
        await parts.aclose()


async def test_what_came_is_as_it_is_without_a_cut() -> None:
    body = bytes(range(256)) * 2_000
    async with site(ok(body, "Content-Type: image/jpeg\r\nSet-Cookie: a=1")) as served, apart(served.port) as cut:
        served.answer_to = lambda head: to("/there") if b" /from " in head else served.answer  # type: ignore[method-assign]
        async with AsyncExitStack() as closing:
            local = GuardedClient(cut.client.settings, cut.client.rules, resolve=Names())
            closing.push_async_callback(local.aclose)
            here = await local.fetch(Request(served.url("/from"), Purpose.IMAGE))
        there = await cut.get(served.url("/from"), purpose=Purpose.IMAGE)
        assert there.outcome.kind is OutcomeKind.OK and there.body == body
        for name in (
            "request",
            "outcome",
            "url",
            "status",
            "headers",
            "digest",
            "ip",
            "redirects",
            "wire_bytes",
            "cut",
        ):
            assert getattr(there, name) == getattr(here, name), name
        assert [(one.status, one.asked, one.answered, one.ip) for one in there.hops] == [
            (one.status, one.asked, one.answered, one.ip) for one in here.hops
        ]


async def test_what_a_form_holds_goes_along() -> None:
    async with site(ok()) as served, apart(served.port) as cut:
        post = FormPost(Secret("grant=\xe4"), "application/x-www-form-urlencoded")
        url = f"http://127.0.0.1:{served.port}/token"
        await cut.get(url, post=post, account_hosts=(f"127.0.0.1:{served.port}",))
        assert served.heads[0].startswith(b"POST /token ") and b"Content-Length: 8\r\n" in served.heads[0]


async def test_what_is_too_large_to_be_asked_is_no_fault_of_the_fetchers() -> None:
    async with site(ok()) as served, apart(served.port) as cut:
        fetched = await cut.get(served.url(), headers=(("X-Long", "x" * 300_000),))
        assert fetched.outcome.kind is OutcomeKind.REFUSED and "too large" in fetched.outcome.message
        assert (await cut.get(served.url())).outcome.kind is OutcomeKind.OK and cut.parts.started == 1


async def test_ports_that_are_allowed_later_may_be_asked_at_once() -> None:
    async with site(ok()) as served, apart(1) as cut:
        assert (await cut.get(served.url())).outcome.kind is OutcomeKind.REFUSED
        cut.client.rules.allow_ports_of([served.url()])
        assert (await cut.get(served.url())).outcome.kind is OutcomeKind.OK


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("/fall", "it ended", id="ends"),
        pytest.param("/much", "outside its limits", id="says more than it was asked for"),
    ],
)
async def test_a_part_that_fails_is_asked_once_more_and_is_not_the_sites_fault(path: str, said: str) -> None:
    async with site(ok()) as served, apart(served.port) as cut:
        fetched = await cut.get(served.url(path))
        assert fetched.outcome.kind is OutcomeKind.PART and said in fetched.outcome.message
        assert "not the site's" in fetched.outcome.remedy and not fetched.hops
        assert cut.parts.started == 2
        assert (await cut.get(served.url("/fine"))).outcome.kind is OutcomeKind.OK


async def test_what_it_tells_of_the_bytes_it_took_has_an_end() -> None:
    """They count against the visit's budget, which nobody else may use up."""
    async with site(ok()) as served, apart(served.port) as cut:
        fetched = await cut.get(served.url("/claims"), max_bytes=1_000_000)
        assert fetched.body == b"few" and 0 < fetched.wire_bytes <= 1_000_000 + HOP_WIRE_SLACK


async def test_what_was_posted_is_not_posted_twice() -> None:
    async with site(ok()) as served, apart(served.port) as cut:
        post = FormPost(Secret("a=b"), "text/plain")
        url = f"http://127.0.0.1:{served.port}/fall"
        fetched = await cut.get(url, post=post, account_hosts=(f"127.0.0.1:{served.port}",))
        assert fetched.outcome.kind is OutcomeKind.PART and cut.parts.started == 1


async def test_who_asked_beside_it_gets_its_answer() -> None:
    """One page that brings the fetcher down each time is asked beside a dozen that are slow to answer."""
    waiting = asyncio.Event()

    async def slow(path: str, writer: asyncio.StreamWriter) -> None:
        waiting.set()
        await asyncio.sleep(0.05)
        writer.write(ok(path.encode()))

    async with site(slow) as served, apart(served.port) as cut:
        beside = [asyncio.ensure_future(cut.get(served.url(f"/{number}"))) for number in range(12)]
        await waiting.wait()
        falls = await cut.get(served.url("/fall"))
        found = await asyncio.gather(*beside)
        assert falls.outcome.kind is OutcomeKind.PART
        assert {one.outcome.kind for one in found} == {OutcomeKind.OK}
        assert [one.body for one in found] == [f"/{number}".encode() for number in range(12)]


async def test_who_gives_up_leaves_nothing_under_way() -> None:
    began = asyncio.Event()

    async def never(path: str, writer: asyncio.StreamWriter) -> None:
        began.set()
        await asyncio.Event().wait()

    async with site(never) as served, apart(served.port) as cut:
        asking = asyncio.ensure_future(cut.client.fetch(Request(served.url("/never"))))
        await began.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        served.answer = ok()
        assert (await cut.get(served.url())).outcome.kind is OutcomeKind.OK and cut.parts.started == 1


async def test_the_time_is_kept_on_the_other_side() -> None:
    async def never(path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with site(never) as served, apart(served.port, timeout_s=0.3) as cut:
        fetched = await cut.get(served.url())
        assert fetched.outcome.kind is OutcomeKind.TIMEOUT and cut.parts.started == 1
        assert fetched.outcome.message == "not done within 0.3 seconds"


class Lying(Falling):
    """Answers what it was told to."""

    told: tuple[HopAnswer, bytes] = HopAnswer(is_late=True), b""

    async def ask(self, asked: HopAsk, body: bytes = b"") -> tuple[HopAnswer, bytes]:
        return self.told

    async def look_up(self, host: str) -> NameTold:
        raise ValueError("words of a site")


HEAD = HopHead(200, b"OK", b"HTTP/1.1", ((b"content-type", b"text/html"),))
ON = HopHead(302, b"OK", b"HTTP/1.1", ((b"location", b"http://10.0.0.1/"),))


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        pytest.param((HopAnswer(HEAD), b"<p>x"), OutcomeKind.OK, id="the truth"),
        pytest.param((HopAnswer(ON), b""), OutcomeKind.REFUSED, id="sent to an inside address"),
        pytest.param((HopAnswer(ON), b"x" * 999), OutcomeKind.REFUSED, id="with a body"),
        pytest.param((HopAnswer(HEAD, is_late=True), b"<p>x"), OutcomeKind.TIMEOUT, id="late, and here it is"),
        pytest.param((HopAnswer(HEAD, HopFailure(OutcomeKind.TLS, "\x1b[2J")), b"<p>x"), OutcomeKind.TLS, id="or not"),
    ],
)
async def test_what_a_part_makes_up_is_judged_as_what_a_site_sends(
    told: tuple[HopAnswer, bytes], kind: OutcomeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lying, "told", told)
    async with apart(80, Lying) as cut:
        fetched = await cut.get("http://127.0.0.1/")
        assert fetched.outcome.kind is kind and fetched.outcome.message.isprintable()


GOOD_HEAD: list[object] = [200, b"OK", b"HTTP/1.1", [[b"a", b"b"]], "127.0.0.1", "TLSv1.3", [b"c"]]
GOOD: dict[str, object] = {"type": "HopAnswer", "head": GOOD_HEAD}


def of_head(place: int, value: object) -> dict[str, object]:
    return {**GOOD, "head": [*GOOD_HEAD[:place], value, *GOOD_HEAD[place + 1 :]]}


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"type": "HopAnswer"}, id="nothing"),
        pytest.param({**GOOD, "more": 1}, id="a word that nobody knows"),
        pytest.param({**GOOD, "wire_bytes": -1}, id="fewer bytes than none"),
        pytest.param({**GOOD, "failure": ["gone", "x"]}, id="gone, which is the core's to say"),
        pytest.param({"type": "HopAnswer", "failure": ["ok", "x"]}, id="it failed, and all is well"),
        pytest.param({"type": "HopAnswer", "failure": ["tls", "x" * 401]}, id="too many words"),
        pytest.param(of_head(0, -200), id="a status below none"),
        pytest.param(of_head(0, "200"), id="a status in letters"),
        pytest.param(of_head(3, [[b"a", b"b"]] * 202), id="too many lines"),
        pytest.param(of_head(3, [[b"a", b"b", b"c"]]), id="a line of three"),
        pytest.param(of_head(3, [[b"a", b"b" * 600_000]]), id="a line too long"),
        pytest.param(of_head(3, [[b"a", b"b" * 500_000]] * 3), id="all of them too long"),
        pytest.param(of_head(4, "1" * 65), id="a long address"),
        pytest.param(of_head(6, [b"c"] * 17), id="a long chain"),
        pytest.param(of_head(6, ["text"]), id="a chain of words"),
    ],
)
def test_what_no_fetcher_of_ours_says_is_outside_limits(told: dict[str, object]) -> None:
    assert OneOf(HopAnswer).unpack(msgspec.msgpack.encode(GOOD)).head is not None
    with pytest.raises(BadMessage):
        OneOf(HopAnswer).unpack(msgspec.msgpack.encode(told))


async def test_names_and_the_list_by_a_part_that_fails() -> None:
    async with apart(80, Lying) as cut:
        told = await cut.client.wire.look_up("a.example")
        assert told.retry and told.why and "words of a site" not in told.why
        assert not (await cut.client.wire.look_up("x" * 2_000)).retry
        assert await cut.client.wire.ask_list("x" * 2_000) == b""


async def test_a_real_fetcher_is_killed_while_it_is_asked() -> None:
    """Who asked gets the answer all the same, from the next one."""
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(path: str, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await may_answer.wait()
        writer.write(ok(path.encode()))

    parts = LaunchedParts()
    link = Link(parts, ProgramPart.FETCHER, FetcherSetup)
    async with site(slow) as served:
        network = NetworkSettings(allow_networks=("127.0.0.1/32",), allow_ports=(served.port,))
        client = GuardedClient(network, AddressRules.of(network), wire=LinkWire(link))
        urls = [served.url(f"/{number}", host="127.0.0.1") for number in range(4)]
        try:
            asking = [asyncio.ensure_future(client.fetch(Request(url))) for url in urls]
            await asyncio.wait_for(asked.wait(), WITHIN_S)
            killed = link.pid
            os.kill(killed, signal.SIGKILL)
            may_answer.set()
            found = await asyncio.wait_for(asyncio.gather(*asking), WITHIN_S)
            assert [one.body for one in found] == [b"/0", b"/1", b"/2", b"/3"] and link.pid not in (0, killed)
        finally:
            await link.aclose()
            await parts.aclose()


async def test_the_state_of_the_network_is_asked_where_it_is() -> None:
    async with apart(80) as cut:
        assert await cut.client.wire.network_state() == own_network.state() != ""
