"""What a visit knows of each hop, and that nothing of it would log anybody in."""

from __future__ import annotations

import ctypes
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from monitor import clock_trust
from monitor.clock_trust import ClockTrust
from monitor.documents.visit_record import clock_record, visit_record
from monitor.model.exchange import NOT_KEPT, Exchange, http_date
from monitor.model.page import Fetched, Outcome, OutcomeKind, Purpose, Request
from monitor.model.settings import Secret
from monitor.outbound.peer import Peer, peer_of
from monitor.parts.messages.fetching import MAX_CERTIFICATES
from tests.hostile.hostile_site import Names, client, ok, proxy, site, to, way
from tests.hostile.hostile_tls import authority, serving, trusting

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
SECRET = "s3cr3t-t0ken"
ANSWER = (
    f"Content-Type: text/html\r\nX-OdD: \xfc\r\nSet-Cookie: sid={SECRET}; Path=/\r\nset-cookie2: {SECRET}\r\n"
    f"Date: Sun, 29 Nov 2026 12:00:07 GMT"
)


def lines(pairs: tuple[tuple[str, str], ...]) -> bytes:
    return b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in pairs)


async def test_every_hop_is_known_as_it_went_out_and_came_back() -> None:
    first = to("/there", "302 Gone Away").replace(b"\r\n\r\n", f"\r\nSet-Cookie: a={SECRET}\r\n\r\n".encode())
    async with site(ok(headers=ANSWER, status="200 Fine \xfcber")) as served:
        served.answer_to = lambda head: first if b" /from " in head else served.answer  # type: ignore[method-assign]
        async with way("straight", served.port) as made:
            fetched = await made.fetch(Request(served.url("/from")))
    assert fetched.outcome.kind is OutcomeKind.OK, fetched.outcome
    began, ended = fetched.hops
    assert (began.url, ended.url) == (served.url("/from"), served.url("/there"))
    assert (began.status, began.reason, ended.status) == (302, "Gone Away", 200)
    assert {began.protocol, ended.protocol} == {"HTTP/1.1"} and {began.ip, ended.ip} == {"127.0.0.1"}
    assert ("Location", "/there") in began.answered and ("X-OdD", "\xfc") in ended.answered
    for hop, head in zip(fetched.hops, served.heads, strict=True):
        sent = head.split(b"\r\n", 1)[1].removesuffix(b"\r\n")
        assert lines(hop.asked).replace(NOT_KEPT.encode(), f"a={SECRET}".encode()) == sent
    assert b"Cookie: a=" in served.heads[1] and ("Cookie", NOT_KEPT) in ended.asked
    assert ("Set-Cookie", NOT_KEPT) in ended.answered and fetched.header("set-cookie") == NOT_KEPT
    assert SECRET not in repr(fetched.hops) + repr(fetched) and SECRET not in json.dumps(visit_record(fetched))


async def test_what_a_source_is_known_by_is_not_kept(tmp_path: Path) -> None:
    request = Request(
        "",
        Purpose.API,
        headers=(("X-Subscription-Token", SECRET), ("Authorization", f"Bearer {SECRET}"), ("Accept", "text/x")),
        secret_query=(("key", Secret(SECRET)),),
    )
    echo = f"Content-Type: text/plain\r\nX-Asked: /?key={SECRET}"
    async with (
        site(ok(headers=echo, status=f"200 {SECRET}"), tls=serving(tmp_path)) as served,
        way("straight", served.port, timeout_s=5, tls=trusting()) as made,
    ):
        fetched = await made.fetch(
            replace(request, url=served.url(scheme="https"), account_hosts=(f"good.test:{served.port}",))
        )
        assert served.heads and SECRET.encode() in served.heads[0], fetched.outcome
    assert fetched.status == 200 and ("X-Subscription-Token", NOT_KEPT) in fetched.hops[0].asked
    assert ("Accept", "text/x") in fetched.hops[0].asked
    assert SECRET not in repr(fetched.hops)


@pytest.mark.parametrize("kind", ["straight", "http", "socks", "straight, apart"])
async def test_the_chain_is_had_as_it_was_sent(kind: str, tmp_path: Path) -> None:
    root = authority()[1].public_bytes(Encoding.DER)
    async with (
        site(ok(), tls=serving(tmp_path, chain=3)) as served,
        way(kind, served.port, timeout_s=5, tls=trusting()) as made,
    ):
        fetched = await made.fetch(Request(served.url(scheme="https")))
        again = await made.fetch(Request(served.url(scheme="https")))
    assert fetched.outcome.kind is OutcomeKind.OK, fetched.outcome
    assert len(fetched.chain) == 4 and fetched.chain[1:] == (root,) * 3 and again.chain == fetched.chain
    assert fetched.hops[0].tls == "TLSv1.3"
    assert fetched.hops[0].ip == fetched.ip == ("127.0.0.1" if kind.startswith("straight") else "")


async def test_by_a_proxy_a_plain_page_proves_nothing() -> None:
    async with site(ok()) as served, proxy(Names()) as through:
        async with client(served.port, proxy=f"http://127.0.0.1:{through.port}") as made:
            fetched = await made.fetch(Request(served.url()))
    assert (fetched.ip, fetched.chain, fetched.hops[0].tls) == ("", (), "")
    told = visit_record(fetched)
    assert told is not None and told["ip"] == "not known" and told["certificates"] == "none: not https"
    assert isinstance(told["hops"], list) and told["hops"][0]["tls"] == "none: not https"


