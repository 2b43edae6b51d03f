"""Every row of the catalogue over every way out: typed rightly, in bounded time, and nothing inside is ever reached."""

from __future__ import annotations

import gzip
import time
from dataclasses import replace
from random import Random

import pytest

from monitor.model.page import OutcomeKind as K
from monitor.model.page import Purpose, Request
from tests.hostile.hostile_catalogue import ROWS
from tests.hostile.hostile_rows import BAD_LOCATIONS, BAD_URLS, INSIDE_HOSTS, ODD_NAMES, Row
from tests.hostile.hostile_site import Names, ok, site, to, way
from tests.patience import LATE_S

WAYS = ("straight", "socks", "http", "straight, apart")


@pytest.mark.parametrize("kind", ["straight", "socks", pytest.param("http", marks=pytest.mark.long)])
@pytest.mark.parametrize("case", ROWS, ids=lambda case: case.id)
async def test_answers(case: Row, kind: str) -> None:
    await answered(case, kind)


@pytest.mark.rows(30)
@pytest.mark.parametrize("kind", ["straight, apart", "socks, apart", "http, apart"])
@pytest.mark.parametrize("case", ROWS, ids=lambda case: case.id)
async def test_answers_that_another_process_takes(case: Row, kind: str) -> None:
    """And no row brings that one down."""
    await answered(case, kind)


async def answered(case: Row, kind: str) -> None:
    slow = K.TIMEOUT in case.kinds
    async with site(case.answer) as served, way(kind, served.port, timeout_s=0.4 if slow else 5) as client:
        started = time.monotonic()
        fetched = await client.fetch(Request(served.url(case.path)))
        assert fetched.outcome.kind in case.kinds, fetched.outcome
        assert time.monotonic() - started < LATE_S  # the deadline is 0.4 or 5 s
        assert fetched.outcome.is_good_look or fetched.outcome.remedy
        assert (
            fetched.outcome.message.isprintable() and len(fetched.outcome.message) < 400
        )  # it goes on to logs and alerts
        assert len(fetched.body) <= 300_000
        assert served.inside == 0
        client.settings = replace(client.settings, timeout_s=5)
        # An ordinary page beside it is read as if nothing had been.
        assert (await client.fetch(Request(served.url("/fine")))).outcome.kind is K.OK


JPEG = b"\xff\xd8\xff\xe0" + bytes(200)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.2/x.png'/></svg>"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(ok(JPEG, "Content-Type: image/jpeg"), K.OK, id="a picture"),
        pytest.param(ok(JPEG, "Content-Type: text/html"), K.OK, id="a picture that is called a page"),
        pytest.param(ok(JPEG, ""), K.OK, id="a picture that is called nothing"),
        pytest.param(
            ok(b"<!doctype html><p>x", "Content-Type: image/jpeg"), K.UNREADABLE, id="a page that is called one"
        ),
        pytest.param(ok(b"\xef\xbb\xbf \n<HTML><p>x"), K.UNREADABLE, id="a page behind blanks"),
        pytest.param(ok(b"<!-- x --><html>"), K.OK, id="a page behind a comment, which the reader tells"),
        pytest.param(ok(SVG, "Content-Type: image/svg+xml"), K.OK, id="a drawing, which the reader tells"),
        pytest.param(
            ok(b"<?xml version='1.0'?>" + SVG, "Content-Type: image/png"), K.OK, id="XML, which the reader tells"
        ),
        pytest.param(
            ok(b"<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>"), K.WALL, id="a wall"
        ),
        pytest.param(
            ok(JPEG + b"<script>alert(1)</script>", "Content-Type: image/jpeg"), K.OK, id="a picture and a script"
        ),
        pytest.param(ok(b"", "Content-Type: image/jpeg"), K.EMPTY, id="nothing"),
        pytest.param(ok(JPEG, "Content-Type: image/jpeg", "206 Partial Content"), K.OK, id="a part, unasked"),
        pytest.param(ok(bytes(400_000), "Content-Type: image/jpeg"), K.TOO_LARGE, id="too large"),
        pytest.param(
            ok(gzip.compress(bytes(40_000_000)), "Content-Encoding: gzip"), K.TOO_LARGE, id="packed too large"
        ),
    ],
)
async def test_what_is_sent_for_a_picture(answer: bytes, kind: K) -> None:
    async with site(answer) as served, way("straight", served.port) as client:
        fetched = await client.fetch(Request(served.url("/a.jpg"), Purpose.IMAGE))
        assert fetched.outcome.kind is kind, fetched.outcome


# These tables are walked over one site and client each: what fails is named in what is left over.


