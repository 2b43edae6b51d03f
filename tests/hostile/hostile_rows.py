"""The catalogue: what sites send, and what is to be made of it. Used over every way out, and by the browser's tests."""

# ruff: noqa: E501, RUF001 - one row a line reads best; full-width digits are what is tried

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from dataclasses import dataclass

import brotli
import zstandard

from monitor.model.page import OutcomeKind as K
from tests.hostile.hostile_site import Answer, ok, to

MB = 1024 * 1024

# Spellings of addresses that lead inside. 127.0.0.2 is where the tests' own inside server listens.
INSIDE_HOSTS = (
    "127.0.0.2 127.0.2 2130706434 0x7f000002 0x7F.0.0.0x2 0177.0.0.2 017700000002 127.0.0.2. 0 0.0.0.0 10.0.0.1 "
    "10.255.255.255 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 169.254.1.1 100.64.0.1 100.127.255.255 "
    "198.18.0.1 192.0.0.1 192.0.0.170 192.0.2.1 198.51.100.1 203.0.113.1 192.88.99.1 224.0.0.1 239.255.255.250 "
    "240.0.0.1 255.255.255.255 [::] [::1] [::127.0.0.2] [::ffff:127.0.0.2] [::ffff:7f00:2] [::ffff:8.8.8.8] "
    "[::ffff:0:127.0.0.2] [64:ff9b::7f00:2] [64:ff9b::808:808] [64:ff9b:1::1] [100::1] [2001::1] [2001:db8::1] "
    "[2002:7f00:2::] [3fff::1] [5f00::1] [fc00::1] [fd00:ec2::254] [fe80::1] [fe80::1%25lo] [fec0::1] [ff02::1] "
    "0x7f.0.0.2 0177.0x0.0.2 0300.0250.1 10.1 012.0.0.1 0xa000001 169.254.43518 0xa9fea9fe 2852039166 3232235777 0.1.2.3 "
    "[::7f00:2] [::ffff:a9fe:a9fe] [::ffff:0:a9fe:a9fe] [64:ff9b::a9fe:a9fe] [64:ff9b::127.0.0.2] [64:ff9b:1:7f00:0:200::] "
    "[2002:a9fe:a9fe::1] [2001:0:7f00:2::] [2001:0:a9fe:a9fe:0:0:80ff:fffd] [2001:10::1] [2001:20::1] [2001:2::1] [::0001] "
    "[0:0:0:0:0:0:0:1] [::1%25lo] [fe80::1%25eth0] [fdff:ffff::1] [febf::1] [ff0e::1] [::5efe:7f00:2] [1::1] [e000::1] "
    "255.255.255.254 225.1.1.1 192.0.0.9 198.19.255.255 %31%32%37.0.0.2 ⑩.0.0.1 １０.0.0.1 0x7F000002. "
    "[4000::1] [0000:0000:0000:0000:0000:ffff:7f00:0002] １２７.0.0.2 127。0。0。2 ①②⑦.0.0.2 127.0.0.②"
).split()

# Addresses that are none, or not ours to visit. {port} is the site's own.
BAD_URLS = (
    "file:///etc/passwd",
    "ftp://good.test/",
    "gopher://good.test:{port}/",
    "ws://good.test:{port}/",
    "javascript:alert(1)",
    "data:text/html,hello",
    "about:blank",
    "mailto:a@good.test",
    "unix:///run/docker.sock",
    "http+unix://%2Frun%2Fdocker.sock/",
    "http://user@good.test:{port}/",
    "http://user:word@good.test:{port}/",
    "http://good.test:{port}@127.0.0.2:{port}/",
    "http://good.test:22/",
    "http://good.test:25/",
    "http://good.test:6379/",
    "http://good.test:65536/",
    "http://good.test:-1/",
    "http://good.test:port/",
    "http://good.test\\@127.0.0.2:{port}/",
    "http://127.0.0.2:{port}\\good.test/",
    "http://good.test:{port}/\r\nX: y",
    "http://good.test:{port}/\x00",
    "http://good .test/",
    "http://[bad/",
    "http://[::1/",
    "http:///path",
    "http://",
    "http:",
    "",
    "http://*.test/",
    "http://good_test;rm/",
    "http://" + "a" * 300 + ".test/",
    "http://good.test/" + "a" * 9000,
    "http://256.256.256.256/",
    "http://1.2.3.4.5/",
    "http://0x/",
    "http://127.0.0.2%2f@good.test/",
    "http://good.test%00.127.0.0.2/",
)

