"""The catalogue, further: how answers are framed, where they send, and what they say beside their body."""

# ruff: noqa: E501 - one row a line reads best

from __future__ import annotations

import asyncio

from monitor.model.page import OutcomeKind as K
from tests.hostile.hostile_rows import CHUNKED, HEAD, HELLO, NONSENSE, Row, endless, packed, row
from tests.hostile.hostile_site import Answer, ok, to

FRAMED = (K.OK, *NONSENSE)  # parsers differ, and each way of reading it is one that harms nobody
GOOD_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n"


def kept_open(answer: bytes) -> Answer:
    """The connection stays open after it: who does not see where it ends waits."""

    async def send(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        await asyncio.Event().wait()

    return send


def with_port(answer: Answer) -> Answer:
    """{port} filled in before the length is told."""

    async def send(_path: str, writer: asyncio.StreamWriter) -> None:
        port = str(writer.get_extra_info("sockname")[1]).encode()
        assert isinstance(answer, bytes)
        head, _, body = answer.replace(b"{port}", port).partition(b"\r\n\r\n")
        kept = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length:")]
        writer.write(b"\r\n".join([*kept, b"Content-Length: %d" % len(body), b"", body]))

    return send


def chunks(*sizes: bytes, more: bytes = b"0\r\n\r\n") -> bytes:
    return CHUNKED + b"".join(size + b"\r\n<p>hello</p>\r\n" for size in sizes) + more


# What a browser asks for by itself when it is told to, and plain HTTP does not.
TOLD = (
    'Link: <http://127.0.0.2:{port}/a>; rel=preload; as=image\r\nLink: <http://127.0.0.2:{port}>; rel=preconnect\r\n'
    'Link: <http://inside.test:{port}>; rel=dns-prefetch\r\nAlt-Svc: h2="127.0.0.2:{port}"; ma=9999, h3=":{port}"\r\n'
    'NEL: {"report_to":"d","max_age":9}\r\nReport-To: {"group":"d","max_age":9,"endpoints":[{"url":"http://127.0.0.2:{port}/r"}]}\r\n'
    'Reporting-Endpoints: d="http://127.0.0.2:{port}/s"\r\nStrict-Transport-Security: max-age=9; includeSubDomains\r\n'
    'Clear-Site-Data: "*"\r\nService-Worker-Allowed: /\r\nSourceMap: http://127.0.0.2:{port}/m\r\nAccept-CH: Sec-CH-UA-Full'
)  # fmt: skip

ROWS: list[Row] = [
    # -- where an answer ends
    row("the same length twice", HEAD + b"Content-Length: 12\r\nContent-Length: 12\r\n\r\n<p>hello</p>", *FRAMED),
    row("the same length in a list", HEAD + b"Content-Length: 12, 12\r\n\r\n<p>hello</p>", *FRAMED),
    row("two lengths in a list", HEAD + b"Content-Length: 12, 5\r\n\r\n<p>hello</p>", *FRAMED, browser=(*FRAMED, K.TIMEOUT)),
    row("length with a sign", HEAD + b"Content-Length: +12\r\n\r\n<p>hello</p>", *FRAMED, K.TIMEOUT, browser=(*FRAMED, K.TIMEOUT)),
    row("length in hex", HEAD + b"Content-Length: 0x0c\r\n\r\n<p>hello</p>", *FRAMED, K.TIMEOUT, K.EMPTY, browser=(*FRAMED, K.EMPTY, K.TIMEOUT)),
    row("length with an underscore", HEAD + b"Content-Length: 1_2\r\n\r\n<p>hello</p>", *FRAMED, K.TIMEOUT, browser=(*FRAMED, K.TIMEOUT)),
    row("length in other digits", HEAD + "Content-Length: \u0661\u0662\r\n\r\n<p>hello</p>".encode(), *FRAMED, K.TIMEOUT, browser=(*FRAMED, K.TIMEOUT)),
    row("length of a thousand digits", HEAD + b"Content-Length: " + b"9" * 1000 + b"\r\n\r\n<p>hello</p>", *FRAMED, K.TOO_LARGE, browser=(*FRAMED, K.TOO_LARGE, K.TIMEOUT)),
    row("length and chunks, chunks first", HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nc\r\n<p>hello</p>\r\n0\r\n\r\n", *FRAMED),
    row("chunked twice", HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\nc\r\n<p>hello</p>\r\n0\r\n\r\n", *FRAMED),
    row("chunked in two headers", HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n<p>hello</p>\r\n0\r\n\r\n", *FRAMED),
    row("chunked and identity", HEAD + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n<p>hello</p>\r\n0\r\n\r\n", *FRAMED),
    row("nearly chunked", HEAD + b"Transfer-Encoding: xchunked\r\n\r\nc\r\n<p>hello</p>\r\n0\r\n\r\n", *FRAMED),
    row("chunked after a tab", HEAD + b"Transfer-Encoding:\tchunked\r\n\r\nc\r\n<p>hello</p>\r\n0\r\n\r\n", *FRAMED),
    row("chunked behind a space", HEAD + b"Transfer-Encoding : chunked\r\n\r\nc\r\n<p>hello</p>\r\n0\r\n\r\n", *FRAMED),
    row("chunked behind a fold", HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\nc\r\n<p>hello</p>\r\n0\r\n\r\n", *FRAMED),
    row("packed on the way", HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\nc\r\n<p>hello</p>\r\n0\r\n\r\n", *FRAMED),
    row("chunk size with a sign", chunks(b"+c"), *FRAMED),
    row("chunk size with a minus", chunks(b"-c"), *FRAMED),
    row("chunk size in hex", chunks(b"0xc"), *FRAMED, K.EMPTY),
    row("chunk size with an underscore", chunks(b"0_c"), *FRAMED),
    row("chunk size with blanks", chunks(b" c "), *FRAMED),
    row("chunk size with zeros", chunks(b"0000000000000000000000000c"), *FRAMED, K.TOO_LARGE),
    row("chunks with bare line feeds", chunks(b"c").replace(b"\r\n", b"\n"), *FRAMED),
    row("chunk with a quoted end", chunks(b'c;a="\r\n0\r\n\r\n"'), *FRAMED),
    row("chunk longer than it says", chunks(b"4"), *NONSENSE),
    row("another answer behind the last chunk", chunks(b"c", more=b"0\r\n\r\n") + ok(b"not asked for"), K.OK, *NONSENSE),
    row("a length among the trailers", chunks(b"c", more=b"0\r\nContent-Length: 99999\r\nLocation: http://127.0.0.2/\r\n\r\n"), *FRAMED),
    row("another answer behind the length", GOOD_HEAD + b"\r\n<p>hello</p>" + ok(b"not asked for"), K.OK, *NONSENSE),
    row("204 with a body", b"HTTP/1.1 204 x\r\nContent-Length: 12\r\n\r\n<p>hello</p>", K.EMPTY, *NONSENSE),
    row("304 with a body", b"HTTP/1.1 304 x\r\nContent-Length: 12\r\n\r\n<p>hello</p>", K.EMPTY, *NONSENSE),
    row("100 with a body", b"HTTP/1.1 100 Continue\r\nContent-Length: 12\r\n\r\n<p>hello</p>" + ok(), *FRAMED, K.TIMEOUT),
    row("102 before 200", b"HTTP/1.1 102 Processing\r\n\r\n" + ok(), K.OK),
    row("1xx only, then the end", b"HTTP/1.1 102 Processing\r\n\r\n" * 3, *NONSENSE),
    # -- heads that are nearly right
    row("no reason", b"HTTP/1.1 200\r\nContent-Length: 12\r\n\r\n<p>hello</p>", *FRAMED),
    row("small letters", ok().replace(b"HTTP/1.1", b"http/1.1"), *FRAMED),
    row("two blanks", ok().replace(b"HTTP/1.1 200", b"HTTP/1.1  200"), *FRAMED),
    row("blank lines before it", b"\r\n\r\n" + ok(), *FRAMED),
    row("HTTP/1.0", ok().replace(b"HTTP/1.1", b"HTTP/1.0"), K.OK),
    row("HTTP/1.2", ok().replace(b"HTTP/1.1", b"HTTP/1.2"), *FRAMED),
    row("a radio station", ok().replace(b"HTTP/1.1", b"ICY"), *FRAMED),
    row("status in other digits", "HTTP/1.1 \u0662\u0660\u0660 OK\r\nContent-Length: 0\r\n\r\n".encode(), *NONSENSE, K.EMPTY),
    row("a reason in terminal codes", ok(status="404 \x1b]0;owned\x07\x1b[31m"), K.GONE, *NONSENSE),
    row("bare carriage returns", HEAD + b"X: a\rSet-Cookie: b=c\r\nContent-Length: 12\r\n\r\n<p>hello</p>", *FRAMED),
    row("a name that is none", HEAD + b"X\x01\xff(): a\r\nContent-Length: 12\r\n\r\n<p>hello</p>", *FRAMED),
    row("an empty name", HEAD + b": a\r\nContent-Length: 12\r\n\r\n<p>hello</p>", *FRAMED),
    row("the first line folded", b"HTTP/1.1 200 OK\r\n folded\r\nContent-Length: 12\r\n\r\n<p>hello</p>", *FRAMED),
    row("the same header 150 times", ok(headers="\r\n".join(["Content-Type: text/html"] * 150)), K.OK),
    row("types that disagree", ok(headers="Content-Type: text/html\r\nContent-Type: image/png"), K.OK),
    row("a type of 60 KB", ok(headers="Content-Type: text/html; x=" + "y" * 60_000), K.OK, K.TOO_LARGE),
    row("everything a browser may be told", with_port(ok(headers=f"Content-Type: text/html\r\n{TOLD}")), K.OK),
    row("hints to go inside", with_port(b"HTTP/1.1 103 Early Hints\r\nLink: <http://127.0.0.2/>; rel=preconnect\r\n\r\n" + ok()), K.OK, *NONSENSE),
    row("a certificate to be pinned", ok(headers='Content-Type: text/html\r\nPublic-Key-Pins: pin-sha256="x"; max-age=99'), K.OK),
    row("cookies that clash", ok(headers="Set-Cookie: a=\x01; Domain=.test\r\nSet-Cookie: =\r\nSet-Cookie: ;\r\nSet-Cookie: __Host-a=b"), *FRAMED),
    # -- statuses
    *(row(status, ok(status=f"{status} x"), K.BLOCKED) for status in ("406", "409", "412", "416", "421", "425", "426", "431", "444", "498")),
    *(row(status, ok(status=f"{status} x"), K.SERVER_ERROR) for status in ("501", "502", "504", "505", "507", "521", "530")),
    row("511", ok(status="511 x"), K.CONNECTION),
    row("206 of another place", ok(status="206 x", headers="Content-Range: bytes 900-911/912"), K.OK),
    row("206 in parts", ok(b"--b\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n--b--", "Content-Type: multipart/byteranges; boundary=b", "206 x"), K.OK, browser=(K.OK, K.UNREADABLE)),
    row("one page after another", ok(b"--b\r\nContent-Type: text/html\r\n\r\n<p>one</p>\r\n--b--", "Content-Type: multipart/x-mixed-replace; boundary=b"), K.OK),
    row("429 without an end", ok(status="429 x", headers="Retry-After: 99999999999999999999"), K.RATE_LIMITED),
    row("503 before its time", ok(status="503 x", headers="Retry-After: -5"), K.SERVER_ERROR),
    row("503 at no time", ok(status="503 x", headers="Retry-After: Thu, 99 Foo 0000 99:99:99"), K.SERVER_ERROR),
    # -- redirects
    row("303", to("/fine", "303 See Other"), K.OK),
    *(row(f"{status} with a place", to("/fine", f"{status} x"), K.MOVED) for status in ("300", "305", "306")),
    row("304 with a place", b"HTTP/1.1 304 x\r\nLocation: /fine\r\n\r\n", K.EMPTY, browser=(K.EMPTY, K.UNREADABLE)),
    row("200 with a place", ok(headers="Location: http://127.0.0.2/\r\nContent-Location: http://127.0.0.2/"), K.OK),
    row("to a fragment of itself", to("#part"), K.MOVED),
    row("to a query without end", to("?"), K.MOVED),
    row("with blanks around", to("  /fine \t"), K.OK),
    row("without its slashes", to("http:fine"), K.OK, K.MOVED, K.REFUSED),
    row("with one slash", to("http:/fine"), K.OK, K.MOVED, K.REFUSED),
    row("without a scheme", to("//other.test:{port}/fine"), K.OK),
    row("in capitals", to("HTTP://GOOD.TEST:{port}/fine"), K.OK),
    row("up and up", to("/../../../fine"), K.OK),
    row("with a tab inside", to("/fi\tne"), K.OK, K.MOVED, K.REFUSED, *NONSENSE),
    row("with a blank inside", to("/a b/../fine"), K.OK, K.MOVED, K.REFUSED),
    row("to its own plain port by TLS", to("https://good.test:{port}/"), K.TLS, K.CONNECTION, K.TIMEOUT),
    row("to nowhere", to("http:///"), K.MOVED, K.REFUSED, K.DNS),
    row("to a port of noughts", to("http://good.test:0/"), K.REFUSED, K.MOVED),
    row("to a name that is none", to("http://xn--/"), K.MOVED, K.REFUSED, K.DNS, K.CONNECTION, K.SERVER_ERROR),
    row("to a name with two dots", to("http://good..test/"), K.MOVED, K.REFUSED, K.DNS, K.CONNECTION, K.SERVER_ERROR),
    row("to a name turned round", to("http://\u202egood.test:{port}/"), K.MOVED, K.REFUSED, K.DNS, K.CONNECTION, K.SERVER_ERROR),
    row("to a name of the browser's own", to("chrome://version/"), K.MOVED, K.REFUSED),
    row("to a page's source", to("view-source:http://good.test/"), K.MOVED, K.REFUSED, browser=(K.MOVED, K.REFUSED, K.UNREADABLE)),
    row("to a blob", to("blob:http://good.test/1-2"), K.MOVED, K.REFUSED),
    row("to a file system", to("filesystem:http://good.test/temporary/x"), K.MOVED, K.REFUSED),
    row("to an app", to("intent://x#Intent;scheme=http;end"), K.MOVED, K.REFUSED, browser=(K.MOVED, K.REFUSED, K.UNREADABLE)),
    row("with a body without end", endless(b"HTTP/1.1 302 x\r\nLocation: /fine\r\n\r\n", b"x" * 8000), K.OK),
    row("with a body that cannot be unpacked", packed(b"x", "gzip\r\nLocation: /fine").replace(b"200 OK", b"302 x"), K.OK),
    row("with a place of 60 KB", to("/" + "a" * 60_000), K.MOVED, K.REFUSED, browser=(K.MOVED, K.REFUSED, K.OK, K.TOO_LARGE)),
    row("with twenty places", b"HTTP/1.1 302 x\r\n" + b"".join(b"Location: /%d\r\n" % n for n in range(20)) + b"Content-Length: 0\r\n\r\n", K.MOVED, K.OK, *NONSENSE),
    row("by a header that asks to look again", ok(headers="Content-Type: text/html\r\nRefresh: 0;url=/fine"), K.OK),
    row("by a header, inside", with_port(ok(headers="Content-Type: text/html\r\nRefresh: 0;url=http://127.0.0.2:{port}/")), K.OK, browser=(K.REFUSED,)),
    row("by the page, inside", with_port(ok(b"<p>x<meta http-equiv=refresh content='0;url=http://127.0.0.2:{port}/'>")), K.OK, browser=(K.REFUSED,)),
    row("by the page, to a name that leads inside", with_port(ok(b"<p>x<meta http-equiv=refresh content='0;url=http://inside.test:{port}/'>")), K.OK, browser=(K.REFUSED,)),
    row("by the page, to itself for ever", ok(b"<p>x<meta http-equiv=refresh content=0>"), K.OK, browser=(K.MOVED,)),
    row("by the page, to a file", ok(b"<p>x<meta http-equiv=refresh content='0;url=file:///etc/passwd'>"), K.OK),
    # -- what a body may be besides a page
    row("text that is a page in UTF-7", ok(b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-", "Content-Type: text/html; charset=utf-7"), K.OK),
    row("UTF-16 that says nothing of it", ok("<p>hello".encode("utf-16-le")), K.OK),
    row("UTF-16 that says so", ok("<p>hello".encode("utf-16-be"), "Content-Type: text/html; charset=utf-16be"), K.OK),
    row("Japanese that changes its mind", ok(b"<p>\x1b$B<p>\x1b(J</p>\x1b(B", "Content-Type: text/html; charset=iso-2022-jp"), K.OK),
    row("a coding of Python's own", ok(HELLO, "Content-Type: text/html; charset=zlib_codec"), K.OK),
    row("nothing but null bytes", ok(bytes(3000)), K.OK, browser=(K.OK, K.EMPTY)),
    row("a PDF", ok(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj trailer<</Root 1 0 R>>", "Content-Type: application/pdf"), K.OK, browser=(K.UNREADABLE,)),
    row("a file to save", ok(headers="Content-Type: text/html\r\nContent-Disposition: attachment; filename=\"../../x.desktop\""), K.OK, browser=(K.UNREADABLE,)),
    row("a program to save", ok(b"MZ" + bytes(500), "Content-Type: application/x-msdownload"), K.OK, browser=(K.UNREADABLE,)),
    row("a drawing with its own pictures", with_port(ok(b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.2:{port}/x.jpg'/><script href='http://127.0.0.2:{port}/y.js'/></svg>", "Content-Type: image/svg+xml")), K.OK),
    row("XML that multiplies", ok(b"<!DOCTYPE l [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)) + b"]><html xmlns='http://www.w3.org/1999/xhtml'><p>&j;</p></html>", "Content-Type: application/xhtml+xml"), K.OK),
    row("XML that reads files", ok(b"<!DOCTYPE l [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><html xmlns='http://www.w3.org/1999/xhtml'><p>&a;</p></html>", "Content-Type: application/xhtml+xml"), K.OK),
]  # fmt: skip
