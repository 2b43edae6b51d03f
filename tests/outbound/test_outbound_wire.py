"""What stands on the wire: the first line of a request, read off a raw socket, straight and through both kinds of
proxy. The addresses are the paths and queries of the standard's own test data."""

from __future__ import annotations

import asyncio
import gzip
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest

from monitor.crawl.cookies import CookieJar
from monitor.crawl.url_standard import parse_web_url, web_url
from monitor.model.page import Fetched, OutcomeKind, Purpose, Request
from monitor.model.settings import NetworkSettings
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules
from tests.outbound.sloppy_heads import CHUNKED, FIRST_LINES, LENGTHS, SLOPPY
from tests.parts.hops import wire_apart
from tests.standards.published import urls

LOCAL = ip_network("127.0.0.0/8")
TLS = ssl.create_default_context()  # made once: it reads all authorities
Answer = Callable[[str, dict[str, str]], bytes]


def ok(body: bytes = b"<p>x</p>", *lines: str) -> bytes:
    head = "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Content-Type: text/html", *lines, "", ""])
    return head.encode("latin-1") + body


def to(location: bytes, *lines: str) -> bytes:
    head = b"".join(line.encode("latin-1") + b"\r\n" for line in lines)
    return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n" + head + b"Location: " + location + b"\r\n\r\n"


@dataclass
class Raw:
    """A server that keeps what it was sent, to the letter. As a proxy it answers for every host itself."""

    answer: Answer = lambda target, headers: ok()
    port: int = 0
    lines: list[str] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    socks: bool = False
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            if self.socks:
                await self._greet(reader, writer)
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *rest = head.decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest if line)}
                self.lines.append(first)
                self.heads.append(headers)
                answer = self.answer(first.split(" ")[1], headers)
                writer.write(answer)
                await writer.drain()
                if b"X-Close" in answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly((await reader.readexactly(2))[1])
        writer.write(b"\x05\x00")
        kind = (await reader.readexactly(4))[3]
        left = {1: 6, 4: 18}.get(kind) or (await reader.readexactly(1))[0] + 2
        await reader.readexactly(left)
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")


@asynccontextmanager
async def way(kind: str, answer: Answer | None = None) -> AsyncIterator[tuple[GuardedClient, Raw]]:
    raw = Raw(socks=kind == "socks")
    if answer is not None:
        raw.answer = answer
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0, limit=256 * 1024)
    raw.port = server.sockets[0].getsockname()[1]
    proxy = {
        "straight": "",
        "apart": "",
        "http": f"http://127.0.0.1:{raw.port}",
        "socks": f"socks5://127.0.0.1:{raw.port}",
    }[kind]
    settings = NetworkSettings(allow_networks=("127.0.0.0/8",), proxy=proxy)

    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    rules = AddressRules((LOCAL,), {80, 443, raw.port})
    async with AsyncExitStack() as closing:
        closing.callback(server.close)
        if kind == "apart":
            wire, _ = await closing.enter_async_context(wire_apart(resolve=here, tls=TLS))
            client = GuardedClient(settings, rules, wire=wire)
        else:
            client = GuardedClient(settings, rules, resolve=here, tls=TLS)
        closing.push_async_callback(client.aclose)
        yield client, raw


WAYS = pytest.mark.parametrize("kind", ["straight", "http", "socks", pytest.param("apart", marks=pytest.mark.long)])
TARGETS = sorted(
    {
        found.target
        for case in urls()
        if (found := parse_web_url(case["input"], web_url(case.get("base") or "") if case.get("base") else None))
    }
    | {
        "/i/cat.jpg?u=a%2Fb&s=1",
        "/i/cat.jpg?p=%7Eabc",
        "/i?u=%c3%a9&x=%20+%2B",
        "/f/http%3A%2F%2Fsrc.example%2Fcat.jpg",
        "//double//slash/?",
        "/a;b=c,d/(e)/'f'/[g]/|h|?'",
        "/100%/%zz/%",
        "/?&&a&=&b==",
        "/thumbor/300x200/smart/http://img.example/a%20b.jpg",
        "/x?Policy=eyJ~&Signature=a-b_c~d__&Key-Pair-Id=K",
    }
)


@WAYS
async def test_what_is_asked_for_is_what_stands_in_the_address(kind: str) -> None:
    assert len(TARGETS) > 100
    async with way(kind) as (client, raw):
        at = f"http://127.0.0.1:{raw.port}"
        for target in TARGETS:
            await client.fetch(Request(at + target))
        before = at if kind == "http" else ""  # RFC 9112 section 3.2.2
        wanted = [f"GET {before}{web_url(at + target).target} HTTP/1.1" for target in TARGETS]  # type: ignore[union-attr]
        assert raw.lines == wanted


