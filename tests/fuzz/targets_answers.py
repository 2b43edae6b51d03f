"""What comes over the network into the fetcher, the core and the page: heads, codings, cookies, addresses, proxies,
replies."""

# ruff: noqa: E501 - seeds, as others write them

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, partial

from monitor.errors import StampFailed, UsageError
from tests.fuzz.target import Target

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\nSet-Cookie: a=b; Path=/; Secure\r\n"
    b"X-Folded: a\r\n b\r\nTransfer-Encoding: chunked\r\n\r\nhello"
)


def _head(data: bytes) -> None:
    """Whatever the pieces, what is given on is the same; and what was mended needs no mending."""
    from monitor.outbound.answer_head import AnswerHead, mended

    def fed(pieces: Sequence[bytes]) -> bytes:
        head = AnswerHead()
        head.begin()
        return b"".join(head.feed(piece) for piece in pieces) + head.rest()

    whole = fed([data])
    assert fed([data[at : at + 7] for at in range(0, len(data), 7)]) == whole, "cut otherwise, it is another"
    end = data.find(b"\r\n\r\n")
    if end >= 0:
        once = mended(data[: end + 4])
        assert mended(once) == once, "mended twice is not mended once"


def _coding(coding: str, data: bytes) -> None:
    from monitor.outbound.content_coding import decode

    assert len(decode(data, (coding,), 5_000_000).body) <= 5_000_000


@cache
def _codings() -> dict[str, bytes]:
    import brotli
    import zstandard

    text = b"<p>hello</p>" * 200
    return {
        "gzip": gzip.compress(text, mtime=0),
        "deflate": zlib.compress(text),
        "br": brotli.compress(text),
        "zstd": zstandard.ZstdCompressor().compress(text),
    }


def _refused_codings() -> tuple[type[BaseException], ...]:
    from monitor.outbound.content_coding import TooLarge, Undecodable

    return Undecodable, TooLarge


def _lines(data: bytes) -> None:
    """Header lines that mean something to the program."""
    from monitor.crawl.cookies import CookieJar
    from monitor.crawl.freshness import heuristic, lifetime
    from monitor.crawl.outcome import outcome_of_status
    from monitor.crawl.pacing import parse_retry_after
    from monitor.crawl.refresh import sent_on_to
    from monitor.outbound.content_coding import Undecodable, codings_of

    text = data.decode("latin-1")
    jar = CookieJar()
    jar.take("https://www.site.example/a/b", text.split("\n"), NOW)
    jar.line("https://site.example/a", NOW)
    for name in ("cache-control", "expires", "age", "date", "last-modified", "retry-after", "etag"):
        headers = {name: text, "date": "Sun, 29 Nov 2026 12:00:00 GMT"}
        lifetime(headers.items(), NOW)
        heuristic(headers.items(), NOW)
        outcome_of_status(429, headers, conditional=False, now=NOW)
    parse_retry_after(text, NOW)
    sent_on_to(text, "https://site.example/", "https://site.example/")
    with suppress(Undecodable):
        codings_of(text)


def _address(data: bytes) -> None:
    """Whatever is made of an address, it is made the same twice, and every reading of its host agrees or none is."""
    from monitor.crawl.signed_address import ends_at, serves_for_a_time
    from monitor.crawl.url_standard import parse_web_url, web_url
    from monitor.domains import domain_of
    from monitor.hosts import host_of, undisputed_host_of
    from monitor.outbound.guard import as_number
    from monitor.sources.recognising import closed_group, is_one_post, kind_of_address

    text = data.decode("utf-8", "surrogateescape")
    base = parse_web_url("https://site.example/a/b?c")
    for parsed in (web_url(text), parse_web_url(text, base)):
        if parsed is not None:
            url = str(parsed)
            again = parse_web_url(url)
            assert again is not None and str(again) == url, "read again, it is another"
            as_number(parsed.host)
            for judge in (host_of, undisputed_host_of, domain_of, kind_of_address, is_one_post, closed_group):
                judge(url)
    for judge in (host_of, undisputed_host_of, domain_of, ends_at, serves_for_a_time):
        judge(text)