# Names that are none: refused, or looked up and not found.
ODD_NAMES = (
    "xn--",
    "xn--zz--zz.test",
    "a..test",
    ".test",
    "good.test..",
    "-good-.test",
    "a" * 64 + ".test",
    ".".join(["a" * 60] * 5),
    "\u2603.test",
    "\u202egood.test",
    "go\u200dod.test",
    "good\u3002evil.test",
    "good\u00ad.evil.test",
    "g\u043e\u043ed.test",  # Cyrillic
    "good.test\u2044path",
    "good.test,127.0.0.2",
    "good.test$127.0.0.2",
    "127.0.0.2.good.test.evil",
    "localhost.evil.test",
)

# Where a redirect may point that is not even resolved against the page's own address.
BAD_LOCATIONS = (
    *(url for url in BAD_URLS if url.startswith(("file:", "ftp:", "gopher:", "javascript:", "data:", "ws:", "unix:"))),
    "http://user@good.test:{port}/fine",
    "http://[bad/",
    "http://good.test:99999/",
    "http://good.test:22/",
    "//127.0.0.2:{port}/",
    "//user@good.test:{port}/",
    "http://127.0.0.2:{port}\\@good.test/",
    "HTTP://127.0.0.2:{port}/",
    "http:\\\\127.0.0.2:{port}\\",
    "http://" + "a" * 9000 + "/",
)


@dataclass(frozen=True)
class Row:
    """kinds: what it may be typed as (transports see a few differently). browser: what the browser makes of it, where
    that differs. path: what is asked for."""

    id: str
    answer: Answer
    kinds: tuple[K, ...]
    browser: tuple[K, ...] | None = None
    path: str = "/"


def row(name: str, answer: Answer, *kinds: K, browser: tuple[K, ...] | None = None, path: str = "/") -> Row:
    return Row(name, answer, kinds, browser, path)


def packed(body: bytes, coding: str) -> bytes:
    return ok(body, f"Content-Type: text/html\r\nContent-Encoding: {coding}")


def raw_deflate(data: bytes) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeezer.compress(data) + squeezer.flush()