@WAYS
async def test_a_redirect_is_followed_to_the_letter(kind: str) -> None:
    targets = [target for target in TARGETS if "'" not in target and not target.startswith("//")][::3]

    def answer(target: str, headers: dict[str, str]) -> bytes:
        number = re.search(r"/from/([0-9]+)$", target)
        return to(targets[int(number[1])].encode()) if number else ok()

    async with way(kind, answer) as (client, raw):
        at = f"http://127.0.0.1:{raw.port}"
        for number in range(len(targets)):
            await client.fetch(Request(f"{at}/from/{number}"))
        sent = [line.removeprefix("GET ").removeprefix(at if kind == "http" else "")[:-9] for line in raw.lines]
        assert [target for target in sent if not re.fullmatch(r"/from/[0-9]+", target)] == targets


@pytest.mark.parametrize(
    ("location", "sent"),
    [
        pytest.param(b"/caf\xe9.html", "/caf%E9.html", id="latin-1"),
        pytest.param("/café.html".encode(), "/caf%C3%A9.html", id="UTF-8"),
        pytest.param("/照片.html".encode("gbk"), "/%D5%D5%C6%AC.html", id="GBK"),
        pytest.param(b"/a b?c d", "/a%20b?c%20d", id="spaces"),
        pytest.param(b"  /edges  ", "/edges", id="spaces around it"),
        pytest.param(b"next", "/dir/next", id="relative"),
        pytest.param(b"?page=2", "/dir/start?page=2", id="a query alone"),
        pytest.param(b"\\back\\slash", "/back/slash", id="backslashes"),
        pytest.param(b"/a#part", "/a", id="a fragment"),
        pytest.param(b"127.0.0.1/x", "/dir/127.0.0.1/x", id="no scheme: a path"),
        pytest.param(b"/same\r\nLocation: /same", "/same", id="twice the same"),
        pytest.param(b"/%7Esigned%2f?s=%e9", "/%7Esigned%2f?s=%e9", id="signed"),
        pytest.param(b"HTTP:/upper", "/upper", id="http: with one slash"),
    ],
)
async def test_where_a_location_leads(location: bytes, sent: str) -> None:
    async with way("straight", lambda target, _: to(location) if target == "/dir/start" else ok()) as (client, raw):
        fetched = await client.fetch(Request(f"http://127.0.0.1:{raw.port}/dir/start"))
        assert (fetched.outcome.kind, raw.lines[1:]) == (OutcomeKind.OK, [f"GET {sent} HTTP/1.1"])


async def test_two_different_locations_lead_nowhere() -> None:
    async with way("straight", lambda *_: to(b"/a\r\nLocation: /b")) as (client, raw):
        fetched = await client.fetch(Request(f"http://127.0.0.1:{raw.port}/"))
        assert fetched.outcome.kind is OutcomeKind.MOVED


async def test_a_redirect_without_an_address_is_an_answer() -> None:
    async with way("straight", lambda *_: to(b"")) as (client, raw):
        await client.fetch(Request(f"http://127.0.0.1:{raw.port}/"))
        assert len(raw.lines) == 1


# -- cookies of one visit


def host_of_line(headers: dict[str, str]) -> str:
    return headers["host"].split(":")[0]


@WAYS
async def test_cookies_go_with_their_site_over_hops_and_requests_of_one_visit(kind: str) -> None:
    def answer(target: str, headers: dict[str, str]) -> bytes:
        if target.endswith("/start"):
            return to(
                b"http://www.site.com/next",
                "Set-Cookie: shared=1; Domain=site.com; Path=/",
                "Set-Cookie: own=1; Path=/",
            )
        return ok(b"x", "Set-Cookie: page=2; Path=/")

    async with way(kind, answer) as (client, raw):
        client.rules.ports.add(raw.port)
        port, jar = raw.port, CookieJar()
        raw_answer = raw.answer
        raw.answer = lambda target, headers: raw_answer(target, headers).replace(b".com/next", b".com:%d/next" % port)
        await client.fetch(Request(f"http://site.com:{port}/start", jar=jar))
        for host in ("www.site.com", "site.com", "other.com"):
            url = f"http://{host}:{port}/i.jpg"
            await client.fetch(Request(url, Purpose.IMAGE, referrer=f"http://www.site.com:{port}/next", jar=jar))
        await client.fetch(Request(f"http://www.site.com:{port}/alone"))
        seen = [(host_of_line(head), head.get("cookie", "")) for head in raw.heads]
        assert seen == [
            ("site.com", ""),
            ("www.site.com", "shared=1"),
            ("www.site.com", "shared=1; page=2"),
            ("site.com", "shared=1; own=1"),
            ("other.com", ""),
            ("www.site.com", ""),  # of another visit
        ]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"\xfftest\xff", id="bytes that are no UTF-8"),
        pytest.param("1春节回家路·春运完全手册".encode(), id="UTF-8"),
        pytest.param("тест".encode("cp1251"), id="windows-1251"),
        pytest.param(b'"a b, c=d"', id="quotes, blanks and commas"),
        pytest.param(b"%32%33", id="escapes"),
    ],
)
@WAYS
async def test_a_cookie_comes_back_to_the_byte(kind: str, value: bytes) -> None:
    async with way(kind, lambda *_: ok(b"x", f"Set-Cookie: a={value.decode('latin-1')}")) as (client, raw):
        jar, url = CookieJar(), f"http://127.0.0.1:{raw.port}/"
        outcomes = [(await client.fetch(Request(url, jar=jar))).outcome.kind for _ in range(2)]
        sent = raw.heads[-1].get("cookie", "").encode("latin-1")
        is_utf_8 = value.decode("utf-8", "replace").encode() == value
        assert outcomes == [OutcomeKind.OK] * 2
        assert sent == (
            b"a=" + value if is_utf_8 or kind not in ("straight", "apart") else b""
        )  # aiohttp can send nothing else