def _proxy(url: str, data: bytes) -> None:
    """A proxy's side of a handshake."""
    from monitor.model.proxy import Proxy
    from monitor.outbound.proxy import handshake

    talk, at = handshake(Proxy.of(url), "site.example", 443), 0
    with suppress(StopIteration):
        _, wanted = next(talk)
        while at + wanted <= len(data):
            piece, at = data[at : at + wanted], at + wanted
            _, wanted = talk.send(piece)


def _browser_head(data: bytes) -> None:
    from monitor.outbound.browser.forward_proxy import _Head

    head = _Head.of(data)
    assert b"\r\n\r\n" in head.rewritten or not head.rewritten.strip()


def _png(data: bytes) -> None:
    from monitor.outbound.browser.png import above

    above(_drawn(), data)


@cache
def _drawn() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (16, 4), (9, 9, 9)).save(out, "PNG")
    return out.getvalue()


def _no_png() -> tuple[type[BaseException], ...]:
    from monitor.outbound.browser.png import NoPng

    return (NoPng,)


def _reply(data: bytes) -> None:
    from monitor.evidence.stamps import certificates_in_order, check_reply

    query, told, roots, _ = _stamped()
    certificates_in_order(data)
    check_reply(data, query=query, data=told, roots=roots)


@cache
def _stamped() -> tuple[bytes, bytes, Sequence[object], bytes]:
    from monitor.evidence.stamps import load_certificates, query_for, stamped_data
    from monitor.model.custody import CustodyHead
    from tests.evidence.authority import the_authority

    authority = the_authority()
    told = stamped_data(CustodyHead(3, "ab" * 32), bytes(16))
    query = query_for(told)
    return query, told, load_certificates(authority.root), authority.reply(query)


def _token(data: bytes) -> None:
    """What an account's interface answers."""
    from monitor.outbound.accounts import _is_token, _life, _object

    answer = _object(data)
    _is_token(answer.get("access_token"))
    _life(answer.get("expires_in"))


def _alert_body(data: bytes) -> None:
    from monitor.outbound.alerts.answers import BODIES, failure_in

    for rule in BODIES.values():
        failure_in(rule, data)


def _metrics(data: bytes) -> None:
    from monitor.outbound.counts_door import http_answer, refusal_of

    assert http_answer(refusal_of(data) or "200 OK", "").startswith(b"HTTP/1.1 ")


def _upload(data: bytes) -> None:
    """However it is cut, it is the same."""
    from monitor.review.uploads import PartReader

    def given(size: int) -> list[object]:
        reader, parts = PartReader("x", most_bytes=10_000), list[object]()
        for at in range(0, len(data), size):
            parts += reader.feed(data[at : at + size])
        reader.end()
        return parts

    assert given(7) == given(max(len(data), 1))


def _form(data: bytes) -> None:
    from monitor.review.asked import form_of

    form_of(data)


def _asked_head(data: bytes) -> None:
    """A request's head, as the page judges it."""
    from monitor.review.gate import is_let_through, request_head
    from monitor.review.routing import own_path

    lines = [line.partition(b":") for line in data.split(b"\n")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": lines[0][0].decode("latin-1"),
        "raw_path": lines[0][0],
        "query_string": lines[0][2],
        "headers": [(name.lower(), value.strip()) for name, _, value in lines[1:]],
        "scheme": "http",
        "client": ("127.0.0.1", 5),
        "http_version": "1.1",
    }
    if is_let_through(request_head(scope), frozenset({"127.0.0.1:8000"})):
        hosts = [value for name, value in scope["headers"] if name == b"host"]  # type: ignore[attr-defined]
        assert [host.lower() for host in hosts] == [b"127.0.0.1:8000"]
    path = own_path(data.decode("utf-8", "replace"), "/")
    assert path.startswith("/") and not path.startswith(("//", "/\\"))