@pytest.mark.parametrize("kind", WAYS)
async def test_inside_addresses(kind: str) -> None:
    async with site(ok()) as served, way(kind, served.port) as client:
        found = {host: (await client.fetch(Request(served.url(host=host)))).outcome for host in INSIDE_HOSTS}
        assert {host: said for host, said in found.items() if said.kind is not K.REFUSED} == {}
        assert (served.inside, served.heads) == (0, [])


@pytest.mark.rows(1)
@pytest.mark.parametrize("kind", WAYS)
async def test_redirects_to_inside_addresses(kind: str) -> None:
    async with site(b"") as served, way(kind, served.port) as client:
        found = {}
        for host in INSIDE_HOSTS:
            served.answer = to(served.url(host=host))
            found[host] = (await client.fetch(Request(served.url()))).outcome
        # moved: not even an address
        assert {host: said for host, said in found.items() if said.kind not in (K.REFUSED, K.MOVED)} == {}
        assert (served.inside, len(served.heads)) == (0, len(INSIDE_HOSTS))


@pytest.mark.parametrize("kind", WAYS)
async def test_addresses_that_are_none(kind: str) -> None:
    async with site(ok()) as served, way(kind, served.port) as client:
        urls = [url.replace("{port}", str(served.port)) for url in BAD_URLS]
        found = {url: (await client.fetch(Request(url))).outcome for url in urls}
        assert {url: said for url, said in found.items() if said.kind is not K.REFUSED} == {}
        assert (served.inside, served.heads) == (0, [])


@pytest.mark.parametrize("kind", WAYS)
async def test_names_that_are_none(kind: str) -> None:
    unknown = (K.REFUSED, K.DNS) if kind == "straight" else (K.REFUSED, K.DNS, K.CONNECTION, K.SERVER_ERROR)
    async with site(ok()) as served, way(kind, served.port) as client:
        found = {name: (await client.fetch(Request(served.url(host=name)))).outcome for name in ODD_NAMES}
        assert {name: said for name, said in found.items() if said.kind not in unknown} == {}
        assert (served.inside, served.heads) == (0, [])


@pytest.mark.parametrize("kind", WAYS)
async def test_redirects_to_where_nobody_goes(kind: str) -> None:
    async with site(b"") as served, way(kind, served.port) as client:
        found = {}
        for location in BAD_LOCATIONS:
            served.answer = to(location)
            found[location] = (await client.fetch(Request(served.url()))).outcome
        assert {at: said for at, said in found.items() if said.kind not in (K.REFUSED, K.MOVED)} == {}
        assert (served.inside, len(served.heads)) == (0, len(BAD_LOCATIONS))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([["127.0.0.2"]], K.REFUSED, id="inside"),
        pytest.param([["127.0.0.1", "127.0.0.2"]], K.REFUSED, id="allowed and inside"),
        pytest.param([["127.0.0.2", "127.0.0.1"]], K.REFUSED, id="inside and allowed"),
        pytest.param([["127.0.0.1", "10.0.0.1"]], K.REFUSED, id="allowed and private"),
        pytest.param([["127.0.0.1", "::1"]], K.REFUSED, id="allowed and inside by IPv6"),
        pytest.param([["::ffff:127.0.0.2"]], K.REFUSED, id="IPv4 as IPv6"),
        pytest.param([["64:ff9b::7f00:2"]], K.REFUSED, id="NAT64"),
        pytest.param([["2002:7f00:2::"]], K.REFUSED, id="6to4"),
        pytest.param([["fe80::1%lo"]], K.REFUSED, id="with a zone"),
        pytest.param([["127.0.0.1%lo"]], K.REFUSED, id="IPv4 with a zone"),
        pytest.param([["2606:4700::1111%1"]], K.REFUSED, id="a public one with a zone"),
        pytest.param([["2606:4700::1111", "fd00::1"]], K.REFUSED, id="public and unique-local"),
        pytest.param([["127.0.0.1", "::ffff:127.0.0.1"]], K.REFUSED, id="allowed, and the same as IPv6"),
        pytest.param([["127.0.0.1", "0.0.0.0"]], K.REFUSED, id="allowed and this host"),
        pytest.param([["127.0.0.1"] * 32 + ["127.0.0.2"]], K.REFUSED, id="inside behind a flood"),
        pytest.param([["127.0.0.1"] * 31 + ["127.0.0.2"]], K.REFUSED, id="inside at the end of many"),
        pytest.param([["2130706434"]], K.REFUSED, id="a number for an answer"),
        pytest.param([["0x7f.2"]], K.REFUSED, id="hex for an answer"),
        pytest.param([["127.1"]], K.REFUSED, id="short for an answer"),
        pytest.param([["127.0.0.01"]], K.REFUSED, id="octal for an answer"),
        pytest.param([["inside.test"]], K.REFUSED, id="a name for an answer"),
        pytest.param([[""]], K.REFUSED, id="an empty answer"),
        pytest.param([["127.0.0.1\x00"]], K.REFUSED, id="an answer with a null"),
        pytest.param([["169.254.169.254"]], K.REFUSED, id="metadata"),
        pytest.param([["100.64.0.1"]], K.REFUSED, id="carrier's inside"),
        pytest.param([["no address"]], K.REFUSED, id="no address"),
        pytest.param([["127.0.0.1"] * 40], K.REFUSED, id="a flood of answers"),
        pytest.param([[]], K.CONNECTION, id="no answer"),
        pytest.param([["never"]], K.TIMEOUT, id="never an answer"),
        pytest.param([["127.0.0.1"], ["127.0.0.2"]], K.OK, id="turns inside after the first"),
    ],
)
async def test_names_that_answer(answers: list[list[str]], expected: K) -> None:
    names = Names(tricky=answers)
    async with site(ok()) as served, way("straight", served.port, names=names) as client:
        fetched = await client.fetch(Request(served.url(host="tricky.test")))
        assert fetched.outcome.kind is expected, fetched.outcome
        assert served.inside == 0