def endless(head: bytes, piece: bytes, pause: float = 0.0) -> Answer:
    async def answer(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


async def silence(_path: str, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def reset(_path: str, writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def stops_in_body(_path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf")
    await writer.drain()


async def two_by_two(path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(to("/b" if path == "/a" else "/a"))


async def ever_further(path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(to(f"/{int(path[1:] or 0) + 1}"))


async def eight_hops(path: str, writer: asyncio.StreamWriter) -> None:
    at = int(path[1:] or 0)
    writer.write(ok() if at == 8 else to(f"/{at + 1}"))


async def cookie_first(path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nSet-Cookie: seen=1\r\nLocation: /fine\r\nContent-Length: 0\r\n\r\n")


HELLO = b"<p>hello</p>" * 50
BOMB = bytes(40 * MB)
_GZIP_BOMB = gzip.compress(BOMB, 9, mtime=0)
_BR_BOMB = brotli.compress(BOMB, quality=5)
_ZSTD_BOMB = zstandard.ZstdCompressor(level=3).compress(BOMB)
_ZSTD_WIDE = zstandard.ZstdCompressor(
    compression_params=zstandard.ZstdCompressionParameters(window_log=27, compression_level=3)
).compressobj()
_WIDE = _ZSTD_WIDE.compress(bytes(1000)) + _ZSTD_WIDE.flush()
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
NONSENSE = (K.UNREADABLE, K.CONNECTION)

ROWS = [
    # -- bodies
    row("plain", ok(), K.OK),
    row("gzip", packed(gzip.compress(HELLO), "gzip"), K.OK),
    row("x-gzip", packed(gzip.compress(HELLO), "x-gzip"), K.OK),
    row("deflate as zlib", packed(zlib.compress(HELLO), "deflate"), K.OK),
    row("deflate as such", packed(raw_deflate(HELLO), "deflate"), K.OK),
    row("brotli", packed(brotli.compress(HELLO), "br"), K.OK, browser=(K.UNREADABLE,)),  # a browser: over TLS only
    row("zstd", packed(zstandard.compress(HELLO), "zstd"), K.OK, browser=(K.UNREADABLE,)),  # a browser: over TLS only
    row("identity named", packed(HELLO, "identity"), K.OK),
    row("gzip in two members", packed(gzip.compress(HELLO) + gzip.compress(HELLO), "gzip"), K.OK),
    row("gzip with a tail", packed(gzip.compress(HELLO) + b"tail", "gzip"), K.OK),
    row("gzip bomb", packed(_GZIP_BOMB, "gzip"), K.TOO_LARGE),
    row("deflate bomb", packed(raw_deflate(BOMB), "deflate"), K.TOO_LARGE),
    row("zlib bomb", packed(zlib.compress(BOMB, 9), "deflate"), K.TOO_LARGE),
    row("brotli bomb", packed(_BR_BOMB, "br"), K.TOO_LARGE, browser=(K.UNREADABLE,)),  # a browser: over TLS only
    row("zstd bomb", packed(_ZSTD_BOMB, "zstd"), K.TOO_LARGE, browser=(K.UNREADABLE,)),  # a browser: over TLS only
    row("bomb of members", packed(gzip.compress(bytes(MB)) * 40, "gzip"), K.TOO_LARGE),
    row("flood of empty members", packed(gzip.compress(b"") * 5000, "gzip"), K.EMPTY, browser=(K.EMPTY, K.UNREADABLE)),
    row("zstd with a window of 128 MB", packed(_WIDE, "zstd"), K.UNREADABLE),
    row("gzip twice", packed(gzip.compress(gzip.compress(HELLO)), "gzip, gzip"), K.OK),
    row("gzip then brotli", packed(brotli.compress(gzip.compress(HELLO)), "gzip, br"), K.OK, browser=(K.OK, K.UNREADABLE)),  # no browser takes brotli over a plain connection
    row("gzip twice, in two headers", packed(gzip.compress(gzip.compress(HELLO)), "gzip\r\nContent-Encoding: gzip"), K.OK),
    row("ten codings", packed(b"x", ", ".join(["gzip"] * 10)), K.UNREADABLE),
    row("unknown coding", packed(HELLO, "sdch"), K.OK),
    row("compress coding", packed(HELLO, "compress"), K.OK),
    row("gzip that is none", packed(b"no gzip at all", "gzip"), K.UNREADABLE, browser=(K.UNREADABLE,)),
    row("brotli that is none", packed(b"no brotli at all", "br"), K.UNREADABLE),
    row("zstd that is none", packed(b"no zstd at all", "zstd"), K.UNREADABLE),
    row("deflate that is none", packed(b"\xff\xff\xff", "deflate"), K.UNREADABLE),
    row("gzip cut off", packed(gzip.compress(HELLO)[:-20], "gzip"), K.OK, K.UNREADABLE, browser=(K.OK, K.EMPTY)),
    row("brotli cut off", packed(brotli.compress(HELLO)[:-3], "br"), K.OK, K.UNREADABLE),
    row("zstd cut off", packed(zstandard.compress(HELLO)[:-3], "zstd"), K.OK, K.UNREADABLE),
    row("gzip with a broken sum", packed(gzip.compress(HELLO)[:-8] + bytes(8), "gzip"), K.OK),
    row("empty gzip", packed(gzip.compress(b""), "gzip"), K.EMPTY),
    row("no bytes, said to be gzip", packed(b"", "gzip"), K.EMPTY, K.UNREADABLE),
    row("empty", ok(b""), K.EMPTY),
    row("white space only", ok(b" \r\n\t "), K.EMPTY),
    row("over the cap, announced", ok(bytes(400_000)), K.TOO_LARGE),
    row("over the cap, not announced", HEAD + b"\r\n" + bytes(400_000), K.TOO_LARGE),
    row("over the cap, in chunks", CHUNKED + b"61a80\r\n" + bytes(400_000) + b"\r\n0\r\n\r\n", K.TOO_LARGE),
    row("a length of exabytes", HEAD + b"Content-Length: 9000000000000000000\r\n\r\nx", K.TOO_LARGE),
    row("endless", endless(HEAD + b"\r\n", b"<p>more</p>" * 500), K.TOO_LARGE),
    row("endless in chunks", endless(CHUNKED, b"1000\r\n" + bytes(4096) + b"\r\n"), K.TOO_LARGE),
    row("endless empty-ish chunks", endless(CHUNKED, b"1\r\nx\r\n" * 500), K.TOO_LARGE, K.TIMEOUT),
    row("a byte at a time", endless(HEAD + b"\r\n", b"x", 0.05), K.TIMEOUT),
    row("a header byte at a time", endless(HEAD + b"X-Slow: ", b"x", 0.05), K.TIMEOUT),
    row("a header line at a time", endless(HEAD, b"X-Slow: x\r\n", 0.05), K.TIMEOUT),
    row("never an answer", silence, K.TIMEOUT, browser=(K.TIMEOUT,)),
    row("shorter than announced", stops_in_body, K.OK, browser=(K.CONNECTION, K.OK)),
    row("longer than announced", HEAD + b"Content-Length: 5\r\n\r\nhello and more", K.OK, *NONSENSE),
    row("two lengths", HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\nhello", *NONSENSE, browser=NONSENSE),
    row("negative length", HEAD + b"Content-Length: -5\r\n\r\nhello", K.OK, K.TIMEOUT, *NONSENSE, browser=(K.TIMEOUT, *NONSENSE)),  # a browser waits for the end
    row("length in words", HEAD + b"Content-Length: five\r\n\r\nhello", K.OK, K.TIMEOUT, *NONSENSE, browser=(K.TIMEOUT, *NONSENSE)),  # a browser waits for the end
    row("length and chunks", CHUNKED[:-2] + b"Content-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n", K.OK, *NONSENSE),
    row("chunk size that is none", CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n", *NONSENSE),
    row("chunk size without end", endless(CHUNKED, b"0" * 1000), *NONSENSE, K.TOO_LARGE, K.TIMEOUT),
    row("chunk of exabytes", CHUNKED + b"7fffffffffffffff\r\nhello", K.OK, *NONSENSE),
    row("chunk with an endless extension", endless(CHUNKED + b"5;x=", b"y" * 1000), *NONSENSE, K.TOO_LARGE, K.TIMEOUT),
    row("trailers without end", endless(CHUNKED + b"0\r\n", b"X: y\r\n" * 100), K.OK, K.EMPTY, *NONSENSE, K.TOO_LARGE, K.TIMEOUT),
    row("chunks cut off", CHUNKED + b"5\r\nhello\r\n", K.OK, browser=(K.OK, *NONSENSE)),
    # -- heads
    row("closes at once", b"", K.CONNECTION, browser=(K.CONNECTION,)),
    row("resets", reset, K.CONNECTION, browser=(K.CONNECTION,)),
    row("header flood", HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(9000)) + b"Content-Length: 0\r\n\r\n", K.TOO_LARGE, *NONSENSE),
    row("headers without end", endless(HEAD, b"X-More: yyyyyyyy\r\n" * 200), K.TOO_LARGE, *NONSENSE, browser=(K.TIMEOUT, K.TOO_LARGE, *NONSENSE)),
    row("one header without end", endless(HEAD + b"X: ", b"y" * 8000), K.TOO_LARGE, *NONSENSE),
    row("a header of 300 KB", HEAD + b"X: " + b"y" * 300_000 + b"\r\nContent-Length: 0\r\n\r\n", K.TOO_LARGE, *NONSENSE),
    row("a header of 20 KB", ok(b"<p>hello</p>", "X: " + "y" * 20_000), K.OK),
    row("status line without end", endless(b"HTTP/1.1 200 ", b"O" * 8000), K.TOO_LARGE, *NONSENSE),
    row("no status", b"HTTP/1.1\r\nContent-Length: 0\r\n\r\n", *NONSENSE, browser=(K.EMPTY, *NONSENSE)),  # a browser takes it for 200
    row("status in words", b"HTTP/1.1 OK 200\r\nContent-Length: 0\r\n\r\n", *NONSENSE, browser=(K.EMPTY, *NONSENSE)),  # a browser takes it for 200
    row("status 99", b"HTTP/1.1 99 x\r\nContent-Length: 0\r\n\r\n", *NONSENSE),
    row("status 999", ok(status="999 Request denied"), K.BLOCKED, *NONSENSE, browser=(K.BLOCKED, *NONSENSE)),
    row("status 1000", b"HTTP/1.1 1000 x\r\nContent-Length: 0\r\n\r\n", *NONSENSE, K.BLOCKED),
    row("HTTP/9.9", b"HTTP/9.9 200 OK\r\nContent-Length: 5\r\n\r\nhello", *NONSENSE, K.OK),
    row("no HTTP at all", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", *NONSENSE),
    row("binary", bytes(range(256)) * 4, *NONSENSE),
    row("HTTP/0.9", b"<html>hello</html>", *NONSENSE),
    row("HTTP/2 unasked", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", *NONSENSE),
    row("103 before 200", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok(), K.OK),
    row("early hints without end", endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50), K.TIMEOUT, *NONSENSE, K.TOO_LARGE),
    row("101 unasked", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", *NONSENSE, K.TIMEOUT),
    row("header without colon", HEAD + b"nonsense\r\nContent-Length: 5\r\n\r\nhello", K.OK),  # passed over, as in a browser
    row("header with a null", HEAD + b"X: a\x00b\r\nContent-Length: 5\r\n\r\nhello", *NONSENSE),
    row("header with space before its colon", HEAD + b"X : a\r\nContent-Length: 5\r\n\r\nhello", *NONSENSE, K.OK),
    row("folded header", HEAD + b"X: a\r\n b\r\nContent-Length: 5\r\n\r\nhello", *NONSENSE, K.OK),
    row("bare line feeds", HEAD.replace(b"\r\n", b"\n") + b"Content-Length: 5\n\nhello", *NONSENSE, K.OK),
    row("coding header without end", ok(b"x", "Content-Encoding: " + "gzip," * 5000), K.UNREADABLE, K.TOO_LARGE, browser=(K.OK,)),  # a browser takes it as it came
    row("content type without sense", ok(headers="Content-Type: \xff\xfe;;;=="), K.OK),
    row("cookies by the thousand", ok(headers="\r\n".join(f"Set-Cookie: c{n}=v" for n in range(150))), K.OK),
    # -- statuses
    row("204", b"HTTP/1.1 204 No Content\r\n\r\n", K.EMPTY),
    row("205", ok(b"", status="205 Reset Content"), K.EMPTY),
    row("206 unasked", ok(status="206 Partial Content"), K.OK),
    row("300 without a place", ok(status="300 Multiple Choices"), K.MOVED),
    row("302 without a place", ok(status="302 Found"), K.MOVED, browser=(K.MOVED,)),
    row("304 unasked", b"HTTP/1.1 304 Not Modified\r\n\r\n", K.EMPTY, browser=(K.EMPTY, K.UNREADABLE)),  # a browser tells nothing of it
    row("400", ok(status="400 Bad Request"), K.BLOCKED),
    row("401", ok(status="401 Unauthorized", headers="Www-Authenticate: Basic"), K.WALL, browser=(K.WALL, K.UNREADABLE, K.CONNECTION)),
    row("402", ok(status="402 Payment Required"), K.WALL),
    row("403", ok(status="403 Forbidden"), K.BLOCKED),
    row("403 with a challenge", ok(status="403 Forbidden", headers="Cf-Mitigated: challenge"), K.WALL),
    row("403 with a challenge in the page", ok(b"<script>window._cf_chl_opt={}</script>", status="403 Forbidden"), K.WALL),
    row("404", ok(status="404 Not Found"), K.GONE),
    row("405", ok(status="405 Method Not Allowed"), K.BLOCKED),
    row("407 from the site", ok(status="407 Proxy Authentication Required"), K.WALL, K.PROXY),
    row("408", ok(status="408 Request Timeout", headers="Connection: close"), K.TIMEOUT),
    row("410", ok(status="410 Gone"), K.GONE),
    row("418", ok(status="418 I'm a teapot"), K.BLOCKED),
    row("429", ok(status="429 Too Many Requests", headers="Retry-After: 120"), K.RATE_LIMITED),
    row("451", ok(status="451 Unavailable For Legal Reasons"), K.BLOCKED),
    row("500", ok(status="500 Internal Server Error"), K.SERVER_ERROR),
    row("503", ok(status="503 Service Unavailable", headers="Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"), K.SERVER_ERROR),
    row("503 with a bot check", ok(b"<title>x</title><a href='/.well-known/ddos-guard/js-challenge/x'>", status="503 x"), K.WALL),
    row("520", ok(status="520 Web Server Returned an Unknown Error"), K.SERVER_ERROR),
    row("an error page without end", endless(b"HTTP/1.1 404 x\r\n\r\n", b"x" * 8000), K.GONE),
    row("an error page that is a bomb", packed(_GZIP_BOMB, "gzip").replace(b"200 OK", b"404 Not Found"), K.GONE),
    row("an error page that cannot be unpacked", packed(b"x", "br").replace(b"200 OK", b"404 Not Found"), K.GONE, browser=(K.UNREADABLE,)),  # a browser tells nothing of it
    # -- redirects
    row("to itself", to("/"), K.MOVED, browser=(K.MOVED,)),
    row("two by two", two_by_two, K.MOVED, path="/a"),
    row("ever further", ever_further, K.MOVED),
    row("eight hops", eight_hops, K.OK),
    row("a cookie first", cookie_first, K.OK),
    row("relative", to("fine"), K.OK),
    row("301", to("/fine", "301 Moved Permanently"), K.OK),
    row("307", to("/fine", "307 Temporary Redirect"), K.OK),
    row("308", to("/fine", "308 Permanent Redirect"), K.OK),
    row("with a fragment", to("/fine#part"), K.OK),
    row("to another host", to("http://other.test:{port}/fine"), K.OK),
    row("to a name that is not known", to("http://nowhere.test:{port}/"), K.DNS, K.CONNECTION, K.SERVER_ERROR, browser=(K.DNS,)),
    row("to an empty place", to(""), K.MOVED),
    row("to bytes that are no text", to(b"/\xff\xfe"), K.MOVED, K.REFUSED, K.CONNECTION, K.UNREADABLE, K.OK),
    row("with two places", b"HTTP/1.1 302 x\r\nLocation: /fine\r\nLocation: /fine\r\nContent-Length: 0\r\n\r\n", K.OK, K.MOVED, *NONSENSE),
]  # fmt: skip