ASKED = (
    b"/finds/1:a=b\nhost: 127.0.0.1:8000\norigin: http://127.0.0.1:8000\nsec-fetch-site: same-origin\n"
    b"content-type: application/x-www-form-urlencoded\ncookie: s=1"
)
UPLOAD = (
    b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nabc\r\n--x\r\n'
    b'Content-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--x--\r\n'
)
_SOCKS = [
    b"\5\0",
    b"\5\2",
    b"\1\0",
    b"\5\0\0\1\x7f\0\0\1\0\x50",
    b"\5\0\0\3\4abcd\0\x50",
    b"\0\x5a\0\0\0\0\0\0",
]
_HEADERS = [
    b"a=b; Expires=Sun, 06 Nov 2094 08:49:37 GMT; Max-Age=5; Domain=.site.example; Path=/; SameSite=None; HttpOnly",
    b"max-age=60, s-maxage=5, no-cache, must-revalidate, stale-while-revalidate=9",
    b"Sun, 29 Nov 2026 12:00:10 GMT",
    b"120",
    b"5; url='https://site.example/next'",
    b"gzip, br",
]
_ADDRESSES = [
    b"https://user:pw@www.site.example:8443/a/../b;c?d=e&f=%20#g",
    b"http://[2001:db8::1]/",
    b"http://0x7f.1/",
    "https://bücher.example/ä?ö".encode(),
    b"//other.example/x",
    b"..//..",
    b"https://t.me/s/channel/5",
    b"https://cdn.example/a?X-Amz-Date=20261129T120000Z&X-Amz-Expires=300&e=1790000000",
    b"data:image/png;base64,AAAA",
]

_PLAIN: Sequence[tuple[str, Callable[[bytes], object], Sequence[bytes], tuple[type[BaseException], ...]]] = [
    (
        "answer-head",
        _head,
        [HEAD, b"ICY 200 OK\r\n\r\n", HEAD.replace(b"\r\n", b"\n"), b"HTTP/1.1 100 \r\n\r\n" + HEAD],
        (),
    ),
    ("header-lines", _lines, _HEADERS, ()),
    ("address", _address, _ADDRESSES, ()),
    ("proxy-http", partial(_proxy, "http://u:p@127.0.0.1:8080"), [b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"], (OSError,)),
    (
        "proxy-socks",
        partial(_proxy, "socks5h://u:p@127.0.0.1:1080"),
        [b"".join(_SOCKS), *_SOCKS],
        (OSError,),
    ),
    (
        "forward-proxy",
        _browser_head,
        [
            b"CONNECT site.example:443 HTTP/1.1\r\nProxy-Authorization: Basic dDp0\r\n\r\n",
            b"GET http://site.example/a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
        ],
        (ValueError,),
    ),
    ("token", _token, [b'{"access_token":"abc","expires_in":3600,"token_type":"bearer"}', b'{"error":"x"}'], ()),
    ("alert-answer", _alert_body, [b'{"errcode":0}', b'{"code":0,"messages":[{"status":"0"}],"success":true}'], ()),
    ("metrics", _metrics, [b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9\r\n\r\n"], ()),
    ("upload", _upload, [UPLOAD], (UsageError,)),
    ("form", _form, [b"a=b&c=%20d&e"], (UsageError,)),
    ("page-request", _asked_head, [ASKED], ()),
]

ANSWERS = [
    *(
        Target(name=name, take=take, seeds=partial(list, seeds), refuses=refuses, tries=150)
        for name, take, seeds, refuses in _PLAIN
    ),
    *(
        Target(
            name=f"coding-{coding}",
            take=partial(_coding, coding),
            seeds=partial(lambda coding: [_codings()[coding]], coding),
            refuses=_refused_codings(),
        )
        for coding in ("gzip", "deflate", "br", "zstd")
    ),
    Target(name="drawn-png", take=_png, seeds=lambda: [_drawn()], refuses=_no_png()),
    Target(name="stamp", take=_reply, seeds=lambda: [_stamped()[3]], refuses=(StampFailed,), tries=40),
]