async def test_a_name_that_turns_inside_is_refused_at_its_next_connection() -> None:
    names = Names(tricky=[["127.0.0.1"], ["127.0.0.2"]])
    closing = ok(headers="Connection: close")
    async with site(closing) as served, way("straight", served.port, names=names) as client:
        kinds = [(await client.fetch(Request(served.url(host="tricky.test")))).outcome.kind for _ in range(3)]
        assert kinds == [K.OK, K.REFUSED, K.REFUSED]
        assert (served.inside, names.asked.count("tricky.test")) == (0, 3)


@pytest.mark.parametrize(
    "host",
    "localhost a.localhost printer nas.local x.internal 1.home.arpa box.lan x.fritz.box 127.0.0.2.nip.io "
    "app-c0a80001.nip.io --1.sslip.io a.localtest.me 192-168-1-1.example.org".split(),
)
@pytest.mark.parametrize("kind", ("socks", "http"))
async def test_inside_names_are_not_given_to_a_proxy(host: str, kind: str) -> None:
    async with site(ok()) as served, way(kind, served.port) as client:
        fetched = await client.fetch(Request(served.url(host=host)))
        assert fetched.outcome.kind is K.REFUSED, fetched.outcome


@pytest.mark.parametrize("scheme", ("http", "socks5", "socks5h"))
async def test_without_its_proxy_nothing_goes_out(scheme: str) -> None:
    from tests.hostile.hostile_site import client as straight

    async with site(ok()) as served:
        async with site(ok()) as gone:
            pass
        async with straight(served.port, proxy=f"{scheme}://127.0.0.1:{gone.port}") as client:
            fetched = await client.fetch(Request(served.url()))
        assert fetched.outcome.kind is K.PROXY, fetched.outcome
        assert served.heads == []


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("kind", "rounds"),
    [
        ("straight", 250),
        ("socks", 100),
        pytest.param("straight", 4_000, marks=[pytest.mark.long, pytest.mark.timeout(900)]),
    ],
)
async def test_whatever_bytes_come_they_are_typed(kind: str, rounds: int) -> None:
    """Rows of the catalogue with bytes changed, cut and repeated, from a seed."""
    random = Random(20261122)
    seeds = [case.answer for case in ROWS if isinstance(case.answer, bytes) and 0 < len(case.answer) < 5000]
    async with site(b"") as served, way(kind, served.port, timeout_s=0.3) as client:
        for _ in range(rounds):
            answer = bytearray(random.choice(seeds))
            for _ in range(random.randint(1, 6)):
                at = random.randrange(len(answer))
                match random.randrange(4):
                    case 0:
                        answer[at] = random.randrange(256)
                    case 1:
                        del answer[at : at + random.randint(1, 9)]
                    case 2:
                        answer[at:at] = answer[at : at + random.randint(1, 60)] * random.randint(1, 20)
                    case _:
                        answer[at:at] = random.choice([b"\r\n", b"\0", b":", b" ", b"\n", b"-1", b"gzip, "])
                answer = answer or bytearray(b" ")
            served.answer = bytes(answer)
            fetched = await client.fetch(Request(served.url()))
            assert isinstance(fetched.outcome.kind, K)
            assert len(fetched.body) <= 300_000
        assert served.inside == 0
        client.settings = replace(client.settings, timeout_s=5)
        assert (await client.fetch(Request(served.url("/fine")))).outcome.kind is K.OK