async def test_whoever_does_not_answer_has_no_hop_and_no_address() -> None:
    async with site(to("http://good.test:1/x")) as served, way("straight", served.port, timeout_s=2) as made:
        made.rules.ports.add(1)
        fetched = await made.fetch(Request(served.url()))
    assert fetched.outcome.kind is not OutcomeKind.OK
    assert [hop.status for hop in fetched.hops] == [302] and (fetched.ip, fetched.chain) == ("", ())


def test_a_chain_without_end_is_bounded() -> None:
    class Tls:
        def version(self) -> None:
            return None

        def get_unverified_chain(self) -> list[bytes]:
            return [b"c" * 4_000] * 500

    peer = peer_of({"ssl_object": Tls(), "peername": None}.get)
    assert (peer.ip, peer.tls, len(peer.chain)) == ("", "", MAX_CERTIFICATES)
    assert peer_of({}.get) == Peer()


def test_no_exchange_can_hold_what_logs_in() -> None:
    held = (("COOKIE", SECRET), ("Proxy-Authorization", SECRET), ("server", "x"))
    made = Exchange("http://x.test/", AT, asked=held, answered=held)
    assert made.asked == made.answered == (("COOKIE", NOT_KEPT), ("Proxy-Authorization", NOT_KEPT), ("server", "x"))


@pytest.mark.parametrize(
    ("written", "ahead"),
    [
        pytest.param("Sun, 29 Nov 2026 12:00:07 GMT", 7.0, id="seven seconds ahead"),
        pytest.param("Sun, 29 Nov 2026 11:00:00 GMT", -3600.0, id="an hour behind"),
        pytest.param("yesterday", None, id="no date"),
        pytest.param("Sun, 29 Nov 99999 12:00:07 GMT", None, id="a year that is none"),
        pytest.param("\x00" * 100_000, None, id="hostile"),
    ],
)
def test_the_servers_clock_stands_beside_ours(written: str, ahead: float | None) -> None:
    request = Request("http://x.test/")
    fetched = Fetched.of(request, Outcome(OutcomeKind.OK), request.url, AT, status=200, headers=(("date", written),))
    told = visit_record(fetched)
    assert told is not None
    date = told["server_date"]
    assert isinstance(date, dict) and date["ahead_of_ours_s"] == ahead and len(str(date["as_sent"])) < 700
    assert http_date(written) == (AT + timedelta(seconds=ahead) if ahead is not None else None)


NOT_LET = ClockTrust(None, why="the system does not let this program ask (error 1)")


def test_the_kernel_says_something_or_why_not() -> None:
    trust = clock_trust.clock_trust()
    assert trust.is_synchronised is not None or trust.why
    assert clock_record(trust)["synchronised"] is trust.is_synchronised


@pytest.mark.parametrize(
    ("state", "status", "trust"),
    [
        pytest.param(0, 0, ClockTrust(True, 0.25, 0.0015), id="kept by a time server"),
        pytest.param(5, 0x40, ClockTrust(False), id="not kept"),
        pytest.param(0, 0x40, ClockTrust(False), id="not kept, says the status alone"),
        pytest.param(-1, 0, NOT_LET, id="not let"),
    ],
)
def test_what_the_kernel_says(state: int, status: int, trust: ClockTrust, monkeypatch: pytest.MonkeyPatch) -> None:
    class Libc:
        def adjtimex(self, told: object) -> int:
            timex = told._obj  # type: ignore[attr-defined]
            assert timex.modes == 0
            timex.maxerror, timex.esterror, timex.status = 250_000, 1_500, status
            ctypes.set_errno(1)
            return state

    monkeypatch.setattr(clock_trust.ctypes, "CDLL", lambda name, use_errno: Libc())
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
    assert clock_trust.clock_trust() == trust


@pytest.mark.parametrize(
    ("body", "trust"),
    [
        pytest.param((("b", True),), ClockTrust(True), id="kept by a time server"),
        pytest.param((("b", False),), ClockTrust(False), id="not kept"),
        pytest.param((("s", "yes"),), NOT_LET, id="another kind of answer"),
        pytest.param(("Access denied",), NOT_LET, id="refused"),
        pytest.param((), NOT_LET, id="nothing in it"),
    ],
)
def test_who_may_not_ask_the_kernel_asks_systemd(
    body: tuple[object, ...], trust: ClockTrust, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_let(told: object) -> int:
        ctypes.set_errno(1)
        return -1

    bus = MagicMock()
    bus.return_value.__enter__.return_value.send_and_get_reply.return_value.body = body
    monkeypatch.setattr(clock_trust.ctypes, "CDLL", lambda name, use_errno: SimpleNamespace(adjtimex=not_let))
    monkeypatch.setattr("jeepney.io.blocking.open_dbus_connection", bus)
    assert clock_trust.clock_trust() == trust


def test_where_there_is_no_such_call_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_trust.ctypes, "CDLL", lambda name, use_errno: object())
    assert clock_record(clock_trust.clock_trust()) == {
        "synchronised": None,
        "why_not_known": "this system has no adjtimex",
    }