async def test_an_account_is_not_mixed_with_a_visit() -> None:
    """A source's own line stands alone, and goes to nobody else."""
    async with way("straight", lambda *_: ok(b"x", "Set-Cookie: a=1")) as (client, raw):
        jar, url = CookieJar(), f"http://127.0.0.1:{raw.port}/"
        await client.fetch(Request(url, jar=jar))
        await client.fetch(Request(url, jar=jar, headers=(("Cookie", "session=hers"),)))
        assert [head.get("cookie", "") for head in raw.heads] == ["", "session=hers"]


async def test_a_place_that_sends_round_for_ever_is_left() -> None:
    count = iter(range(10_000))
    async with way("straight", lambda *_: to(b"/", f"Set-Cookie: n{next(count)}=1")) as (client, raw):
        fetched = await client.fetch(Request(f"http://127.0.0.1:{raw.port}/"))
        assert (fetched.outcome.kind, len(raw.lines) <= 21) == (OutcomeKind.MOVED, True)


# -- the page that a picture is of


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        pytest.param("http://127.0.0.1:{port}/t/1?p=2#x", "http://127.0.0.1:{port}/t/1?p=2", id="of its own origin"),
        pytest.param("http://forum.example/t/1?p=2", "http://forum.example/", id="of another: where it is, no more"),
        pytest.param("https://forum.example/t/1", "", id="of a secure one: nothing"),
        pytest.param("", "", id="none"),
    ],
)
async def test_what_a_picture_is_told_of_its_page(page: str, sent: str) -> None:
    async with way("straight") as (client, raw):
        page, sent = page.format(port=raw.port), sent.format(port=raw.port)
        url = f"http://127.0.0.1:{raw.port}/i.jpg"
        await client.fetch(Request(url, Purpose.IMAGE, referrer=page, tells_page=True))
        await client.fetch(Request(url, Purpose.IMAGE, referrer=page))
        assert [head.get("referer", "") for head in raw.heads] == [sent, ""]


# -- sloppy answers

BODY = b"<p>hello</p>" * 40
PACKED = gzip.compress(bytes(range(256)) * 400)
H = b"HTTP/1.1 200 OK\r\nX-Close: 1\r\nContent-Type: text/html\r\n"
CHUNK = b"1e0\r\n" + BODY + b"\r\n"


@pytest.mark.parametrize(
    ("answer", "body", "cut"),
    [
        pytest.param(H + b"X-Folded: a\r\n b\r\nContent-Length: 480\r\n\r\n" + BODY, BODY, False, id="a folded line"),
        *(pytest.param(H + lines + b"\r\n\r\n" + BODY, BODY, False, id=name) for name, lines in SLOPPY.items()),
        *(
            pytest.param(H + lines + b"\r\n\r\n" + CHUNK + b"0\r\n\r\n", BODY, False, id=name)
            for name, lines in CHUNKED.items()
        ),
        *(
            pytest.param(
                H.replace(b"HTTP/1.1 200 OK", line) + b"Content-Length: 480\r\n\r\n" + BODY, BODY, False, id=name
            )
            for name, line in FIRST_LINES.items()
        ),
        pytest.param(
            H.replace(b"\r\n", b"\n") + b"Content-Length: 480\nContent-Length: 480\n\n" + BODY,
            BODY,
            False,
            id="line feeds",
        ),
        pytest.param(b"\r\n\n" + H + b"Content-Length: 480\r\n\r\n" + BODY, BODY, False, id="blank lines before it"),
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\nLink : </a>\r\n\r\n" + H + b"Content-Length: 480, 480\r\n\r\n" + BODY,
            BODY,
            False,
            id="announced before",
        ),
        pytest.param(H + b"Content-Length:480\r\n\r\n" + BODY, BODY, False, id="no space behind the colon"),
        pytest.param(H + b"Content-Length: 9999\r\n\r\n" + BODY, BODY, True, id="shorter than announced"),
        pytest.param(H + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK, BODY, True, id="no last chunk"),
        pytest.param(
            H + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK + b"1e0\r\n<p>he",
            BODY + b"<p>he",
            True,
            id="half a chunk",
        ),
        pytest.param(H + b"\r\n" + BODY, BODY, False, id="until the end"),
        pytest.param(H + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(BODY), BODY, False, id="gzip"),
        pytest.param(H + b"Content-Encoding: utf-8\r\n\r\n" + BODY, BODY, False, id="a word that is no coding"),
        pytest.param(
            H + b"Content-Encoding: UTF8, gzip\r\n\r\n" + gzip.compress(BODY), BODY, False, id="and one that is"
        ),
        pytest.param(H + b"Content-Encoding: none\r\n\r\n" + BODY, BODY, False, id="none"),
    ],
)
@WAYS
async def test_what_browsers_read_is_read(kind: str, answer: bytes, body: bytes, cut: bool) -> None:
    async with way(kind, lambda *_: answer) as (client, raw):
        fetched = await client.fetch(Request(f"http://127.0.0.1:{raw.port}/"))
        assert (fetched.outcome.kind, fetched.body, fetched.cut) == (OutcomeKind.OK, body, cut)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(b"Content-Length: 480\r\nContent-Length: 12", id="two lengths"),
        pytest.param(b"Content-Length: 12, 480", id="two in a list"),
        pytest.param(b"Content-Length: 480,", id="one and nothing"),
        pytest.param(b"Content-Length: 480\r\nContent-Length: ", id="and an empty one"),
        pytest.param(b"Content-Length: 0480\r\nContent-Length: 480", id="written in two ways"),
        pytest.param(b"X: a\0b\r\nContent-Length: 480", id="a null byte"),
    ],
)
@WAYS
async def test_what_browsers_refuse_is_refused(kind: str, lines: bytes) -> None:
    async with way(kind, lambda *_: H + lines + b"\r\n\r\n" + BODY) as (client, raw):
        fetched = await client.fetch(Request(f"http://127.0.0.1:{raw.port}/"))
        assert (fetched.outcome.kind, fetched.body) == (OutcomeKind.UNREADABLE, b"")


@WAYS
async def test_lengths_are_read_as_web_platform_tests_say(kind: str) -> None:
    def answer(target: str, headers: dict[str, str]) -> bytes:
        return H + LENGTHS[int(target.rpartition("/")[2])][0] + b"\r\n\r\n" + b"x" * 42

    async with way(kind, answer) as (client, raw):
        read = list[tuple[bytes, int | None]]()
        for number, (lines, _) in enumerate(LENGTHS):
            fetched = await client.fetch(Request(f"http://127.0.0.1:{raw.port}/{number}"))
            read.append((lines, len(fetched.body) if fetched.outcome.kind is OutcomeKind.OK else None))
        assert read == LENGTHS


@WAYS
async def test_a_connection_is_kept_over_sloppy_answers(kind: str) -> None:
    """Each head on it is read by itself, and nothing of one becomes part of the next."""
    length = b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n"
    count = iter(range(9))
    async with way(kind, lambda *_: b"HTTP/1.1 200 OK\r\nX : a\r\n" + length + b"n=%d" % next(count)) as (client, raw):
        bodies = [(await client.fetch(Request(f"http://127.0.0.1:{raw.port}/"))).body for _ in range(4)]
        assert (bodies, raw.connections) == ([b"n=0", b"n=1", b"n=2", b"n=3"], 1)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
@WAYS
async def test_of_a_packed_body_that_is_cut_what_came_is_read(kind: str, share: float) -> None:
    cut = PACKED[: int(len(PACKED) * share)]
    async with way(kind, lambda *_: H + b"Content-Encoding: gzip\r\n\r\n" + cut) as (client, raw):
        fetched = await client.fetch(Request(f"http://127.0.0.1:{raw.port}/"))
        assert fetched.cut and (bytes(range(256)) * 400).startswith(fetched.body) and fetched.body


@pytest.mark.parametrize("purpose", [Purpose.API, Purpose.ROBOTS])
async def test_what_programs_read_is_whole_or_nothing(purpose: Purpose) -> None:
    async with way("straight", lambda *_: H + b"Content-Length: 9999\r\n\r\n" + BODY) as (client, raw):
        fetched: Fetched = await client.fetch(Request(f"http://127.0.0.1:{raw.port}/", purpose))
        assert (fetched.outcome.kind, fetched.body) == (OutcomeKind.CONNECTION, b"")
